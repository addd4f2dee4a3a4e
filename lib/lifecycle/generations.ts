import {RegistryDisposedError} from '../scoped-registry/errors';
import type {ModelClass} from '../scoped-registry/juggler';
import type {ModelRegistry, RegistryEnd} from '../scoped-registry/model-registry';
import {RegistryCache, type RegistryCacheLimits} from '../scoped-registry/registry-cache';
import {WeakBag} from '../scoped-registry/weak-bag';
import {activeContexts, type Cohort} from './cohort';
import {Drain} from './drain';
import {END_REASONS, type EndReason} from './end-reason';
import {LeakLedger, type Leak} from './leak-ledger';
import type {LifecycleEvents, LifecyclePublisher} from './lifecycle-events';
import {TenantContext} from './tenant-context';
import {warn} from './warning';

/** A generation that new work does not get any more. */
interface Departure {
  readonly registry: ModelRegistry;
  readonly drain: Drain;
  /** Told what its end came to; undefined where the end of its tenant came first. */
  readonly settled?: (end: RegistryEnd | undefined) => void;
  /** Whether its tenant is on its way out, which ends it. */
  readonly ending?: boolean;
}

/**
 * The registries of all tenants, one generation after the other. New work gets the one in the cache; work in flight keeps
 * the one that it began with. To let one go is a nomination: it ends, once, with the last work in flight.
 */
export class Generations {
  readonly ended: Record<EndReason, number> = Object.fromEntries(END_REASONS.map(reason => [reason, 0])) as never;
  readonly #cache: RegistryCache;
  readonly #ledger = new LeakLedger();
  readonly #departures = new Map<string, Set<Departure>>();
  /** The generation that contexts behind a line began with: later lines have them behind them, too. */
  readonly #began = new WeakMap<Cohort, number>();
  /** Evicted ones with work in flight: held until that has ended, and new work may call them back from the weak tier. */
  readonly #recallable = new Map<ModelRegistry, Drain>();

  constructor(
    limits: RegistryCacheLimits,
    shared: ModelRegistry,
    private readonly events: LifecyclePublisher,
  ) {
    this.#cache = new RegistryCache(limits, shared, registry => this.#evicted(registry, 'lru'));
  }

  /** Registries that were let go while work in flight still uses them. */
  get leaving(): number {
    let count = 0;
    for (const departures of this.#departures.values()) for (const {drain} of departures) if (!drain.over) count++;
    for (const registry of this.#recallable.keys()) if (!this.#cache.has(registry.tenant!)) count++;
    return count;
  }

  get size(): number {
    return this.#cache.size;
  }

  get models(): number {
    return this.#cache.models;
  }

  /** The generation that the running work began with, where that is leaving. */
  inFlight(tenant: string): ModelRegistry | undefined {
    if (this.#departures.size === 0) return undefined;
    for (const {registry, drain} of this.#departures.get(tenant) ?? []) {
      // also a context around the present one
      const context = TenantContext.current?.within(tenant);
      if (drain.holds(context) && (this.#began.get(context!.cohort) ?? registry.generation) === registry.generation) {
        registry.assertUsable();
        return registry;
      }
    }
    return undefined;
  }

  get(tenant: string, now: number): ModelRegistry | undefined {
    return this.#cache.get(tenant, now);
  }

  peek(tenant: string): ModelRegistry | undefined {
    return this.#cache.peek(tenant);
  }

  has(tenant: string): boolean {
    return this.#cache.has(tenant);
  }

  times(tenant: string): {readonly since: number; readonly usedAt: number} | undefined {
    return this.#cache.times(tenant);
  }

  /** The tenant that was used least recently. */
  oldest(): string | undefined {
    for (const tenant of this.#cache.leastRecentlyUsed()) return tenant;
    return undefined;
  }

  leastRecentlyUsed(): IterableIterator<string> {
    return this.#cache.leastRecentlyUsed();
  }

  /** Whether work in flight uses a generation that was let go. */
  isLeaving(tenant: string): boolean {
    if (this.#departures.has(tenant)) return true;
    const registry = this.#cache.peek(tenant);
    return registry !== undefined && this.#recallable.has(registry);
  }

  build(tenant: string, now: number): ModelRegistry {
    const registry = this.#cache.add(tenant, now);
    const {generation} = registry;
    this.#publish('built', () => ({tenant, generation}));
    return registry;
  }

  /** Every tenant that has something to end. */
  tenants(): string[] {
    return [...new Set([...this.#cache.codes(), ...this.#departures.keys()])];
  }

  /** Tenants that are held, or were let go and are still at work. */
  *known(): IterableIterator<string> {
    yield* this.#cache.leastRecentlyUsed();
    yield* this.letGo();
  }

  /** Tenants of which a generation was let go and is still at work; some of them are held again, or on their way out. */
  letGo(): Set<string> {
    return new Set([...this.#departures.keys(), ...[...this.#recallable.keys()].map(({tenant}) => tenant!)]);
  }

  /** A tenant's operations that have no answer yet, in all of its generations. */
  operations(tenant: string): number {
    const departing = [...(this.#departures.get(tenant) ?? [])].map(({registry}) => registry);
    const registries = new Set([this.#cache.peek(tenant), ...departing]);
    return [...registries].reduce((count, registry) => count + (registry?.inFlight.size ?? 0), 0);
  }

  isBusy(tenant: string): boolean {
    return activeContexts(tenant) > 0 || (this.#cache.peek(tenant)?.inFlight.size ?? 0) > 0;
  }

  /** Lets a tenant's registry go, to come back as itself on the next use while something holds it. */
  evict(tenant: string, reason: EndReason): boolean {
    const registry = this.#cache.evict(tenant);
    if (registry) this.#evicted(registry, reason);
    return registry !== undefined;
  }

  /** As a user asks for it: new work gets another registry, unless nobody uses this one and it can come back as itself. */
  dismiss(tenant: string): boolean {
    if (!this.#cache.has(tenant)) return false;
    if (!this.isBusy(tenant)) return this.evict(tenant, 'manual');
    this.replace(tenant, 'manual', end => {
      for (const error of end?.errors ?? []) warn(`The end of a registry of tenant ${JSON.stringify(tenant)} failed`, error);
    });
    return true;
  }

  /** Evicts tenants without work in flight, the one used least recently first, until they held so many classes. */
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
   * Lets a tenant's registry go, now: work in flight goes on with it, and new work gets the next one.
   * @returns the work in flight
   */
  replace(tenant: string, reason: 'manual' | 'reload', settled: Departure['settled']): Drain | undefined {
    const registry = this.#cache.take(tenant);
    if (!registry) return undefined;
    this.#holdNoLonger(registry);
    const drain = new Drain(registry, tenant);
    const departure = {registry, drain, settled};
    this.#depart(tenant, departure, reason);
    drain.onceOver(() => {
      this.#departed(tenant, departure);
      // where nothing has taken its place, it is like any evicted one
      if (reason === 'manual' && this.#cache.giveBack(tenant, registry)) this.#left(registry, reason);
      else settled?.(this.end(registry, reason, () => new RegistryDisposedError(tenant)));
    });
    return drain;
  }

  /**
   * Takes everything of a tenant's out, to be ended by the caller.
   * @returns the generations that still drain, then the one in use, which is made where only datasources or work are there
   */
  remove(tenant: string): ModelRegistry[] {
    const departures = [...(this.#departures.get(tenant) ?? [])].filter(({ending}) => !ending);
    const registries = departures.map(departure => {
      departure.drain.cancel();
      departure.settled?.(undefined);
      this.#departed(tenant, departure);
      return departure.registry;
    });
    const current = this.#cache.remove(tenant, activeContexts(tenant) > 0);
    if (current) {
      this.#holdNoLonger(current);
      registries.push(current);
    }
    return registries;
  }

  /**
   * Lets the work in flight of drains go on with the registries that it began with.
   * @returns what ends that
   */
  departAll(tenant: string, drains: readonly Drain[], reason: EndReason): () => void {
    const departures = drains.flatMap(drain => (drain.registry ? [{registry: drain.registry, drain, ending: true}] : []));
    // the one in use first: the contexts that none has yet are its
    for (const departure of departures.toReversed()) this.#depart(tenant, departure, reason);
    return () => {
      for (const departure of departures) this.#departed(tenant, departure);
    };
  }

  /** Ends a registry for good. Never throws. */
  end(registry: ModelRegistry, reason: EndReason, error: () => Error): RegistryEnd & {classes: Iterable<ModelClass>} {
    const classes = new WeakBag<ModelClass>();
    if (registry.disposed) return {models: 0, embeddedModels: 0, errors: [], classes};
    const end = registry.end(error, classes);
    return {...end, errors: [...end.errors, ...this.#left(registry, reason, classes, end)], classes};
  }

  /** Generations that were let go and of which something is alive. */
  findLeaks(): Leak[] {
    return this.#ledger.find(registry => this.#isInUse(registry));
  }

  /** Whether a registry that was let go has come back, though it may be leaving again. */
  #isInUse(registry: ModelRegistry): boolean {
    const tenant = registry.tenant!;
    if (this.#recallable.has(registry)) return true;
    if (this.#cache.has(tenant) && this.#cache.peek(tenant) === registry) return true;
    return [...(this.#departures.get(tenant) ?? [])].some(departure => departure.registry === registry);
  }

  #depart(tenant: string, departure: Departure, reason: EndReason): void {
    const departures = this.#departures.get(tenant) ?? new Set();
    this.#departures.set(tenant, departures.add(departure));
    for (const cohort of departure.drain.cohorts) {
      if (!this.#began.has(cohort)) this.#began.set(cohort, departure.registry.generation);
    }
    const {generation} = departure.registry;
    if (!departure.drain.over) this.#publish('leaving', () => ({tenant, generation, reason}));
  }

  #departed(tenant: string, departure: Departure): void {
    const departures = this.#departures.get(tenant);
    if (departures?.delete(departure) && departures.size === 0) this.#departures.delete(tenant);
  }

  #evicted(registry: ModelRegistry, reason: EndReason): void {
    const tenant = registry.tenant!;
    if (activeContexts(tenant) === 0 && registry.inFlight.size === 0) {
      this.#left(registry, reason);
      return;
    }
    this.#holdNoLonger(registry);
    const drain = new Drain(registry, tenant);
    const {generation} = registry;
    this.#recallable.set(registry, drain);
    this.#publish('leaving', () => ({tenant, generation, reason}));
    drain.onceOver(() => {
      this.#recallable.delete(registry);
      // unless new work has called it back
      if (!this.#cache.has(tenant)) this.#left(registry, reason);
    });
  }

  /** An evicted registry with work in flight goes another way. */
  #holdNoLonger(registry: ModelRegistry): void {
    this.#recallable.get(registry)?.cancel();
    this.#recallable.delete(registry);
  }

  /** A registry has been let go, and nothing here holds it any more. */
  #left(registry: ModelRegistry, reason: EndReason, classes?: WeakBag<ModelClass>, end?: RegistryEnd): unknown[] {
    this.ended[reason]++;
    this.#ledger.add(registry, reason, classes);
    const event = () => {
      const {models, embeddedModels} = end ?? registry.stats();
      return {tenant: registry.tenant!, generation: registry.generation, reason, models, embeddedModels};
    };
    if (end) return this.events.publish('ended', event);
    this.#publish('ended', event);
    return [];
  }

  /** For events in the middle of somebody else's call. */
  #publish<Name extends keyof LifecycleEvents>(name: Name, makeEvent: () => LifecycleEvents[Name]): void {
    for (const error of this.events.publish(name, makeEvent)) warn(`An observer of '${name}' failed`, error);
  }
}
