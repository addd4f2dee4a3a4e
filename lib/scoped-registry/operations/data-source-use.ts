import type {StockDataSource} from '../juggler/types';

/** Counts the operations, connector calls and transactions of a datasource that are not over yet. */
export class DataSourceUse {
  /** Called each time the count becomes zero. */
  onFree: (() => void) | undefined;

  #running = 0;

  /** Whether the count is not zero. */
  get busy(): boolean {
    return this.#running > 0;
  }

  beginUse(): this {
    this.#running++;
    return this;
  }

  /** Must be called once for each `beginUse`. */
  endUse(): void {
    if (--this.#running === 0) this.onFree?.();
  }
}

const uses = new WeakMap<StockDataSource, DataSourceUse>();

/** The use of a datasource. A transaction is use of the datasource that it began on. */
export function useOf(dataSource: StockDataSource): DataSourceUse {
  const origin = dataSource.origin ?? dataSource;
  let use = uses.get(origin);
  if (!use) uses.set(origin, (use = new DataSourceUse()));
  return use;
}
