import {ScopedRegistryError, settleStack, TenantUnavailableError} from '../../scoped-registry/errors';
import type {StockDataSource} from '../../scoped-registry/juggler/types';
import {ENDED} from '../../scoped-registry/ownership/ended-event';

/** juggler's own, for calls that wait. */
const DEFAULT_TIMEOUT = 5_000;
const SETTLING = ['connected', 'error', ENDED];

/**
 * Connects a datasource. That it fails is for everybody who waits the same error: for this caller, for juggler's queue of
 * operations, and for listeners of the datasource. A connection that comes after the time limit is closed.
 * @param onFailed called at once, before anybody else hears of it and tries again
 * @throws TenantUnavailableError `TENANT_UNAVAILABLE`, after the setting `connectionTimeout` at the latest; where the tenant ends
 *   meanwhile, what its end is told by
 */
export function connectDataSource(dataSource: StockDataSource, tenant: string, onFailed: (error: Error) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    if (dataSource.connected) return resolve();
    const timeout = (dataSource.settings?.connectionTimeout as number | undefined) ?? DEFAULT_TIMEOUT;
    const unavailable = (cause: unknown) =>
      cause instanceof ScopedRegistryError ? cause : settleStack(new TenantUnavailableError(tenant, cause));
    const late = () => unavailable(new Error(`no connection within ${timeout} ms`));
    const timer = setTimeout(() => settled(late()), timeout);
    // it is not this that holds the process open
    timer.unref();
    const settled = (error?: unknown) => {
      clearTimeout(timer);
      for (const event of SETTLING) dataSource.removeListener(event, settled);
      if (error === undefined || error === null) return resolve();
      const refusal = unavailable(error);
      if (refusal instanceof TenantUnavailableError) onFailed(refusal);
      reject(refusal);
    };
    for (const event of SETTLING) dataSource.once(event, settled);
    const start = () => {
      limit(dataSource, timeout, unavailable, late);
      dataSource.connect(() => {});
    };
    // else its connector has begun by itself, or is not there yet
    if (dataSource.connector && !dataSource.connecting) start();
    else if (!dataSource.connector) dataSource.once('initialized', start);
  });
}

/** Lets the connector's `connect` answer in time and with the error that says which tenant, and close what comes too late. */
function limit({connector}: StockDataSource, timeout: number, unavailable: (cause: unknown) => Error, late: () => Error): void {
  const stock = connector!.connect;
  if (typeof stock !== 'function') return;
  connector!.connect = callback => {
    delete connector!.connect;
    if (connector!.connect !== stock) connector!.connect = stock;
    let over = false;
    const answer = (error: unknown, ...results: unknown[]) => {
      clearTimeout(timer);
      over = true;
      callback(error, ...results);
    };
    const timer = setTimeout(() => answer(late()), timeout);
    timer.unref();
    return stock.call(connector, (error, ...results) => {
      const failed = error !== undefined && error !== null;
      if (!over) answer(failed ? unavailable(error) : error, ...results);
      else if (!failed) connector!.disconnect?.(() => {});
    });
  };
}
