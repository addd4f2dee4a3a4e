import {EventEmitter} from 'node:events';
import {registryOf, scopeOf} from '../../scoped-registry/binding/builder-binding';
import {dataSourceLabel, swallowError} from '../../scoped-registry/datasource/data-source-log';
import {makeDataAccessLazy} from '../../scoped-registry/datasource/lazy-data-access';
import {moveModels} from '../../scoped-registry/datasource/model-moving';
import {errorText, logDataSource} from '../../scoped-registry/debug-log';
import {haveSameItems} from '../../scoped-registry/primitives/same-items';
import {useOf} from '../../scoped-registry/operations/data-source-use';
import {DataSourceClosedError, InvalidOptionError} from '../../scoped-registry/errors';
import type {Routed} from '../../scoped-registry/juggler/persisted-model';
import type {StockDataSource} from '../../scoped-registry/juggler/types';
import type {ModelRegistry} from '../../scoped-registry/registry/model-registry';
import {WeakBag} from '../../scoped-registry/primitives/weak-bag';
import {isClosed} from '../../scoped-registry/ownership/closed-data-source';
import {ENDED} from '../../scoped-registry/ownership/ended-event';
import {release, type Entry} from './data-source-entry';
import {connectDataSource} from './connecting';
import {closeDataSource, onStuck} from '../leaving/disconnecting';
import {surviveLostConnections} from './lost-connections';
import {ModelRouting} from './model-routing';
import {DRAIN_DEFAULTS} from '../leaving/offboarding-options';
import {forJuggler, type DataSource} from '../scoped-classes';
import type {LifecycleEvents} from '../tenant/lifecycle-events';
import {TenantContext} from '../context/tenant-context';
import {callAfterUnreferenced} from '../time/clock';
import {resolveDataSourcesOptions, settingsOf, type TenantDataSourcesOptions} from './tenant-data-sources-options';

/** A snapshot of all datasources. Frozen. */
export interface TenantDataSourcesStats {
  /** The number of datasources that are open or connecting. */
  readonly open: number;
  /** The number of datasources over the limit: each is closed when its work has ended. */
  readonly over: number;
  /** The number of datasources made since the start. */
  readonly created: number;
  /** The number of failed connections since the start. */
  readonly failed: number;
  /** The number of datasources closed since the start, by reason. `ended`: they ended with their tenants. */
  readonly closed: Readonly<Record<Reason | 'ended', number>>;
  /** The number of datasources, since the start, that failed to disconnect in time. Their connections may stay open. */
  readonly stuck: number;
}

type Reason = 'lru' | 'idle' | 'manual' | 'reload';

/** Milliseconds between two checks for idle datasources, at most. */
const MAX_CHECK_INTERVAL = 60_000;

/**
 * Holds a datasource for each tenant, for services with a database per tenant. A datasource is made on first use. It is
 * closed when it is idle or when there are too many, and it ends with its tenant. New work of a tenant gets one and the same
 * datasource at any moment.
 */
export class TenantDataSources {
  readonly #options: Required<TenantDataSourcesOptions>;
  /** By tenant, in the order of use, the least recently used first. */
  readonly #open = new Map<string, Entry>();
  /** By tenant, datasources over the limit: each is closed when its work has ended, unless it is used again before that. */
  readonly #over = new Map<string, Entry>();
  /** By generation of the registry, the datasources of reloaded tenants. Work that was in flight at the reload still uses them. */
  readonly #leaving = new Map<number, Entry | undefined>();
  /** The tenants whose datasource is being made now, by `create`. */
  readonly #creating = new Set<string>();
  /** All datasources that this object has made. */
  readonly #made = new WeakSet<StockDataSource>();
  #routing: ModelRouting | undefined;
  readonly #closed = {lru: 0, idle: 0, manual: 0, reload: 0, ended: 0};
  #created = 0;
  #failed = 0;
  #stuck = 0;
  #cancelTimer: (() => void) | undefined;
  readonly #stopObserving: () => void;
  /** Makes the error for uses after `end`. */
  #endError: (() => Error) | undefined;

  /** @throws InvalidOptionError `INVALID_OPTION` */
  constructor(options: TenantDataSourcesOptions) {
    this.#options = resolveDataSourcesOptions(options);
    // a weak reference, because the registries keep the observer and may live longer than this object
    const self = new WeakRef(this);
    this.#stopObserving = this.#options.registries.observe({
      leaving: event => self.deref()?.onLeaving(event),
      ended: event => self.deref()?.onEnded(event),
    });
  }

  /**
   * Returns the tenant's datasource, and makes it on first use. It may not be connected yet: juggler queues operations until
   * it is. In a context or lease of the tenant, it stays open until that has ended. Elsewhere, ask for it anew for each piece of
   * work, because a datasource that you keep may be closed. Models of the tenant that were on a closed datasource are moved to
   * this one. Counts as use of the tenant.
   * @throws what `registries.for` throws, what `create` throws, InvalidOptionError `INVALID_OPTION` where `create` returns
   * neither settings nor a new datasource of the tenant, or asks for the tenant's datasource itself
   */
  get(tenant: string): DataSource {
    return this.#get(tenant).dataSource as unknown as DataSource;
  }

  /**
   * Returns the tenant's datasource once it is connected. Concurrent calls share one attempt to connect. After a failure the
   * next call makes a new datasource.
   * @throws TenantUnavailableError `TENANT_UNAVAILABLE`, and what `get` throws
   */
  async ensure(tenant: string): Promise<DataSource> {
    const {dataSource, connection} = this.#get(tenant);
    await connection;
    return dataSource as unknown as DataSource;
  }

  /**
   * Closes a tenant's datasource when its use has ended: its operations and transactions, and the contexts and leases whose work
   * got it. From the call on, `get` makes a new datasource by `create`, for example with new credentials. The tenant's models move
   * to that one as soon as no operation runs on the old one. A caller in a context of the tenant is not waited for: the datasource
   * that it has may be closed when this resolves.
   * @returns whether the tenant had one
   */
  async close(tenant: string): Promise<boolean> {
    const entry = this.#known(tenant);
    if (!entry) return false;
    // a caller within the tenant's own work would wait for itself
    TenantContext.current?.innermostOf(tenant)?.letGoOf(entry.use);
    await this.#retire(entry, 'manual');
    return true;
  }

  /**
   * Routes a model that is defined once to all tenants: each data access goes to the running tenant's datasource. Where no
   * tenant runs, data access gets the error `NO_TENANT`; properties, relations and hooks can still be added. The model leaves
   * the datasource that it was attached to, if any. An instance belongs to the tenant for which it was made or loaded. Its use
   * while another tenant runs gets the error `TENANT_MISMATCH`.
   * @returns the model. Its type has data access, and a type that declares some of its own stays as it is
   * @throws InvalidOptionError `INVALID_OPTION` for a tenant's own model, for a model that is routed by another
   * TenantDataSources, for a second model of the same name, for a model of another copy of juggler, for a model with a
   * `getDataSource` of its own, and where a tenant has a model of its own under the name
   */
  route<Model extends Function>(model: Model): Routed<Model> {
    this.#routes().route(model);
    return model as unknown as Routed<Model>;
  }

  /**
   * @internal Closes all datasources for good, whether they are in use or not. For an application that stops and leaves its tenants to others.
   * Operations in flight get the error, and so do later calls of `get`. Never rejects.
   * @param timeout milliseconds for each datasource
   */
  async end(error: () => Error, timeout: number): Promise<void> {
    this.#endError = error;
    this.#stopObserving();
    const leaving = [...this.#leaving.values()].flatMap(entry => entry ?? []);
    const entries = new Set([...this.#open.values(), ...this.#over.values(), ...leaving]);
    const ends = [...entries].map(entry => {
      this.#closed.manual++;
      for (const registry of entry.registries)
        for (const call of registry.inFlight) if (call.isUseOf?.(entry.use)) call.failWith(error());
      return this.#end(entry, error, timeout);
    });
    await Promise.all(ends);
  }

  /**
   * One DataSource for all tenants. What speaks of models (`define`, `createModel`, `getModel`, `attach`, …) speaks of models that are
   * defined once and routed, see `route`. Everything else (data access, `execute`, `ping`, transactions, `connector`, `connected`,
   * `settings`, `automigrate`, `autoupdate`, discovery) is that of the running tenant's datasource. Where no tenant runs, it is the error
   * `NO_TENANT`. Always the same object. Its models fit one kind of connector: from the first use of this property on, a tenant whose
   * connector is another one, or makes ids of another type, gets the error `INVALID_OPTION`.
   */
  get shared(): DataSource {
    return this.#routes().shared as unknown as DataSource;
  }

  #routes(): ModelRouting {
    const {registries, juggler} = this.#options;
    return (this.#routing ??= new ModelRouting(registries, juggler, tenant => this.#get(tenant).dataSource));
  }

  /** Returns a frozen snapshot. */
  stats(): TenantDataSourcesStats {
    return Object.freeze({
      open: this.#open.size,
      over: this.#over.size,
      created: this.#created,
      failed: this.#failed,
      closed: Object.freeze({...this.#closed}),
      stuck: this.#stuck,
    });
  }

  #get(tenant: string): Entry {
    if (this.#endError) throw this.#endError();
    // first, because it throws for a tenant that takes no work
    const registry = this.#options.registries.for(tenant);
    // the registry's own text: the given one may keep a larger text alive
    const entry = this.#leaving.get(registry.generation) ?? this.#current(registry.tenant!);
    // no limit may close it before the work that gets it here has ended
    TenantContext.current?.innermostOf(tenant)?.holdUntilEnd(entry.use);
    if (entry.generation !== registry.generation) this.#serve(registry, entry);
    return entry;
  }

  /** The datasource for new work of a tenant. */
  #current(tenant: string): Entry {
    const entry = this.#known(tenant) ?? this.#make(tenant);
    entry.onFree = undefined;
    this.#over.delete(tenant);
    if (!isClosed(entry.dataSource) && !entry.hasEnded) this.#touch(entry);
    if (this.#open.size > this.#options.max) void this.#retire(this.#open.values().next().value!, 'lru');
    this.#watchIdleness();
    this.#routing?.introduce(entry.dataSource, tenant);
    return entry;
  }

  /** Gives a datasource the registry's models that were on a datasource which was closed since. */
  #serve(registry: ModelRegistry, entry: Entry): void {
    // an operation ends on the datasource on which it began, so models wait for the end of all operations
    const mayMove = (from: StockDataSource) => this.#made.has(from) && (isClosed(from) || !useOf(from).operating);
    moveModels(registry, mayMove, entry.dataSource);
    entry.registries.add(registry);
    entry.generation = registry.generation;
  }

  /** @internal When a tenant is reloaded, work in flight keeps its datasource and new work gets another one. */
  onLeaving({tenant, generation, reason}: LifecycleEvents['leaving']): void {
    if (reason !== 'reload') return;
    const entry = this.#known(tenant);
    if (entry) this.#forget(entry, generation);
    this.#leaving.set(generation, entry);
  }

  /** @internal */
  onEnded({tenant, generation, reason}: LifecycleEvents['ended']): void {
    // a registry without work in flight ends without a 'leaving' event
    const entry = this.#leaving.has(generation) ? this.#leaving.get(generation) : this.#known(tenant);
    this.#leaving.delete(generation);
    if (entry && reason === 'reload') void this.#retire(entry, 'reload');
  }

  #known(tenant: string): Entry | undefined {
    const entry = this.#open.get(tenant) ?? this.#over.get(tenant);
    if (!entry?.hasConnected || entry.dataSource.connected || entry.dataSource.connecting) return entry;
    // user code has disconnected it, and few connectors can connect again
    void this.#retire(entry, 'manual');
    return undefined;
  }

  #make(tenant: string): Entry {
    const dataSource = this.#create(tenant);
    // Without a listener, an 'error' event would throw. Callers get the error from `ensure` or from their operations.
    dataSource.on('error', swallowError);
    if (dataSource.connector) surviveLostConnections(dataSource.connector, dataSourceLabel(dataSource));
    makeDataAccessLazy(dataSource);
    const use = useOf(dataSource).beginUse();
    const entry: Entry = {
      tenant,
      dataSource,
      use,
      registries: new WeakBag(),
      generation: undefined,
      connection: undefined!,
      hasConnected: false,
      hasEnded: false,
      leaving: undefined,
      onFree: undefined,
      onClosed: undefined,
      usedAt: 0,
    };
    this.#open.set(tenant, entry);
    this.#made.add(dataSource);
    use.onQuiet = () => this.#onQuiet(entry);
    use.beforeMigration = () => this.#routing?.introduceAll(dataSource, tenant);
    onStuck(dataSource, () => this.#stuck++);
    dataSource.once(ENDED, () => {
      entry.hasEnded = true;
      this.#forget(entry);
      release(use);
      if (entry.onFree) entry.onFree();
      else this.#closed.ended++;
    });
    this.#created++;
    const failed = (error: Error) => {
      this.#failed++;
      void this.#end(entry, () => error);
    };
    entry.connection = connectDataSource(dataSource, tenant, failed)
      .then(() => void (entry.hasConnected = true))
      .finally(() => use.endUse());
    // a caller that does not await the connection gets its error from the operations that waited for it
    entry.connection.catch(() => {});
    return entry;
  }

  /** Calls the application's `create`, and checks what it returns. */
  #create(tenant: string): StockDataSource {
    const {registries, create, juggler} = this.#options;
    if (this.#creating.has(tenant)) {
      throw new InvalidOptionError(
        `create(${JSON.stringify(tenant)}) has asked for the datasource that it is making. Return its settings without using it.`,
      );
    }
    this.#creating.add(tenant);
    try {
      const dataSource = TenantContext.run(tenant, () => {
        const made = create(tenant, registries.settings(tenant)) as object;
        if (made instanceof EventEmitter) return made as StockDataSource;
        return new (forJuggler(juggler).DataSource)(settingsOf(made, {registries, tenant})) as unknown as StockDataSource;
      });
      if (haveSameItems(scopeOf(dataSource.modelBuilder), [registries, tenant]) && !isClosed(dataSource)) {
        // throws if `create` has ended the tenant: that ended the datasource too, before this object could hear of it
        registryOf(dataSource.modelBuilder);
        return dataSource;
      }
      throw new InvalidOptionError(
        "create must return settings, or a new datasource that is the tenant's: new DataSource({…, modelRegistry: " +
          '{registries, tenant}}).',
      );
    } finally {
      this.#creating.delete(tenant);
    }
  }

  /** Called when the last operation on a datasource has ended, or the last context that was given it. */
  #onQuiet(entry: Entry): void {
    const {tenant, use, onFree} = entry;
    if (onFree) {
      const next = this.#open.get(tenant) ?? this.#over.get(tenant);
      if (next && next !== entry && !use.operating) this.#passOn(entry, next);
      if (!use.busy) onFree();
    } else if (this.#open.get(tenant) === entry) this.#touch(entry);
  }

  /** Gives the models of a datasource that is being closed to the one that new work gets. Never throws. */
  #passOn(entry: Entry, next: Entry): void {
    for (const registry of entry.registries) {
      try {
        this.#serve(registry, next);
      } catch (error) {
        // the tenant takes no work now; what still runs for it gets a datasource by `get`, which tries again
        next.generation = undefined;
        logDataSource(
          () => `${dataSourceLabel(next.dataSource)}: did not get the models of its predecessor: ${errorText(error)}`,
        );
      }
    }
  }

  /** Counts as use: moves the entry to the end of `#open`. */
  #touch(entry: Entry): void {
    entry.usedAt = this.#options.clock.now();
    this.#open.delete(entry.tenant);
    this.#open.set(entry.tenant, entry);
  }

  /** @param leaving the generation in whose place of `#leaving` the entry is from now on */
  #forget(entry: Entry, leaving?: number): void {
    for (const entries of [this.#open, this.#over]) if (entries.get(entry.tenant) === entry) entries.delete(entry.tenant);
    if (entry.leaving !== undefined && this.#leaving.has(entry.leaving)) this.#leaving.set(entry.leaving, undefined);
    entry.leaving = leaving;
    // a timer would keep this object alive, and the routed models with it
    if (this.#open.size > 0) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /** Closes a datasource when its work has ended. New work gets another one, but one that waits in `#over` may be used again. */
  #retire(entry: Entry, reason: Reason): Promise<void> {
    this.#forget(entry);
    const end = () => {
      this.#closed[reason]++;
      return this.#end(entry, () => new DataSourceClosedError(entry.tenant));
    };
    if (!entry.use.busy) return end();
    if (reason === 'lru') this.#over.set(entry.tenant, entry);
    return new Promise(resolve => {
      entry.onFree = () => resolve(end());
      entry.onClosed = resolve;
    });
  }

  async #end(entry: Entry, error: () => Error, timeout = DRAIN_DEFAULTS.drainTimeout): Promise<void> {
    this.#forget(entry);
    entry.onFree = undefined;
    release(entry.use);
    if (isClosed(entry.dataSource)) return;
    await closeDataSource(entry.dataSource, error, timeout).catch(() => {});
    entry.onClosed?.();
  }

  #watchIdleness(): void {
    const {clock, idleTtl} = this.#options;
    if (this.#cancelTimer || idleTtl === Infinity || this.#open.size === 0) return;
    const check = () => {
      this.#cancelTimer = undefined;
      this.#closeIdle();
      this.#watchIdleness();
    };
    this.#cancelTimer = callAfterUnreferenced(clock, Math.min(idleTtl, MAX_CHECK_INTERVAL), check);
  }

  #closeIdle(): void {
    const {clock, idleTtl} = this.#options;
    for (const entry of this.#open.values()) {
      if (clock.now() - entry.usedAt < idleTtl) return;
      if (entry.use.busy) this.#touch(entry);
      else void this.#retire(entry, 'idle');
    }
  }
}
