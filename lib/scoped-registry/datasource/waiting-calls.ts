import type {StockDataSource} from '../juggler/types';

interface Limit {
  /** The number of calls that wait until the datasource is connected. */
  calls: number;
  /** The limit of listeners without these calls: Node's, juggler's (the setting `maxOfflineRequests`) or the application's. */
  base: number;
  /** The limit that was set last for these calls. */
  raised: number | undefined;
}

const limits = new WeakMap<StockDataSource, Limit>();

/**
 * Raises a datasource's limit of listeners by the number of calls that wait until it is connected: juggler's `ready` adds a listener of two
 * events for each. However many wait at once, that is no leak, so Node must not warn of one. Other listeners count as before.
 * @param change 1 for a call that begins to wait, -1 for one that waits no more
 */
export function expectCalls(dataSource: StockDataSource, change: 1 | -1): void {
  let limit = limits.get(dataSource);
  if (!limit) limits.set(dataSource, (limit = {calls: 0, base: 0, raised: undefined}));
  const present = dataSource.getMaxListeners();
  // juggler and the application may have set another one meanwhile
  if (present !== limit.raised) limit.base = present;
  limit.calls += change;
  // 0 is no limit
  limit.raised = limit.base > 0 ? limit.base + limit.calls : limit.base;
  if (limit.raised !== present) dataSource.setMaxListeners(limit.raised);
}
