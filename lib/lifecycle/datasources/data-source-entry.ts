import type {StockDataSource} from '../../scoped-registry/juggler/types';
import type {DataSourceUse} from '../../scoped-registry/operations/data-source-use';
import type {WeakBag} from '../../scoped-registry/primitives/weak-bag';
import type {ModelRegistry} from '../../scoped-registry/registry/model-registry';

/** A tenant's datasource, as TenantDataSources holds it. */
export interface Entry {
  readonly tenant: string;
  readonly dataSource: StockDataSource;
  readonly use: DataSourceUse;
  /** The registries whose work it has served. */
  readonly registries: WeakBag<ModelRegistry>;
  /** The generation of the registry that it has served last. */
  generation: number | undefined;
  /** Settles when the datasource has connected or its connection has failed. */
  connection: Promise<void>;
  hasConnected: boolean;
  /** Whether the datasource has ended with its tenant. Its connector may have caused that, before the first caller gets it. */
  hasEnded: boolean;
  /** The generation in whose place of `#leaving` this entry is; undefined if it is in none. */
  leaving: number | undefined;
  /** Set while the datasource waits to be closed: closes it. Called when its work has ended. */
  onFree: (() => void) | undefined;
  /** Resolves the promise of a `close` that waits. The datasource may end before its work has: its connection may fail. */
  onClosed: (() => void) | undefined;
  usedAt: number;
}

/** For a datasource that was closed: contexts that still hold it, some for long, must not keep it alive. */
export function release(use: DataSourceUse): void {
  use.closed = true;
  use.onQuiet = use.beforeMigration = undefined;
}
