import {EventEmitter} from 'node:events';
import {scopeOf} from '../../scoped-registry/binding/builder-binding';
import {haveSameItems} from '../../scoped-registry/primitives/same-items';
import {useOf, type DataSourceUse} from '../../scoped-registry/operations/data-source-use';
import {DataSourceClosedError, InvalidOptionError} from '../../scoped-registry/errors';
import type {StockDataSource} from '../../scoped-registry/juggler/types';
import {ENDED} from '../../scoped-registry/ownership/ended-event';
import type {RegistryOptions} from '../../scoped-registry/binding/registry-binding';
import {connectDataSource} from './connecting';
import {closeDataSource, isClosed} from '../leaving/disconnecting';
import {surviveLostConnections} from './lost-connections';
import {ModelRouting} from './model-routing';
import {DRAIN_DEFAULTS} from '../leaving/offboarding-options';
import {forJuggler, type DataSource} from '../scoped-classes';
import type {LifecycleEvents} from '../tenant/lifecycle-events';
import {TenantContext} from '../context/tenant-context';
import {resolveDataSourcesOptions, type TenantDataSourcesOptions} from './tenant-data-sources-options';

/** A snapshot of all datasources. Frozen. */
export interface TenantDataSourcesStats {
  /** Datasources that are open or being connected. */
  readonly open: number;
  /** Datasources over the limit, open until their work has ended. */
  readonly over: number;
  /** Datasources made, since the start. */
  readonly created: number;
  /** Connections that failed, since the start. */
  readonly failed: number;
  /** Datasources closed, since the start, by reason; `ended`: with their tenants. */
  readonly closed: Readonly<Record<Reason | 'ended', number>>;
  /** Datasources that could not be disconnected in time, since the start: connections of theirs may stay open. */
  readonly stuck: number;
}

type Reason = 'lru' | 'idle' | 'manual' | 'reload';

interface Entry {
  readonly tenant: string;
  readonly dataSource: StockDataSource;
  readonly use: DataSourceUse;
  /** Settles when the datasource has connected, or has failed to. */
  connection: Promise<void>;
  hasConnected: boolean;
  /** Of one that is to be closed: closes it. */
  onFree: (() => void) | undefined;
  usedAt: number;
}

/** How often, at least, idle datasources are looked for. */
const LONGEST_IDLE_CHECK = 60_000;

/**
 * A datasource for each tenant: made on first use, closed when it has been idle or the limit is reached, ended with its
 * tenant. One per tenant at any moment.
 */
export class TenantDataSources {
  readonly #options: Required<TenantDataSourcesOptions>;
  /** In the order of use. */
  readonly #open = new Map<string, Entry>();
  /** Over the limit, to be closed once their work has ended; asked for before that, they stay. */
  readonly #over = new Map<string, Entry>();
  /** By generation of the registries: of tenants that were reloaded, for the work that was in flight then. */
  readonly #leaving = new Map<number, Entry | undefined>();
  #routing: ModelRouting | undefined;
  readonly #closed = {lru: 0, idle: 0, manual: 0, reload: 0, ended: 0};
  #created = 0;
  #failed = 0;
  #stuck = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @throws InvalidOptionError `INVALID_OPTION` */
  constructor(options: TenantDataSourcesOptions) {
    this.#options = resolveDataSourcesOptions(options);
    // weakly: the registries may live longer
    const weakly = new WeakRef(this);
    this.#options.registries.observe({
      leaving: event => weakly.deref()?.onLeaving(event),
      ended: event => weakly.deref()?.onEnded(event),
    });
  }

  /**
   * The tenant's datasource, made on first use and perhaps not connected yet: juggler lets work wait for that. Keep it for
   * no longer than the work at hand. Counts as use of the tenant.
   * @throws what `registries.for` throws, what `create` throws, and InvalidOptionError for what it returns
   */
  get(tenant: string): DataSource {
    return this.#get(tenant).dataSource as unknown as DataSource;
  }

  /**
   * The tenant's datasource, once it is connected. Calls meanwhile share the attempt; after a failure the next one makes a
   * new datasource.
   * @throws TenantUnavailableError `TENANT_UNAVAILABLE`, and what `get` throws
   */
  async ensure(tenant: string): Promise<DataSource> {
    const {dataSource, connection} = this.#get(tenant);
    await connection;
    return dataSource as unknown as DataSource;
  }

  /**
   * Closes a tenant's datasource once its work has ended: the next use makes a new one, by `create`.
   * @returns whether there was one
   */
  async close(tenant: string): Promise<boolean> {
    const entry = this.#known(tenant);
    if (!entry) return false;
    await this.#retire(entry, 'manual');
    return true;
  }

  /**
   * Lets a model that was defined once serve every tenant, by the tenant's own datasource: all data access goes there, and
   * each tenant's connector knows the model. Where no tenant runs, data access is the error `NO_TENANT`; definitions,
   * relations and hooks can be added. The datasource that the model was on, if any, is not used any more. An instance
   * belongs to the tenant it was made or loaded for: used for another one, that is the error `TENANT_MISMATCH`.
   * @returns the model
   * @throws InvalidOptionError `INVALID_OPTION` for a tenant's own model, one that is routed elsewhere, or that another copy of
   * juggler has made
   */
  route<Model extends Function>(model: Model): Model {
    const {registries, juggler} = this.#options;
    this.#routing ??= new ModelRouting(registries, juggler, tenant => this.#get(tenant).dataSource);
    this.#routing.route(model);
    return model;
  }

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
    const {registries, max} = this.#options;
    // first: it knows who may have a datasource at all
    const {generation} = registries.for(tenant);
    const leaving = this.#leaving.get(generation);
    if (leaving) return leaving;
    const entry = this.#known(tenant) ?? this.#make(tenant);
    entry.onFree = undefined;
    this.#over.delete(tenant);
    if (!isClosed(entry.dataSource)) this.#touch(entry);
    if (this.#open.size > max) void this.#retire(this.#open.values().next().value!, 'lru');
    this.#watchIdleness();
    this.#routing?.introduce(entry.dataSource, tenant);
    return entry;
  }

  /** @internal A tenant is reloaded: work in flight keeps its datasource, new work gets another one. */
  onLeaving({tenant, generation, reason}: LifecycleEvents['leaving']): void {
    if (reason !== 'reload') return;
    const entry = this.#known(tenant);
    if (entry) this.#forget(entry);
    this.#leaving.set(generation, entry);
  }

  /** @internal */
  onEnded({tenant, generation, reason}: LifecycleEvents['ended']): void {
    // without work in flight it has not been told that it is leaving
    const entry = this.#leaving.has(generation) ? this.#leaving.get(generation) : this.#known(tenant);
    this.#leaving.delete(generation);
    if (entry && reason === 'reload') void this.#retire(entry, 'reload');
  }

  #known(tenant: string): Entry | undefined {
    const entry = this.#open.get(tenant) ?? this.#over.get(tenant);
    if (!entry?.hasConnected || entry.dataSource.connected || entry.dataSource.connecting) return entry;
    // somebody has disconnected it by hand, and few connectors can connect again
    void this.#retire(entry, 'manual');
    return undefined;
  }

  #make(tenant: string): Entry {
    const {registries, create, juggler} = this.#options;
    const dataSource = TenantContext.run(tenant, () => {
      const made = create(tenant, registries.settings(tenant)) as object;
      if (made instanceof EventEmitter) return made as StockDataSource;
      return new (forJuggler(juggler).DataSource)(settingsOf(made, {registries, tenant})) as unknown as StockDataSource;
    });
    if (!haveSameItems(scopeOf(dataSource.modelBuilder), [registries, tenant]) || isClosed(dataSource)) {
      throw new InvalidOptionError(
        "create must return settings, or a new datasource that is the tenant's: new DataSource({…, modelRegistry: " +
          '{registries, tenant}}).',
      );
    }
    // its failures are told to those whom they concern
    dataSource.on('error', () => {});
    if (dataSource.connector) surviveLostConnections(dataSource.connector);
    const use = useOf(dataSource).beginUse();
    const entry: Entry = {tenant, dataSource, use, connection: undefined!, hasConnected: false, onFree: undefined, usedAt: 0};
    this.#open.set(tenant, entry);
    use.onFree = () => (entry.onFree ? entry.onFree() : this.#open.get(tenant) === entry && this.#touch(entry));
    dataSource.once(ENDED, () => {
      this.#forget(entry);
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
    // who does not await it has the error from the work that waited
    entry.connection.catch(() => {});
    return entry;
  }

  /** The order of `#open` is that of use. */
  #touch(entry: Entry): void {
    entry.usedAt = this.#options.clock.now();
    this.#open.delete(entry.tenant);
    this.#open.set(entry.tenant, entry);
  }

  #forget(entry: Entry): void {
    for (const entries of [this.#open, this.#over]) if (entries.get(entry.tenant) === entry) entries.delete(entry.tenant);
    for (const [generation, leaving] of this.#leaving) if (leaving === entry) this.#leaving.set(generation, undefined);
    // the timer keeps this object, and the routed models with it
    if (this.#open.size === 0) this.#timer = void clearTimeout(this.#timer);
  }

  /** Closes a datasource, once its work has ended. */
  #retire(entry: Entry, reason: Reason): Promise<void> {
    this.#forget(entry);
    const end = () => {
      this.#closed[reason]++;
      return this.#end(entry, () => new DataSourceClosedError(entry.tenant));
    };
    if (!entry.use.busy) return end();
    if (reason === 'lru') this.#over.set(entry.tenant, entry);
    return new Promise(resolve => (entry.onFree = () => resolve(end())));
  }

  async #end(entry: Entry, error: () => Error): Promise<void> {
    this.#forget(entry);
    entry.onFree = undefined;
    if (isClosed(entry.dataSource)) return;
    try {
      await closeDataSource(entry.dataSource, error, DRAIN_DEFAULTS.drainTimeout);
    } catch {
      this.#stuck++;
    }
  }

  #watchIdleness(): void {
    const {idleTtl} = this.#options;
    if (this.#timer || idleTtl === Infinity || this.#open.size === 0) return;
    const check = () => {
      this.#timer = undefined;
      this.#closeIdle();
      this.#watchIdleness();
    };
    this.#timer = setTimeout(check, Math.min(idleTtl, LONGEST_IDLE_CHECK)).unref();
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

/** juggler learns of a first connection that fails only where it begins the connecting itself, not the connector. */
function settingsOf(made: object, modelRegistry: RegistryOptions): Record<string, unknown> {
  if (typeof made !== 'object' || made === null || typeof (made as {then?: unknown}).then === 'function') {
    throw new InvalidOptionError('create must return settings or a new DataSource at once, not by a promise.');
  }
  return {...made, lazyConnect: true, modelRegistry};
}
