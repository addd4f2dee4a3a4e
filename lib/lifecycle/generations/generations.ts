import {RegistryDisposedError} from '../../scoped-registry/errors';
import type {ModelClass} from '../../scoped-registry/juggler/types';
import type {BeginOperation} from '../../scoped-registry/ownership/owning-registry';
import type {RunningTenants} from '../../scoped-registry/ownership/running-tenants';
import type {ModelRegistry, RegistryEnd} from '../../scoped-registry/registry/model-registry';
import {RegistryCache, type RegistryCacheLimits} from '../../scoped-registry/registry/registry-cache';
import {WeakBag} from '../../scoped-registry/primitives/weak-bag';
import {activeContexts, closeCohorts} from '../context/cohort';
import {Departures, type Departure} from './departures';
import {Drain} from './drain';
import {END_REASONS, type EndReason} from '../tenant/end-reason';
import {LeakLedger, type Leak} from './leak-ledger';
import type {LifecycleEvents, LifecyclePublisher} from '../tenant/lifecycle-events';
import {RunningOperation} from '../context/running-operation';
import {warn} from '../warning';

const beginOperation: BeginOperation = registry => RunningOperation.beginUnlessInContext(registry);

/**
 * Holds the registries of all tenants. A tenant's registries follow each other as generations. New work gets the registry in
 * the cache, and work in flight keeps the one that it began with. Evicting or reloading only marks a registry: it ends, once,
 * with its last work in flight.
 */
export class Generations {
  /** The number of registries that were let go, by reason. */
  readonly ended: Record<EndReason, number> = Object.fromEntries(END_REASONS.map(reason => [reason, 0])) as never;
  readonly #cache: RegistryCache;
  readonly #ledger = new LeakLedger();
  readonly #departures = new Departures();
  /**
   * Evicted registries whose work in flight has not ended. This map keeps them alive until then. Until then new work of the
   * tenant gets such a registry back from the cache's weak tier.
   */
  readonly #recallable = new Map<ModelRegistry, Drain>();

  constructor(
    limits: RegistryCacheLimits,
    shared: ModelRegistry,
    private readonly events: LifecyclePublisher,
    private readonly runningTenants: RunningTenants,
  ) {
    this.#cache = new RegistryCache(limits, shared, registry => this.#afterEviction(registry, 'lru'));
  }

  /** The number of registries that were let go and that work in flight still uses. */
  get leaving(): number {
    let count = this.#departures.atWork;
    for (const registry of this.#recallable.keys()) if (!this.#cache.has(registry.tenant!)) count++;
    return count;
  }

  /** The number of tenants in the cache. */
  get size(): number {
    return this.#cache.size;
  }

  /** The number of classes in the cache. */
  get models(): number {
    return this.#cache.models;
  }

  /** Returns the generation that the running work began with, where that was let go. */
  registryOfRunningWork(tenant: string): ModelRegistry | undefined {
    const registry = this.#departures.registryOfRunningWork(tenant);
    registry?.assertUsable();
    return registry;
  }

  /** Returns the registry that the running work uses, also if it has ended, else the one that new work gets. Builds nothing. */
  registryInUse(tenant: string): ModelRegistry | undefined {
    return this.#departures.registryOfRunningWork(tenant) ?? this.#cache.peek(tenant);
  }

  /** Returns the tenant's registry, else the one that was let go last and still has work in flight. */
  latest(tenant: string): ModelRegistry | undefined {
    return this.#cache.peek(tenant) ?? this.#departures.departuresOf(tenant).at(-1)?.registry;
  }

  /** Calls `left` with each tenant whose registry is not held any more. `left` must not throw. */
  onLeft(left: (tenant: string) => void): void {
    this.#cache.onLeft = left;
  }

  /** Returns the tenant's registry, perhaps one that was evicted and is still alive. Counts as use. Builds nothing. */
  get(tenant: string, now: number): ModelRegistry | undefined {
    const registry = this.#cache.get(tenant, now);
    // new work uses this registry again, so its eviction is cancelled
    if (registry && this.#recallable.size > 0) this.#cancelEviction(registry);
    return registry;
  }

  peek(tenant: string): ModelRegistry | undefined {
    return this.#cache.peek(tenant);
  }

  /** Whether new work gets a registry that the tenant has now: it is held, or it was evicted and work in flight still uses it. */
  isBuilt(tenant: string): boolean {
    if (this.#cache.has(tenant)) return true;
    const registry = this.#cache.peek(tenant);
    return registry !== undefined && this.#recallable.has(registry);
  }

  /** Whether the tenant's registry is held. */
  has(tenant: string): boolean {
    return this.#cache.has(tenant);
  }

  times(tenant: string): {readonly since: number; readonly usedAt: number} | undefined {
    return this.#cache.times(tenant);
  }

  /** Returns the held tenant that was used least recently. */
  oldest(): string | undefined {
    for (const tenant of this.#cache.leastRecentlyUsed()) return tenant;
    return undefined;
  }

  leastRecentlyUsed(): IterableIterator<string> {
    return this.#cache.leastRecentlyUsed();
  }

  /** Whether work in flight uses a generation that was let go. */
  isLeaving(tenant: string): boolean {
    return this.#departures.has(tenant) || (this.isBuilt(tenant) && !this.#cache.has(tenant));
  }

  /** Evicts tenants until one more can be held. Observers of that may call any verb, so callers look a tenant up anew. */
  makeRoom(): void {
    this.#cache.makeRoom();
  }

  /** Callers call `makeRoom` before. */
  build(tenant: string, now: number): ModelRegistry {
    const registry = this.#cache.add(tenant, now);
    registry.beginOperation = beginOperation;
    registry.runningTenants = this.runningTenants;
    const {generation} = registry;
    this.#publish('built', () => ({tenant, generation}));
    return registry;
  }

  /** Lists every tenant for which a shutdown has something to end. */
  tenants(): string[] {
    return [...new Set([...this.#cache.codes(), ...this.#departures.tenants()])];
  }

  /** Yields the held tenants, then those of which a generation was let go and still has work in flight. */
  *known(): IterableIterator<string> {
    yield* this.#cache.leastRecentlyUsed();
    yield* this.tenantsLetGo();
  }

  /**
   * Returns the tenants of which a generation was let go and still has work in flight. Some of them are held again, or are
   * being offboarded.
   */
  tenantsLetGo(): Set<string> {
    return new Set([...this.#departures.tenants(), ...[...this.#recallable.keys()].map(({tenant}) => tenant!)]);
  }

  /** Counts a tenant's operations that have no answer yet, in all of its generations. */
  operations(tenant: string): number {
    const departing = this.#departures.departuresOf(tenant).map(({registry}) => registry);
    const registries = new Set([this.#cache.peek(tenant), ...departing]);
    return [...registries].reduce((count, registry) => count + (registry?.inFlight.size ?? 0), 0);
  }

  /** Whether anything of the tenant is here: a registry that is alive, datasources, or work in flight. */
  isKnown(tenant: string): boolean {
    return this.#cache.knows(tenant) || this.#departures.has(tenant) || activeContexts(tenant) > 0;
  }

  /** Whether the tenant has contexts, or its registry has operations without an answer. */
  isBusy(tenant: string): boolean {
    return activeContexts(tenant) > 0 || (this.#cache.peek(tenant)?.inFlight.size ?? 0) > 0;
  }

  /**
   * Evicts a tenant's registry. On the next use it comes back as itself if something still keeps it alive.
   * @returns whether there was one
   */
  evict(tenant: string, reason: EndReason): boolean {
    const registry = this.#cache.evict(tenant);
    if (registry) this.#afterEviction(registry, reason);
    return registry !== undefined;
  }

  /**
   * Lets a tenant's registry go for good, on a user's request: new work gets the next generation. A registry that was evicted
   * before and that the collector has not taken yet goes too, or the next generation would depend on the collector.
   * @returns whether the tenant was built
   */
  evictByHand(tenant: string): boolean {
    const report = (errors: readonly unknown[] = []) => {
      for (const error of errors) warn(`The end of a registry of tenant ${JSON.stringify(tenant)} failed`, error);
    };
    if (this.isBuilt(tenant)) {
      this.replace(tenant, 'manual', end => report(end?.errors));
      return true;
    }
    // its eviction was counted and published, and so is not this
    const evicted = this.#cache.take(tenant);
    if (!evicted) return false;
    const classes = new WeakBag<ModelClass>();
    const {errors} = evicted.endRegistry(disposedError(tenant), classes, []);
    this.#ledger.add(evicted, 'manual', classes);
    report(errors);
    return false;
  }

  /**
   * Evicts tenants without work in flight, the one used least recently first, until the evicted ones held `models` classes
   * together.
   */
  shed(models: number): {readonly tenants: number; readonly models: number} {
    const tenants: string[] = [];
    let found = 0;
    for (const tenant of this.#cache.leastRecentlyUsed()) {
      if (found >= models) break;
      if (this.isBusy(tenant)) continue;
      tenants.push(tenant);
      found += this.#cache.peek(tenant)!.totalSize();
    }
    for (const tenant of tenants) this.evict(tenant, 'memory');
    return {tenants: tenants.length, models: found};
  }

  /**
   * Takes a tenant's registry out of the cache: new work gets the next generation, work in flight keeps this one. When that
   * work has ended, this registry ends.
   * @returns the drain of the work in flight; undefined where the tenant has no registry
   */
  replace(tenant: string, reason: 'manual' | 'reload', settled: Required<Departure>['settled']): Drain | undefined {
    const registry = this.#cache.take(tenant);
    if (!registry) return undefined;
    const drain = this.#drain(registry);
    const departure = {registry, drain, settled};
    this.#departures.add(tenant, departure);
    drain.onceOver(() => {
      this.#departures.delete(tenant, departure);
      this.#cache.keepDataSources(tenant, registry);
      settled(this.end(registry, reason, disposedError(tenant)));
    });
    this.#publishLeaving(departure, reason);
    return drain;
  }

  /**
   * Removes all generations of a tenant. The caller must end them.
   * @returns a drain for each generation: first the generations that were let go before, then the present one. Where there
   *   is no present one, an empty registry is made for contexts that belong to no generation, or where only datasources are
   *   left to end.
   */
  remove(tenant: string): Drain[] {
    const departures = this.#departures.departuresOf(tenant);
    const hasNewerWork = closeCohorts(tenant).some(cohort => !departures.some(({drain}) => drain.includes(cohort)));
    const drains = departures.flatMap(departure => {
      // a departure of an earlier offboarding stays with that offboarding
      if (!departure.settled) return [];
      this.#departures.delete(tenant, departure);
      departure.drain.handOver();
      departure.settled(undefined);
      return departure.drain;
    });
    const current = this.#cache.remove(tenant, hasNewerWork, drains.length === 0);
    if (!current) return drains;
    this.#cancelEviction(current);
    const earlier = departures.map(({drain}) => drain);
    return [...drains, new Drain(current, tenant, earlier)];
  }

  /**
   * Adds a departure for each drain: until the returned function is called, the work in flight keeps the registries that it
   * began with.
   * @returns a function that removes these departures
   */
  addDepartures(tenant: string, drains: readonly Drain[], reason: EndReason): () => void {
    const departures = drains.flatMap(drain => (drain.registry ? [{registry: drain.registry, drain}] : []));
    for (const departure of departures) this.#departures.add(tenant, departure);
    for (const departure of departures) this.#publishLeaving(departure, reason);
    return () => {
      // empties the array, so that a kept reference to this function keeps no ended registry
      for (const departure of departures.splice(0)) this.#departures.delete(tenant, departure);
    };
  }

  /**
   * Ends a registry for good: its classes are dropped. Never throws.
   * @param error makes the error for a later use of the registry or of its classes
   */
  end(registry: ModelRegistry, reason: EndReason, error: () => Error): RegistryEnd & {classes: Iterable<ModelClass>} {
    const classes = new WeakBag<ModelClass>();
    if (registry.disposed) return {models: 0, embeddedModels: 0, errors: [], classes};
    // the tenant's datasources serve its next generation
    const keepsDataSources = reason === 'manual' || reason === 'reload';
    const end = registry.endRegistry(error, classes, keepsDataSources ? [] : undefined);
    return {...end, errors: [...end.errors, ...this.#recordEnd(registry, reason, classes, end)], classes};
  }

  /** Lists the registries that were let go and of which something is alive. */
  findLeaks(): Leak[] {
    return this.#ledger.findLeaks(registry => this.#isInUse(registry));
  }

  /** Whether a registry that was let go is in use again. It may already be leaving again. */
  #isInUse(registry: ModelRegistry): boolean {
    const tenant = registry.tenant!;
    if (this.#recallable.has(registry)) return true;
    if (this.#cache.has(tenant) && this.#cache.peek(tenant) === registry) return true;
    return this.#departures.departuresOf(tenant).some(departure => departure.registry === registry);
  }

  /** Callers publish this last, because an observer may call any verb on the tenant. */
  #publishLeaving({registry: {tenant, generation}, drain}: Departure, reason: EndReason): void {
    if (!drain.over) this.#publish('leaving', () => ({tenant: tenant!, generation, reason}));
  }

  #afterEviction(registry: ModelRegistry, reason: EndReason): void {
    const drain = this.#drain(registry);
    if (drain.over) {
      this.#recordEnd(registry, reason);
      return;
    }
    this.#recallable.set(registry, drain);
    drain.onceOver(() => {
      this.#recallable.delete(registry);
      this.#recordEnd(registry, reason);
    });
    this.#publishLeaving({registry, drain}, reason);
  }

  /** Makes a drain for the work in flight of a tenant's present registry. */
  #drain(registry: ModelRegistry): Drain {
    this.#cancelEviction(registry);
    const tenant = registry.tenant!;
    const earlier = this.#departures.departuresOf(tenant).map(({drain}) => drain);
    return new Drain(registry, tenant, earlier);
  }

  /** For an evicted registry with work in flight that new work uses again, or that is let go in another way. */
  #cancelEviction(registry: ModelRegistry): void {
    this.#recallable.get(registry)?.cancel();
    this.#recallable.delete(registry);
  }

  /**
   * Counts and publishes that a registry was let go, and enters it in the leak ledger.
   * @param end the registry's end, where it has ended for good; its caller makes a report
   * @returns with `end`, the errors that observers threw; without it, these become process warnings
   */
  #recordEnd(registry: ModelRegistry, reason: EndReason, classes?: WeakBag<ModelClass>, end?: RegistryEnd): unknown[] {
    this.ended[reason]++;
    this.#ledger.add(registry, reason, classes);
    const event = () => {
      const {models, embeddedModels} = end ?? registry.counts();
      return {tenant: registry.tenant!, generation: registry.generation, reason, models, embeddedModels};
    };
    if (end) return this.events.publish('ended', event);
    this.#publish('ended', event);
    return [];
  }

  /** Publishes an event during a call that has no report: errors of observers become process warnings. */
  #publish<Name extends keyof LifecycleEvents>(name: Name, makeEvent: () => LifecycleEvents[Name]): void {
    for (const error of this.events.publish(name, makeEvent)) warn(`An observer of '${name}' failed`, error);
  }
}

/** Makes the errors of an ended registry. A function of its own: classes that user code keeps hold the result, but not the registry. */
function disposedError(tenant: string): () => Error {
  return () => new RegistryDisposedError(tenant);
}
