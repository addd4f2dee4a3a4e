import type {StockDataSource} from '../juggler/types';

/** Datasources that were closed for good. Their classes give their names back. */
const closed = new WeakSet<object>();

export function noteClosed(dataSource: StockDataSource): void {
  closed.add(dataSource);
}

export function isClosed(dataSource: StockDataSource): boolean {
  return closed.has(dataSource);
}
