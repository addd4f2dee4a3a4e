import {LRUCache} from 'lru-cache';
import {WeakLRUCache} from 'weak-lru-cache';
import {ModelRegistry} from './model-registry';

export interface RegistryCacheLimits {
  /** Registries held at once. */
  readonly max: number;
  /** Classes held at once, over all registries. Each registry counts for one at least. */
  readonly maxModels: number;
}

interface Entry {
  readonly registry: ModelRegistry;
  size: number;
  /** When it was used last, on the clock of whoever uses the cache. */
  usedAt: number;
}

/** The weak tier is swept each time it has doubled, but not below this. */
const SMALLEST_SWEEP = 64;

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
  #models = 0;
  #sweepAt = SMALLEST_SWEEP;

  constructor(
    private readonly limits: RegistryCacheLimits,
    private readonly shared: ModelRegistry,
    private readonly onEvict: (code: string, registry: ModelRegistry, reason: 'lru') => void,
  ) {
    // room for one more than the limit: this class evicts, by both limits alike, and lru-cache keeps the order
    this.#strong = new LRUCache({max: Math.min(limits.max, limits.maxModels) + 1});
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
    const registry = new ModelRegistry({tenant: code, shared: this.shared});
    this.#hold(code, registry, now);
    return registry;
  }

  /** Moves a registry from the strong tier to the weak one. */
  evict(code: string): ModelRegistry | undefined {
    const registry = this.#release(code);
    if (registry) this.#weak.setValue(code, registry);
    this.#sweep();
    return registry;
  }

  /** Takes a registry out of both tiers. */
  remove(code: string): ModelRegistry | undefined {
    const registry = this.#release(code) ?? this.#weakly(code);
    this.#weak.delete(code);
    return registry;
  }

  /** The code that was used least recently, and when. */
  oldest(): {code: string; usedAt: number} | undefined {
    const code = this.#strong.rkeys().next().value;
    return code === undefined ? undefined : {code, usedAt: this.#strong.peek(code)!.usedAt};
  }

  /** Every registry that is alive, of both tiers. */
  *codes(): IterableIterator<string> {
    yield* this.#strong.keys();
    for (const code of this.#weak.keys()) if (this.#weakly(code)) yield code;
  }

  #weakly(code: string): ModelRegistry | undefined {
    const registry = this.#weak.getValue(code);
    return registry?.disposed ? undefined : registry;
  }

  /** Once V8 has dropped a report of a collection it makes no more of them (as of Node 20), so nothing here relies on one. */
  #sweep(): void {
    if (this.#weak.size < this.#sweepAt) return;
    for (const code of [...this.#weak.keys()]) if (!this.#weak.getValue(code)) this.#weak.delete(code);
    this.#sweepAt = Math.max(SMALLEST_SWEEP, this.#weak.size * 2);
  }

  #hold(code: string, registry: ModelRegistry, now: number): void {
    const entry: Entry = {registry, size: 0, usedAt: now};
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

  #resized(code: string, registry: ModelRegistry): void {
    const entry = this.#strong.peek(code);
    if (entry?.registry !== registry) return;
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
    const {max, maxModels} = this.limits;
    while (this.#strong.size > max || this.#models > maxModels) {
      const code = this.#strong.rkeys().next().value;
      if (code === undefined || code === keep) return;
      this.onEvict(code, this.evict(code)!, 'lru');
    }
  }
}
