import type {StockDataSource} from '../juggler/types';
import type {TenantOwned} from '../ownership/running-tenants';

/** Counts the operations, connector calls and transactions of a datasource that are not over yet. */
export class DataSourceUse {
  /** Called each time the count becomes zero. */
  onFree: (() => void) | undefined;
  /** To which tenant the datasource belongs, if it serves one tenant alone. */
  owned: TenantOwned | undefined;

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

/** The use of a datasource that was used already, or belongs to a tenant. */
export function knownUseOf(dataSource: StockDataSource): DataSourceUse | undefined {
  return uses.get(dataSource.origin ?? dataSource);
}
