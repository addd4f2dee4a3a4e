import type {StockDataSource} from '../juggler/types';

/** What is going on at a datasource: operations, connector calls and transactions that have no end yet. */
export class DataSourceUse {
  /** Called each time that nothing is going on any more. */
  onFree: (() => void) | undefined;

  #running = 0;

  get busy(): boolean {
    return this.#running > 0;
  }

  beginUse(): this {
    this.#running++;
    return this;
  }

  /** Once for each `begin`. */
  endUse(): void {
    if (--this.#running === 0) this.onFree?.();
  }
}

const uses = new WeakMap<StockDataSource, DataSourceUse>();

/** A transaction is use of the datasource that began it. */
export function useOf(dataSource: StockDataSource): DataSourceUse {
  const origin = dataSource.origin ?? dataSource;
  let use = uses.get(origin);
  if (!use) uses.set(origin, (use = new DataSourceUse()));
  return use;
}
