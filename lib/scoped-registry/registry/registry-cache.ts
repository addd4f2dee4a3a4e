import {LRUCache} from 'lru-cache';
import {WeakLRUCache} from 'weak-lru-cache';
import type {StockDataSource} from '../juggler/types';
import {ModelRegistry} from './model-registry';
import {WeakBag} from '../primitives/weak-bag';

export interface RegistryCacheLimits {
  /** Registries held at once. */
  readonly max: number;
  /** Classes held at once, over all registries. Each registry counts for one at least. */
  readonly maxModels: number;
}

interface Entry {
  readonly registry: ModelRegistry;
  size: number;
  /** When it was built, or came back. */
  readonly since: number;
  /** When it was used last, on the clock of whoever uses the cache. */
  usedAt: number;
}

/** lru-cache sets its whole room aside at once. */
const MOST_TENANTS = 1_000_000;

/**
 * The registries of many tenants by code, in two tiers. The strong one is an LRU within two limits. What falls out of
 * it goes to the weak one: nothing there is kept alive, but a registry that somebody else keeps alive, by a class or
 * an instance of its tenant, comes back as itself. So a tenant never has two registries, nor two classes for one
 * structure.
 */
export class RegistryCache {
  readonly #strong: LRUCache<string, Entry>;
  // an expirer of its own: weak-lru-cache's default one is shared by the process and keeps what it holds alive
  readonly #weak = new WeakLRUCache<string, ModelRegistry>({expirer: false});
  readonly #max: number;
  /** The datasources of a tenant outlive its registries, and end with the tenant. */
  readonly #dataSources = new Map<string, WeakBag<StockDataSource>>();
  #models = 0;
  #generation = 0;
  #sweeping = this.#dataSources.keys();

  constructor(
    private readonly limits: RegistryCacheLimits,
    private readonly shared: ModelRegistry,
    private readonly onEvict: (registry: ModelRegistry) => void,
  ) {
    // each registry counts for one class at least
    this.#max = Math.min(limits.max, limits.maxModels, MOST_TENANTS);
    // room for one more than the limit: this class evicts, by both limits alike, and lru-cache keeps the order
    this.#strong = new LRUCache({max: this.#max + 1});
  }

  /** Registries in the strong tier. */
  get size(): number {
    return this.#strong.size;
  }

  /** Classes in the strong tier. */
  get models(): number {
    return this.#models;
  }

  /** The registry of a code, from either tier. Counts as use. */
  get(code: string, now: number): ModelRegistry | undefined {
    const entry = this.#strong.get(code);
    if (entry && !entry.registry.disposed) {
      entry.usedAt = now;
      return entry.registry;
    }
    if (entry) this.#release(code);
    const registry = this.#weakly(code);
    if (registry) this.#hold(code, registry, now);
    return registry;
  }

  peek(code: string): ModelRegistry | undefined {
    const registry = this.#strong.peek(code)?.registry;
    return registry && !registry.disposed ? registry : this.#weakly(code);
  }

  add(code: string, now: number): ModelRegistry {
    this.#sweep();
    const registry = this.#make(code);
    this.#hold(code, registry, now);
    return registry;
  }

  /** Moves a registry from the strong tier to the weak one. */
  evict(code: string): ModelRegistry | undefined {
    const registry = this.#release(code);
    if (registry) this.#weak.setValue(code, registry);
    return registry;
  }

  /** Takes a registry out of both tiers: the next one of that code is another one. The tenant's datasources stay. */
  take(code: string): ModelRegistry | undefined {
    const registry = this.#release(code) ?? this.#weakly(code);
    this.#weak.delete(code);
    return registry;
  }

  /** Gives back to the weak tier what was taken, unless there is another one by now. */
  giveBack(code: string, registry: ModelRegistry): boolean {
    if (this.peek(code)) return false;
    // its datasources may have been forgotten meanwhile, where there were none
    this.#dataSources.set(code, registry.dataSources);
    this.#weak.setValue(code, registry);
    return true;
  }

  /**
   * Takes a registry out of both tiers, with the tenant's datasources.
   * @param inUse whether there is to be an empty one where the tenant has none
   * @param last whether one that is gone already leaves an empty one, to end the datasources
   */
  remove(code: string, inUse: boolean, last: boolean): ModelRegistry | undefined {
    const due = inUse || (last && this.#dataSources.has(code));
    const registry = this.take(code) ?? (due ? this.#make(code) : undefined);
    this.#dataSources.delete(code);
    return registry;
  }

  /** Whether a code's registry is in the strong tier. */
  has(code: string): boolean {
    return this.#strong.has(code);
  }

  /** When a code in the strong tier was built, or came back, and when it was used last. */
  times(code: string): {readonly since: number; readonly usedAt: number} | undefined {
    return this.#strong.peek(code);
  }

  /** The codes in the strong tier, the one used least recently first. */
  leastRecentlyUsed(): IterableIterator<string> {
    return this.#strong.rkeys() as IterableIterator<string>;
  }

  /** Every tenant that has something to end: a registry, in either tier, or datasources. */
  codes(): string[] {
    return [...this.#dataSources.keys()];
  }

  #weakly(code: string): ModelRegistry | undefined {
    const registry = this.#weak.getValue(code);
    return registry?.disposed ? undefined : registry;
  }

  /**
   * Forgets what is gone: two tenants for each that is added, all of them in turn. Reports of collections would not do: once
   * V8 has dropped one, as of Node 20, a process gets no more of them.
   */
  #sweep(): void {
    for (let step = 0; step < 2; step++) {
      const {value: code, done} = this.#sweeping.next();
      if (done) this.#sweeping = this.#dataSources.keys();
      if (code === undefined || this.#strong.has(code) || this.#weakly(code)) continue;
      this.#weak.delete(code);
      if (this.#dataSources.get(code)!.isEmpty()) this.#dataSources.delete(code);
    }
  }

  #make(code: string): ModelRegistry {
    let dataSources = this.#dataSources.get(code);
    if (!dataSources) this.#dataSources.set(code, (dataSources = new WeakBag()));
    return new ModelRegistry({tenant: code, shared: this.shared}, {dataSources, generation: ++this.#generation});
  }

  #hold(code: string, registry: ModelRegistry, now: number): void {
    const entry: Entry = {registry, size: 0, since: now, usedAt: now};
    this.#strong.set(code, entry);
    this.#weak.delete(code);
    registry.onResize = () => this.#resized(code, registry);
    this.#measure(entry);
    this.#trim(code);
  }

  #release(code: string): ModelRegistry | undefined {
    const entry = this.#strong.peek(code);
    if (!entry) return undefined;
    this.#strong.delete(code);
    this.#models -= entry.size;
    entry.registry.onResize = undefined;
    return entry.registry;
  }

  /** A registry is in use, too, where a builder or datasource of its own makes classes. */
  #resized(code: string, registry: ModelRegistry): void {
    const entry = this.#strong.get(code);
    if (entry?.registry !== registry) return;
    if (registry.disposed) {
      this.#release(code);
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

  /** `keep` is at work: a tenant that exceeds the limit alone is held alone. */
  #trim(keep: string): void {
    while (this.#strong.size > this.#max || this.#models > this.limits.maxModels) {
      const code = this.#strong.rkeys().next().value;
      if (code === undefined || code === keep) return;
      this.onEvict(this.evict(code)!);
    }
  }
}
