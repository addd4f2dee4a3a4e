import {LRUCache} from 'lru-cache';
import {WeakLRUCache} from 'weak-lru-cache';
import type {StockDataSource} from '../juggler/types';
import {ModelRegistry} from './model-registry';
import {WeakBag} from '../primitives/weak-bag';

/** The limits of the strong tier. */
export interface RegistryCacheLimits {
  /** The most registries. */
  readonly max: number;
  /** The most classes, over all registries. A registry counts as one class at least. */
  readonly maxModels: number;
}

/** A registry in the strong tier. Times are those that callers pass as `now`. */
interface Entry {
  readonly registry: ModelRegistry;
  /** The number of its classes, at least one. */
  size: number;
  /** When the registry was built or came back from the weak tier. */
  readonly since: number;
  /** When the registry was last used. */
  usedAt: number;
}

/** The upper bound of `max`: lru-cache allocates the room for `max` entries at once. */
const MAX_TENANTS = 1_000_000;

/**
 * The registries of many tenants by tenant code, in two tiers. The strong tier is an LRU with two limits. A registry that is evicted from
 * it moves to the weak tier, which keeps nothing alive. While user code holds a class or an instance of the tenant, the evicted registry
 * lives, and the next `get` returns that same registry. So a tenant never has two registries, and a structure never has two classes.
 */
export class RegistryCache {
  readonly #strong: LRUCache<string, Entry>;
  // weak-lru-cache's default expirer is shared by the whole process and keeps values alive
  readonly #weak = new WeakLRUCache<string, ModelRegistry>({expirer: false});
  readonly #max: number;
  /** By tenant code. The datasources of a tenant outlive an evicted registry and end with the tenant. */
  readonly #dataSources = new Map<string, WeakBag<StockDataSource>>();
  /** Called with each tenant that leaves the strong tier. Must not throw. */
  onLeft: ((code: string) => void) | undefined;
  #models = 0;
  #generation = 0;
  #sweepPosition = this.#dataSources.keys();

  constructor(
    private readonly limits: RegistryCacheLimits,
    private readonly shared: ModelRegistry,
    private readonly onEvict: (registry: ModelRegistry) => void,
  ) {
    // each registry counts as one class at least
    this.#max = Math.min(limits.max, limits.maxModels, MAX_TENANTS);
    // one more than the limit, because `#trim` evicts by both limits and lru-cache must not evict by itself
    this.#strong = new LRUCache({max: this.#max + 1});
  }

  /** The number of registries in the strong tier. */
  get size(): number {
    return this.#strong.size;
  }

  /** The number of classes in the strong tier. */
  get models(): number {
    return this.#models;
  }

  /** The tenant's registry, from either tier. Counts as use: a registry of the weak tier comes back to the strong one. */
  get(code: string, now: number): ModelRegistry | undefined {
    const entry = this.#strong.get(code);
    if (entry && !entry.registry.disposed) {
      entry.usedAt = now;
      return entry.registry;
    }
    if (entry) this.#removeFromStrongTier(code);
    const registry = this.#findInWeakTier(code);
    if (registry) this.#addToStrongTier(code, registry, now);
    return registry;
  }

  /** The tenant's registry, from either tier. Does not count as use. */
  peek(code: string): ModelRegistry | undefined {
    const registry = this.#strong.peek(code)?.registry;
    return registry && !registry.disposed ? registry : this.#findInWeakTier(code);
  }

  /** Evicts until one more registry keeps both limits. */
  makeRoom(): void {
    while (this.#strong.size >= this.#max || (this.#models >= this.limits.maxModels && this.#strong.size > 0))
      this.#evictOldest();
  }

  /** Makes a registry for a tenant that has none in either tier. */
  add(code: string, now: number): ModelRegistry {
    this.#sweep();
    const registry = this.#make(code);
    this.#addToStrongTier(code, registry, now);
    return registry;
  }

  /** Moves a registry from the strong tier to the weak one. */
  evict(code: string): ModelRegistry | undefined {
    const registry = this.#removeFromStrongTier(code);
    // the registry's own code: the given one may keep a larger text alive
    if (registry) this.#weak.setValue(registry.tenant!, registry);
    return registry;
  }

  /** Takes the tenant's registry out of both tiers, so that the tenant's next registry is a new one. The tenant's datasources stay. */
  take(code: string): ModelRegistry | undefined {
    const registry = this.#removeFromStrongTier(code) ?? this.#findInWeakTier(code);
    this.#weak.delete(code);
    return registry;
  }

  /**
   * @internal Remembers the datasources of a registry that was taken and has ended: the next one of its tenant serves them. `#sweep` may have forgotten
   * the tenant before it had any.
   */
  keepDataSources(code: string, {dataSources}: ModelRegistry): void {
    if (dataSources.isEmpty()) return;
    const known = this.#dataSources.get(code);
    if (!known) this.#dataSources.set(code, dataSources);
    else if (known !== dataSources) for (const dataSource of dataSources) known.add(dataSource);
  }

  /**
   * Takes the tenant's registry out of both tiers and forgets the tenant's datasources. The registry that is returned ends these.
   * @param inUse whether work in flight needs a registry: if the tenant has none, an empty one is made
   * @param last whether no other registry of the tenant ends its datasources: if the tenant has datasources and no registry, an empty
   * one is made
   */
  remove(code: string, inUse: boolean, last: boolean): ModelRegistry | undefined {
    const isNeeded = inUse || (last && this.#dataSources.has(code));
    const registry = this.take(code) ?? (isNeeded ? this.#make(code) : undefined);
    this.#dataSources.delete(code);
    return registry;
  }

  /** Whether the tenant has a registry that is alive, in either tier, or datasources. */
  knows(code: string): boolean {
    return this.peek(code) !== undefined || this.#dataSources.get(code)?.isEmpty() === false;
  }

  /** Whether the tenant's registry is in the strong tier. */
  has(code: string): boolean {
    return this.#strong.has(code);
  }

  /** When the tenant's registry in the strong tier was built or came back, and when it was last used. */
  times(code: string): {readonly since: number; readonly usedAt: number} | undefined {
    return this.#strong.peek(code);
  }

  /** The tenants of the strong tier, the least recently used one first. */
  leastRecentlyUsed(): IterableIterator<string> {
    return this.#strong.rkeys() as IterableIterator<string>;
  }

  /** The tenants that have a registry, in either tier, or datasources. */
  codes(): string[] {
    return [...this.#dataSources.keys()];
  }

  #findInWeakTier(code: string): ModelRegistry | undefined {
    const registry = this.#weak.getValue(code);
    return registry?.disposed ? undefined : registry;
  }

  /**
   * Forgets tenants whose registry was collected. Each added tenant pays for the check of two others, and all of them get their turn. A
   * FinalizationRegistry would not do: once V8 (Node 20) has dropped one callback, the process gets no more of them.
   */
  #sweep(): void {
    for (let step = 0; step < 2; step++) {
      const {value: code, done} = this.#sweepPosition.next();
      if (done) this.#sweepPosition = this.#dataSources.keys();
      if (code === undefined || this.#strong.has(code) || this.#findInWeakTier(code)) continue;
      this.#weak.delete(code);
      if (this.#dataSources.get(code)!.isEmpty()) this.#dataSources.delete(code);
    }
  }

  #make(code: string): ModelRegistry {
    let dataSources = this.#dataSources.get(code);
    if (!dataSources) this.#dataSources.set(code, (dataSources = new WeakBag()));
    return new ModelRegistry({tenant: code, shared: this.shared}, {dataSources, generation: ++this.#generation});
  }

  #addToStrongTier(code: string, registry: ModelRegistry, now: number): void {
    const entry: Entry = {registry, size: 0, since: now, usedAt: now};
    this.#strong.set(code, entry);
    this.#weak.delete(code);
    registry.onResize = () => this.#onResize(code, registry);
    this.#measure(entry);
    this.#trim(code);
  }

  #removeFromStrongTier(code: string): ModelRegistry | undefined {
    const entry = this.#strong.peek(code);
    if (!entry) return undefined;
    this.#strong.delete(code);
    this.#models -= entry.size;
    entry.registry.onResize = undefined;
    this.onLeft?.(code);
    return entry.registry;
  }

  /** A registry that gets a class is in use, so it becomes the most recently used one: a builder that is bound to it calls no `get`. */
  #onResize(code: string, registry: ModelRegistry): void {
    const entry = this.#strong.get(code);
    if (entry?.registry !== registry) return;
    if (registry.disposed) {
      this.#removeFromStrongTier(code);
      return;
    }
    this.#measure(entry);
    this.#trim(code);
  }

  #measure(entry: Entry): void {
    const size = Math.max(1, entry.registry.totalSize());
    this.#models += size - entry.size;
    entry.size = size;
  }

  /** Evicts until both limits hold. `keep` is at work and is never evicted: a tenant that exceeds `maxModels` alone is held alone. */
  #trim(keep: string): void {
    while (this.#strong.size > this.#max || this.#models > this.limits.maxModels) {
      const code = this.#strong.rkeys().next().value;
      if (code === undefined || code === keep) return;
      this.#evictOldest();
    }
  }

  #evictOldest(): void {
    this.onEvict(this.evict(this.#strong.rkeys().next().value!)!);
  }
}
