import type {StockDataSource} from '../juggler/types';
import type {TenantOwned} from '../ownership/running-tenants';

/** Counts what uses a datasource: its operations, connector calls and transactions, and the contexts that hold it. */
export class DataSourceUse {
  /** Called each time the last operation has ended, and each time the last context has let go. Must not throw. */
  onQuiet: (() => void) | undefined;
  /** Called before migrations and discovery, which list the models that the connector knows. */
  beforeMigration: (() => void) | undefined;
  /** Whether the datasource was closed for good. */
  closed = false;
  /** To which tenant the datasource belongs, if it serves one tenant alone. */
  owned: TenantOwned | undefined;

  #running = 0;
  #holding = 0;

  /** Whether an operation, a connector call or a transaction is not over yet. */
  get operating(): boolean {
    return this.#running > 0;
  }

  /** Whether the datasource is in use at all. */
  get busy(): boolean {
    return this.#running > 0 || this.#holding > 0;
  }

  beginUse(): this {
    this.#running++;
    return this;
  }

  /** Must be called once for each `beginUse`. */
  endUse(): void {
    if (--this.#running === 0) this.onQuiet?.();
  }

  /** Keeps the datasource in use between operations. */
  hold(): void {
    this.#holding++;
  }

  /** Must be called once for each `hold`. */
  letGo(): void {
    if (--this.#holding === 0) this.onQuiet?.();
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
