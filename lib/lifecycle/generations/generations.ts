import {RegistryDisposedError} from '../../scoped-registry/errors';
import type {ModelClass} from '../../scoped-registry/juggler/types';
import type {BeginOperation} from '../../scoped-registry/ownership/owning-registry';
import type {ModelRegistry, RegistryEnd} from '../../scoped-registry/registry/model-registry';
import {RegistryCache, type RegistryCacheLimits} from '../../scoped-registry/registry/registry-cache';
import {WeakBag} from '../../scoped-registry/primitives/weak-bag';
import {activeContexts, splitCohorts} from '../context/cohort';
import {Departures, type Departure} from './departures';
import {Drain} from './drain';
import {END_REASONS, type EndReason} from '../tenant/end-reason';
import {LeakLedger, type Leak} from './leak-ledger';
import type {LifecycleEvents, LifecyclePublisher} from '../tenant/lifecycle-events';
import {RunningOperation} from '../context/running-operation';
import {warn} from '../warning';

const beginOperation: BeginOperation = registry => RunningOperation.beginUnlessInContext(registry);

/**
 * The registries of all tenants, one generation after the other. New work gets the one in the cache; work in flight keeps
 * the one that it began with. To let one go is a nomination: it ends, once, with the last work in flight.
 */
export class Generations {
  readonly ended: Record<EndReason, number> = Object.fromEntries(END_REASONS.map(reason => [reason, 0])) as never;
  readonly #cache: RegistryCache;
  readonly #ledger = new LeakLedger();
  readonly #departures = new Departures();
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
    let count = this.#departures.atWork;
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
    return this.#departures.inFlight(tenant);
  }

  get(tenant: string, now: number): ModelRegistry | undefined {
    const registry = this.#cache.get(tenant, now);
    // called back by new work
    if (registry && this.#recallable.size > 0) this.#holdNoLonger(registry);
    return registry;
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
    registry.beginOperation = beginOperation;
    const {generation} = registry;
    this.#publish('built', () => ({tenant, generation}));
    return registry;
  }

  /** Every tenant that has something to end. */
  tenants(): string[] {
    return [...new Set([...this.#cache.codes(), ...this.#departures.tenants()])];
  }

  /** Tenants that are held, or were let go and are still at work. */
  *known(): IterableIterator<string> {
    yield* this.#cache.leastRecentlyUsed();
    yield* this.letGo();
  }

  /** Tenants of which a generation was let go and is still at work; some of them are held again, or on their way out. */
  letGo(): Set<string> {
    return new Set([...this.#departures.tenants(), ...[...this.#recallable.keys()].map(({tenant}) => tenant!)]);
  }

  /** A tenant's operations that have no answer yet, in all of its generations. */
  operations(tenant: string): number {
    const departing = this.#departures.departuresOf(tenant).map(({registry}) => registry);
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
  evictByHand(tenant: string): boolean {
    if (!this.#cache.has(tenant)) return false;
    if (!this.isBusy(tenant)) return this.evict(tenant, 'manual');
    this.replace(tenant, 'manual', endGeneration => {
      for (const error of endGeneration?.errors ?? [])
        warn(`The end of a registry of tenant ${JSON.stringify(tenant)} failed`, error);
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
  replace(tenant: string, reason: 'manual' | 'reload', settled: Required<Departure>['settled']): Drain | undefined {
    const registry = this.#cache.take(tenant);
    if (!registry) return undefined;
    const drain = this.#drain(registry);
    const departure = {registry, drain, settled};
    this.#departures.add(tenant, departure);
    drain.onceOver(() => {
      this.#departures.delete(tenant, departure);
      // where nothing has taken its place, it is like any evicted one
      if (reason === 'manual' && this.#cache.giveBack(tenant, registry)) this.#left(registry, reason);
      else settled(this.end(registry, reason, () => new RegistryDisposedError(tenant)));
    });
    this.#tellLeaving(departure, reason);
    return drain;
  }

  /**
   * Takes everything of a tenant's out, to be ended by the caller.
   * @returns the work in flight, each with its generation: those that drain already, then the one in use, which is made
   * where only datasources or work are there
   */
  remove(tenant: string): Drain[] {
    const departures = this.#departures.departuresOf(tenant);
    const inUse = splitCohorts(tenant).some(cohort => !departures.some(({drain}) => drain.includes(cohort)));
    const drains = departures.flatMap(departure => {
      // one that an earlier end of the tenant waits for stays with that
      if (!departure.settled) return [];
      this.#departures.delete(tenant, departure);
      departure.drain.handOver();
      departure.settled(undefined);
      return departure.drain;
    });
    const current = this.#cache.remove(tenant, inUse, drains.length === 0);
    if (!current) return drains;
    this.#holdNoLonger(current);
    const earlier = departures.map(({drain}) => drain);
    return [...drains, new Drain(current, tenant, earlier)];
  }

  /**
   * Lets the work in flight of drains go on with the registries that it began with.
   * @returns what ends that
   */
  departAll(tenant: string, drains: readonly Drain[], reason: EndReason): () => void {
    const departures = drains.flatMap(drain => (drain.registry ? [{registry: drain.registry, drain}] : []));
    for (const departure of departures) this.#departures.add(tenant, departure);
    for (const departure of departures) this.#tellLeaving(departure, reason);
    return () => {
      // emptied: who keeps this function does not keep what has ended
      for (const departure of departures.splice(0)) this.#departures.delete(tenant, departure);
    };
  }

  /** Ends a registry for good. Never throws. */
  end(registry: ModelRegistry, reason: EndReason, error: () => Error): RegistryEnd & {classes: Iterable<ModelClass>} {
    const classes = new WeakBag<ModelClass>();
    if (registry.disposed) return {models: 0, embeddedModels: 0, errors: [], classes};
    const goesOn = reason === 'manual' || reason === 'reload';
    const end = registry.endRegistry(error, classes, goesOn ? [] : undefined);
    return {...end, errors: [...end.errors, ...this.#left(registry, reason, classes, end)], classes};
  }

  /** Generations that were let go and of which something is alive. */
  findLeaks(): Leak[] {
    return this.#ledger.findLeaks(registry => this.#isInUse(registry));
  }

  /** Whether a registry that was let go has come back, though it may be leaving again. */
  #isInUse(registry: ModelRegistry): boolean {
    const tenant = registry.tenant!;
    if (this.#recallable.has(registry)) return true;
    if (this.#cache.has(tenant) && this.#cache.peek(tenant) === registry) return true;
    return this.#departures.departuresOf(tenant).some(departure => departure.registry === registry);
  }

  /** Told last: an observer may do anything to the tenant. */
  #tellLeaving({registry: {tenant, generation}, drain}: Departure, reason: EndReason): void {
    if (!drain.over) this.#publish('leaving', () => ({tenant: tenant!, generation, reason}));
  }

  #evicted(registry: ModelRegistry, reason: EndReason): void {
    const drain = this.#drain(registry);
    if (drain.over) {
      this.#left(registry, reason);
      return;
    }
    this.#recallable.set(registry, drain);
    drain.onceOver(() => {
      this.#recallable.delete(registry);
      this.#left(registry, reason);
    });
    this.#tellLeaving({registry, drain}, reason);
  }

  /** The work in flight for the registry in use. */
  #drain(registry: ModelRegistry): Drain {
    this.#holdNoLonger(registry);
    const tenant = registry.tenant!;
    const earlier = this.#departures.departuresOf(tenant).map(({drain}) => drain);
    return new Drain(registry, tenant, earlier);
  }

  /** An evicted registry with work in flight goes another way, or comes back. */
  #holdNoLonger(registry: ModelRegistry): void {
    this.#recallable.get(registry)?.cancel();
    this.#recallable.delete(registry);
  }

  /** A registry has been let go, and nothing here holds it any more. */
  #left(registry: ModelRegistry, reason: EndReason, classes?: WeakBag<ModelClass>, end?: RegistryEnd): unknown[] {
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

  /** For events in the middle of somebody else's call. */
  #publish<Name extends keyof LifecycleEvents>(name: Name, makeEvent: () => LifecycleEvents[Name]): void {
    for (const error of this.events.publish(name, makeEvent)) warn(`An observer of '${name}' failed`, error);
  }
}
