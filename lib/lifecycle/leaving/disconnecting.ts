import {tenantOf} from '../../scoped-registry/binding/builder-binding';
import {settleStack} from '../../scoped-registry/errors';
import {disconnectConnector, isConnecting} from '../../scoped-registry/datasource/connection-attempts';
import {dataSourceLabel, disconnectLate, logFailedDisconnect} from '../../scoped-registry/datasource/data-source-log';
import {logDataSource} from '../../scoped-registry/debug-log';
import type {StockDataSource} from '../../scoped-registry/juggler/types';
import {isClosed, noteClosed} from '../../scoped-registry/ownership/closed-data-source';
import type {ModelRegistry} from '../../scoped-registry/registry/model-registry';
import {runUncounted} from '../context/uncounted-context';
import type {Clock} from '../time/clock';
import {withDeadline} from '../time/deadline';
import {nextTick} from '../../scoped-registry/primitives/timers';

/** The result of `disconnectAll`. */
export interface Disconnecting {
  /** The number of datasources that were disconnected. */
  readonly disconnected: number;
  readonly failed: readonly StockDataSource[];
  readonly errors: readonly unknown[];
}

/** Disconnects that are under way. juggler's `disconnect`, called twice, would call the connector twice. */
const disconnecting = new WeakMap<StockDataSource, Promise<void>>();
/** By datasource, what is called when its disconnect fails or is late, once. */
const stuckListeners = new WeakMap<StockDataSource, () => void>();

/** Calls `listener` once, if a disconnect of the datasource fails or is late: its connections may stay open. */
export function onStuck(dataSource: StockDataSource, listener: () => void): void {
  stuckListeners.set(dataSource, listener);
}

function noteStuck(dataSource: StockDataSource): void {
  stuckListeners.get(dataSource)?.();
  stuckListeners.delete(dataSource);
}

/** Datasources that were closed for good and have been disconnected. */
const disconnected = new WeakSet<StockDataSource>();

/**
 * Disconnects a datasource, in a context of its tenant. Calls that come while it disconnects wait for the same disconnect. A connector that
 * was told to connect and has not answered is told to disconnect too. juggler would not tell it, and its sockets would stay open.
 * @throws Error after `timeout` milliseconds, or with the failure of the connector as its `cause`
 */
export function disconnectDataSource(dataSource: StockDataSource, timeout: number, clock: Clock = performance): Promise<void> {
  const name = JSON.stringify(dataSource.name);
  let done = disconnecting.get(dataSource);
  if (!done) {
    const failed = (cause: unknown) => {
      logFailedDisconnect(dataSourceLabel(dataSource), cause);
      noteStuck(dataSource);
      return new Error(`Datasource ${name} failed to disconnect.`, {cause});
    };
    done = new Promise<void>((resolve, reject) => {
      try {
        const settle = (error?: unknown) => (error === undefined || error === null ? resolve() : reject(failed(error)));
        runUncounted(tenantOf(dataSource.modelBuilder), () => callDisconnect(dataSource, settle));
      } catch (error) {
        reject(failed(error));
      }
    }).finally(() => {
      disconnecting.delete(dataSource);
      if (isClosed(dataSource)) disconnected.add(dataSource);
    });
    disconnecting.set(dataSource, done);
  }
  return withDeadline(clock, done, timeout, () => {
    logDataSource(() => `${dataSourceLabel(dataSource)}: did not disconnect within ${timeout} ms`);
    noteStuck(dataSource);
    return new Error(`Datasource ${name} did not disconnect within ${timeout} ms; its connections may stay open.`);
  });
}

function callDisconnect(dataSource: StockDataSource, settle: (error?: unknown) => void): void {
  const {connector, connected, connecting} = dataSource;
  if (connector && !connected && (connecting || isConnecting(connector))) disconnectConnector(connector, settle);
  else dataSource.disconnect(settle);
}

/**
 * Disconnects a datasource for good. juggler would connect it again on its next use, past all limits of TenantDataSources.
 * Such a use gets `error()` instead, in the same way as the error of a failed connection.
 */
export function closeDataSource(dataSource: StockDataSource, error: () => Error, timeout: number): Promise<void> {
  noteClosed(dataSource);
  dataSource.connect = callback => {
    const refusal = error();
    // in a later tick, as a failed connection does: callers may add their listeners after this call
    nextTick(() => {
      dataSource.emit('error', refusal);
      callback?.(refusal);
    });
    if (callback) return undefined;
    const refused = Promise.reject(refusal);
    // juggler 3.36 calls connect() itself and does not handle the promise
    refused.catch(() => {});
    return refused;
  };
  // a connection attempt that is under way may still succeed
  if (!dataSource.connected) dataSource.once('connected', () => disconnectLate(dataSource, 'after it was closed'));
  return disconnectDataSource(dataSource, timeout);
}

/** Whether a datasource was closed for good and its disconnect has ended. */
export function isDisconnected(dataSource: StockDataSource): boolean {
  return disconnected.has(dataSource);
}

/** Returns the datasources of the registries, without those that are disconnected for good. */
export function openDataSources(registries: readonly ModelRegistry[]): StockDataSource[] {
  const dataSources = new Set(registries.flatMap(registry => [...registry.dataSources]));
  return [...dataSources].filter(dataSource => !isDisconnected(dataSource));
}

/**
 * Disconnects datasources in parallel. Never rejects.
 * @param timeout milliseconds for each datasource
 */
export async function disconnectAll(
  dataSources: readonly StockDataSource[],
  timeout: number,
  clock: Clock,
): Promise<Disconnecting> {
  const results = await Promise.allSettled(dataSources.map(dataSource => disconnectDataSource(dataSource, timeout, clock)));
  const errors = results.filter(result => result.status === 'rejected').map(({reason}) => settleStack(reason as unknown));
  const failed = dataSources.filter((_, i) => results[i].status === 'rejected');
  return {disconnected: dataSources.length - failed.length, failed, errors};
}
