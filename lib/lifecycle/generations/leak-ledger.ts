import type {ModelClass} from '../../scoped-registry/juggler/types';
import type {ModelRegistry} from '../../scoped-registry/registry/model-registry';
import type {WeakBag} from '../../scoped-registry/primitives/weak-bag';
import type {EndReason} from '../tenant/end-reason';

/** A registry that was let go and is still alive, or has classes that are still alive. Frozen. */
export interface Leak {
  readonly tenant: string;
  readonly generation: number;
  readonly reason: EndReason;
  /** When the registry was let go, in milliseconds since 1970. */
  readonly endedAt: number;
  /** Whether the registry object itself is alive. */
  readonly registry: boolean;
  /** The number of its classes that are alive. */
  readonly classes: number;
  /** The names of the first 100 of these classes. */
  readonly names: readonly string[];
}

interface Entry {
  readonly tenant: string;
  readonly generation: number;
  readonly reason: EndReason;
  readonly endedAt: number;
  readonly registry: WeakRef<ModelRegistry>;
  /** The classes of a registry that has ended. Undefined for an evicted registry, which still knows its own classes. */
  readonly classes: WeakBag<ModelClass> | undefined;
}

const MOST_ENTRIES = 10_000;
const MOST_NAMES = 100;

/** Remembers the registries that were let go, by weak references, while the registry or one of its classes is alive. */
export class LeakLedger {
  /** By generation, the one that was let go first at the head. */
  readonly #entries = new Map<number, Entry>();
  #sweepPosition = this.#entries.values();

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

  /**
   * Lists the remembered registries of which something is alive, and forgets the others.
   * @param isInUse whether an evicted registry has come back: it is no leak then
   */
  findLeaks(isInUse: (registry: ModelRegistry) => boolean): Leak[] {
    const leaks: Leak[] = [];
    for (const entry of [...this.#entries.values()]) {
      const registry = entry.registry.deref();
      const classes = [...(entry.classes ?? registry?.classes() ?? [])];
      if (registry ? isInUse(registry) : classes.length === 0) {
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

  /**
   * Forgets entries of which nothing is alive. Checks two entries for each one that is added and goes round all of them, so
   * the ledger stays bounded and no call walks over all entries.
   */
  #sweep(): void {
    for (let step = 0; step < 2; step++) {
      const {value: entry, done} = this.#sweepPosition.next();
      if (done) this.#sweepPosition = this.#entries.values();
      else if (!entry.registry.deref() && (entry.classes?.isEmpty() ?? true)) this.#entries.delete(entry.generation);
    }
  }
}
