import type {ModelClass} from '../../scoped-registry/juggler/types';
import type {ModelRegistry} from '../../scoped-registry/registry/model-registry';
import type {WeakBag} from '../../scoped-registry/primitives/weak-bag';
import type {EndReason} from '../tenant/end-reason';

/** A registry that was let go, while it or classes of it are still alive. Frozen. */
export interface Leak {
  readonly tenant: string;
  readonly generation: number;
  readonly reason: EndReason;
  /** When it was let go, milliseconds since 1970. */
  readonly endedAt: number;
  /** Whether the registry itself is alive. */
  readonly registry: boolean;
  /** Classes that are alive. */
  readonly classes: number;
  /** The names of the first 100 of them. */
  readonly names: readonly string[];
}

interface Entry {
  readonly tenant: string;
  readonly generation: number;
  readonly reason: EndReason;
  readonly endedAt: number;
  readonly registry: WeakRef<ModelRegistry>;
  /** Those of a registry that was ended; an evicted one has them itself. */
  readonly classes: WeakBag<ModelClass> | undefined;
}

const MOST_ENTRIES = 10_000;
const MOST_NAMES = 100;

/** Remembers the registries that were let go, weakly, for as long as anything of them is alive. */
export class LeakLedger {
  /** By generation, the oldest first. */
  readonly #entries = new Map<number, Entry>();
  #sweeping = this.#entries.values();

  add(registry: ModelRegistry, reason: EndReason, classes?: WeakBag<ModelClass>): void {
    this.#sweep();
    const {generation} = registry;
    this.#entries.delete(generation);
    this.#entries.set(generation, {
      tenant: registry.tenant!,
      generation,
      reason,
      endedAt: Date.now(),
      registry: new WeakRef(registry),
      classes,
    });
    if (this.#entries.size > MOST_ENTRIES) this.#entries.delete(this.#entries.keys().next().value!);
  }

  /** @param inUse whether a registry has come back */
  findLeaks(inUse: (registry: ModelRegistry) => boolean): Leak[] {
    const leaks: Leak[] = [];
    for (const entry of [...this.#entries.values()]) {
      const registry = entry.registry.deref();
      const classes = [...(entry.classes ?? registry?.classes() ?? [])];
      if (registry ? inUse(registry) : classes.length === 0) {
        this.#entries.delete(entry.generation);
        continue;
      }
      const {tenant, generation, reason, endedAt} = entry;
      const names = Object.freeze(classes.slice(0, MOST_NAMES).map(({modelName}) => modelName));
      leaks.push(
        Object.freeze({tenant, generation, reason, endedAt, registry: registry !== undefined, classes: classes.length, names}),
      );
    }
    return leaks;
  }

  /** Forgets what is gone: two entries for each that is added, all of them in turn. */
  #sweep(): void {
    for (let step = 0; step < 2; step++) {
      const {value: entry, done} = this.#sweeping.next();
      if (done) this.#sweeping = this.#entries.values();
      else if (!entry.registry.deref() && (entry.classes?.isEmpty() ?? true)) this.#entries.delete(entry.generation);
    }
  }
}
