import {settleStack} from '../../scoped-registry/errors';
import type {StockDataSource} from '../../scoped-registry/juggler/types';
import type {ModelRegistry} from '../../scoped-registry/registry/model-registry';
import type {Clock} from '../time/clock';
import {withDeadline} from '../time/deadline';

/** What became of the disconnecting of some datasources. */
export interface Disconnecting {
  readonly disconnected: number;
  readonly failed: readonly StockDataSource[];
  readonly errors: readonly unknown[];
}

/** Under way: juggler's own `disconnect`, called twice, calls the connector twice. */
const disconnecting = new WeakMap<StockDataSource, Promise<void>>();
/** Closed for good, and done with. */
const disconnected = new WeakSet<StockDataSource>();
const closed = new WeakSet<StockDataSource>();

/**
 * Disconnects a datasource, once, whoever asks meanwhile.
 * @throws Error after `timeout` milliseconds, or with the `cause` of the failure
 */
export function disconnectDataSource(dataSource: StockDataSource, timeout: number, clock: Clock = performance): Promise<void> {
  const name = JSON.stringify(dataSource.name);
  let done = disconnecting.get(dataSource);
  if (!done) {
    const failed = (cause: unknown) => new Error(`Datasource ${name} failed to disconnect.`, {cause});
    done = new Promise<void>((resolve, reject) => {
      try {
        dataSource.disconnect(error => (error === undefined || error === null ? resolve() : reject(failed(error))));
      } catch (error) {
        reject(failed(error));
      }
    }).finally(() => {
      disconnecting.delete(dataSource);
      if (closed.has(dataSource)) disconnected.add(dataSource);
    });
    disconnecting.set(dataSource, done);
  }
  return withDeadline(
    clock,
    done,
    timeout,
    () => new Error(`Datasource ${name} did not disconnect within ${timeout} ms; its connections may stay open.`),
  );
}

/**
 * Disconnects a datasource for good: juggler would connect it again at its next use, out of every limit. Such use gets
 * `error()`, by callback or promise, as a failed connection does.
 */
export function closeDataSource(dataSource: StockDataSource, error: () => Error, timeout: number): Promise<void> {
  closed.add(dataSource);
  dataSource.connect = callback => {
    const refusal = error();
    // later, as a connection fails: who waits for that listens from now on
    process.nextTick(() => {
      dataSource.emit('error', refusal);
      callback?.(refusal);
    });
    if (callback) return undefined;
    const refused = Promise.reject(refusal);
    // juggler 3.36 connects by itself, and leaves the promise alone
    refused.catch(() => {});
    return refused;
  };
  // it may still be connecting
  if (!dataSource.connected) dataSource.once('connected', () => void dataSource.disconnect(() => {}));
  return disconnectDataSource(dataSource, timeout);
}

export function isClosed(dataSource: StockDataSource): boolean {
  return closed.has(dataSource);
}

/** Whether a datasource was closed, and has no connection to disconnect any more. */
export function isDisconnected(dataSource: StockDataSource): boolean {
  return disconnected.has(dataSource);
}

/** The datasources of some registries that have something to disconnect. */
export function openDataSources(registries: readonly ModelRegistry[]): StockDataSource[] {
  const dataSources = new Set(registries.flatMap(registry => [...registry.dataSources]));
  return [...dataSources].filter(dataSource => !isDisconnected(dataSource));
}

/**
 * Disconnects datasources, all at once. Never rejects.
 * @param timeout milliseconds for each
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
