import {ScopedRegistryError, settleStack, TenantUnavailableError} from '../../scoped-registry/errors';
import {disconnectConnector} from '../../scoped-registry/datasource/connection-attempts';
import {dataSourceLabel, ifDisconnectFails} from '../../scoped-registry/datasource/data-source-log';
import {errorText, logDataSource} from '../../scoped-registry/debug-log';
import {isPromise} from '../../scoped-registry/juggler/callback';
import type {StockDataSource} from '../../scoped-registry/juggler/types';
import {ENDED} from '../../scoped-registry/ownership/ended-event';
import {nextTick} from '../../scoped-registry/primitives/timers';
import {runUncounted} from '../context/uncounted-context';
import {callAfterUnreferenced} from '../time/clock';
import {warn} from '../warning';

/** juggler's default for `connectionTimeout`, in milliseconds (DataSource.prototype.queueInvocation in datasource.js). */
const DEFAULT_TIMEOUT = 5_000;
/** The events of a datasource that settle a connection attempt. */
const SETTLING_EVENTS = ['connected', 'error', ENDED];

/**
 * Connects a datasource, in a context of its tenant. If that fails, this caller, the operations that juggler has queued and the datasource's listeners all
 * get the same error. A connection that succeeds after the time limit is closed.
 * @param onFailed called synchronously with the failure, before callers get the error and may try again
 * @throws TenantUnavailableError `TENANT_UNAVAILABLE`, at the latest after the setting `connectionTimeout` (milliseconds); where
 *   the tenant ends meanwhile, the error of that end
 */
export function connectDataSource(dataSource: StockDataSource, tenant: string, onFailed: (error: Error) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    if (dataSource.connected) return resolve();
    const timeout = (dataSource.settings?.connectionTimeout as number | undefined) ?? DEFAULT_TIMEOUT;
    const toUnavailable = (cause: unknown) =>
      cause instanceof ScopedRegistryError ? cause : settleStack(new TenantUnavailableError(tenant, cause));
    const timeoutError = () => toUnavailable(new Error(`no connection within ${timeout} ms`));
    // this timer must not hold the process open
    const stop = callAfterUnreferenced(performance, timeout, () => settled(timeoutError()));
    let isSettled = false;
    const settled = (error?: unknown) => {
      if (isSettled) return;
      isSettled = true;
      stop();
      for (const event of SETTLING_EVENTS) dataSource.removeListener(event, settled);
      if (error === undefined || error === null) return resolve();
      const failure = toUnavailable(error);
      if (failure instanceof TenantUnavailableError) onFailed(failure);
      reject(failure);
    };
    for (const event of SETTLING_EVENTS) dataSource.once(event, settled);
    const start = () => runUncounted(tenant, connect);
    const connect = () => {
      limitNextConnect(dataSource, timeout, toUnavailable, timeoutError, settled);
      dataSource.connect(() => {});
    };
    // a connector that has begun to connect by itself is only waited for; one that is still being made is started later
    if (dataSource.connector && !dataSource.connecting) start();
    else if (!dataSource.connector) dataSource.once('initialized', start);
  });
}

/**
 * Replaces the connector's `connect` for its next call. That call answers once, in a later tick and within `timeout` milliseconds, and its
 * error names the tenant. What the connector throws, or rejects a promise with, is such an error. What a listener of the datasource throws
 * is a process warning. A connection that succeeds later is closed.
 */
function limitNextConnect(
  dataSource: StockDataSource,
  timeout: number,
  toUnavailable: (cause: unknown) => Error,
  timeoutError: () => Error,
  settled: (error?: unknown) => void,
): void {
  const {connector} = dataSource;
  const label = dataSourceLabel(dataSource);
  const stock = connector!.connect;
  if (typeof stock !== 'function') return;
  connector!.connect = callback => {
    // uncovers the prototype's method, or restores the connector's own one
    delete connector!.connect;
    if (connector!.connect !== stock) connector!.connect = stock;
    let state: 'waiting' | 'late' | 'over' = 'waiting';
    let failure: unknown;
    let returned = false;
    const pass = (error: unknown, results: unknown[]) => {
      try {
        callback(error, ...results);
      } catch (thrown) {
        // juggler emits 'connected' or 'error' within the callback
        warn(`A listener of ${label} failed`, thrown);
        settled(error);
      }
    };
    const answer = (error: unknown, ...results: unknown[]) => {
      stop();
      // juggler notes that the datasource is connecting after this call, so an answer within the call would leave that note for ever
      if (returned) pass(error, results);
      else nextTick(pass, error, results);
    };
    const stop = callAfterUnreferenced(performance, timeout, () => {
      state = 'late';
      answer(timeoutError());
    });
    const heard = (isThrown: boolean, error: unknown, ...results: unknown[]) => {
      const failed = error !== undefined && error !== null;
      const before = state;
      state = 'over';
      if (before === 'waiting') answer(failed ? toUnavailable((failure = error)) : error, ...results);
      else if (failed && before === 'late')
        logDataSource(() => `${label}: failed to connect, after ${timeout} ms: ${errorText(error)}`);
      else if (isThrown) {
        // an async function may both call back with an error and throw it
        if (error !== failure) warn(`The method connect() of ${label} has answered, and then failed`, error);
      } else if (before === 'late') {
        logDataSource(() => `${label}: connected too late, after ${timeout} ms; disconnecting`);
        disconnectConnector(connector!, ifDisconnectFails(label));
      }
    };
    const connected = (...answers: [error: unknown, ...results: unknown[]]) => heard(false, ...answers);
    // an error that is null would count as a connection
    const broken = (error: unknown) => heard(true, error ?? new Error(`connect() failed with ${String(error)}`));
    try {
      const result = withoutLazyConnect(dataSource.settings, () => stock.call(connector, connected));
      if (isPromise(result)) void Promise.resolve(result).catch(broken);
    } catch (error) {
      broken(error);
    } finally {
      returned = true;
    }
  };
}

/** Drivers complain of juggler's own setting: loopback-connector-mysql hands every setting on to mysql2. */
function withoutLazyConnect<T>(settings: StockDataSource['settings'], work: () => T): T {
  if (!settings?.lazyConnect) return work();
  const {lazyConnect} = settings;
  delete settings.lazyConnect;
  try {
    return work();
  } finally {
    settings.lazyConnect = lazyConnect;
  }
}
