import type {ModelClass} from '../scoped-registry/juggler/types';
import {registryOfClass, type ModelRegistry} from '../scoped-registry/registry/model-registry';
import {SweepThreshold} from '../scoped-registry/primitives/sweep-threshold';

/** All references are weak: an index keeps nothing of a tenant alive. */
interface Entry {
  readonly model: WeakRef<ModelClass>;
  /** The registry that listed the class; undefined where it owns the class, and is found by it. */
  readonly registry: WeakRef<ModelRegistry> | undefined;
}

/**
 * Classes of several registries by a key, such as their name. An entry is only a hint: the registry may not list the class
 * any more, so each look-up asks again.
 */
export class ClassIndex {
  readonly #entries = new Map<string, Entry[]>();
  readonly #known = new WeakSet<ModelClass>();
  #size = 0;
  readonly #threshold = new SweepThreshold();

  /** @param lists whether a registry still lists a class, which belongs to `owner` */
  constructor(
    private readonly lists: (registry: ModelRegistry, model: ModelClass, owner: ModelRegistry | undefined) => boolean,
  ) {}

  has(model: ModelClass): boolean {
    return this.#known.has(model);
  }

  /** Adds a class, unless the index has it. */
  add(key: string, registry: ModelRegistry, model: ModelClass): void {
    if (this.#known.has(model)) return;
    this.#known.add(model);
    if (this.#threshold.isReached(this.#size)) this.#sweep();
    const isOwner = registryOfClass(model) === registry;
    const entry = {model: new WeakRef(model), registry: isOwner ? undefined : new WeakRef(registry)};
    const entries = this.#entries.get(key);
    if (entries) entries.push(entry);
    else this.#entries.set(key, [entry]);
    this.#size++;
  }

  /** The class of a key that was added last, among those that a registry still lists. */
  find(key: string): ModelClass | undefined {
    const entries = this.#entries.get(key);
    if (entries === undefined) return undefined;
    for (let index = entries.length - 1; index >= 0; index--) {
      const model = this.#listedModel(entries[index]);
      if (model) return model;
    }
    return undefined;
  }

  #listedModel(entry: Entry): ModelClass | undefined {
    const model = entry.model.deref();
    const owner = registryOfClass(model);
    const registry = entry.registry ? entry.registry.deref() : owner;
    return registry && model && this.lists(registry, model, owner) ? model : undefined;
  }

  #sweep(): void {
    this.#size = 0;
    for (const [key, entries] of this.#entries) {
      const left = entries.filter(entry => {
        if (this.#listedModel(entry)) return true;
        // it is added again, should a registry list it again
        this.#known.delete(entry.model.deref()!);
        return false;
      });
      if (left.length > 0) this.#entries.set(key, left);
      else this.#entries.delete(key);
      this.#size += left.length;
    }
    this.#threshold.sweptTo(this.#size);
  }
}
