import {registryOfClass, type ModelRegistry} from '../scoped-registry/registry/model-registry';
import type {Dictionary} from '../scoped-registry/juggler/types';
import {SweepThreshold} from '../scoped-registry/primitives/sweep-threshold';

/** What can be registered: a model class, or an object that stands for one. */
export interface Registrable {
  modelName?: string;
  settings?: Dictionary<unknown>;
  definition?: {properties?: unknown};
  dataSource?: unknown;
  app?: unknown;
}

export interface Registration {
  readonly properties: unknown;
  /** Epoch milliseconds. */
  readonly registeredAt: number;
}

/** No properties: they lead to other classes. */
interface Entry {
  readonly name: string;
  readonly key: string | undefined;
  /** The model, or a weak reference to one that something else keeps as long as it is to be found. */
  readonly held: Registrable | WeakRef<Registrable>;
}

/**
 * Models that were registered in one place, by name and by structure. Embedded classes are found by structure only: two
 * builders number theirs alike. A name has one model: the one before goes, from its structure too.
 */
export class Registrations {
  readonly #byName = new Map<string, Entry>();
  readonly #byKey = new Map<string, Set<Entry>>();
  readonly #entries = new WeakMap<Registrable, Entry>();
  readonly #about = new WeakMap<Registrable, Registration>();
  readonly #threshold = new SweepThreshold();

  /** The number of structures, and of models that have none, of models that are in none of these registries. */
  outside(registries: ReadonlySet<ModelRegistry | undefined>): number {
    const isOutside = (entry: Entry) => {
      const model = alive(entry);
      return model !== undefined && !registries.has(registryOfClass(model));
    };
    const structures = [...this.#byKey.values()].filter(same => [...same].some(isOutside));
    return structures.length + [...this.#byName.values()].filter(entry => entry.key === undefined && isOutside(entry)).length;
  }

  /** @param weakly for a model that something else keeps */
  add(model: Registrable, properties: unknown, key: string | undefined, weakly: boolean): void {
    const name = model.modelName!;
    const embedded = Boolean(model.settings?.anonymous);
    this.#remove(this.#entries.get(model));
    if (!embedded) this.#remove(this.#byName.get(name));
    // nothing would ever find it
    if (embedded && key === undefined) return;
    if (this.#threshold.isReached(this.#byName.size + this.#byKey.size)) this.#sweep();
    const held = weakly ? new WeakRef(model) : model;
    const entry: Entry = {name, key, held};
    this.#about.set(model, {properties, registeredAt: Date.now()});
    this.#entries.set(model, entry);
    if (!embedded) this.#byName.set(name, entry);
    if (key === undefined) return;
    const same = this.#byKey.get(key);
    if (same) same.add(entry);
    else this.#byKey.set(key, new Set([entry]));
  }

  findRegistered(name: string): Registrable | undefined {
    return alive(this.#byName.get(name));
  }

  findByKey(key: string): Registrable | undefined {
    for (const entry of this.#byKey.get(key) ?? []) {
      const model = alive(entry);
      if (model) return model;
    }
    return undefined;
  }

  /** What is known of a model that was registered here. */
  about(model: Registrable): Registration | undefined {
    return this.#about.get(model);
  }

  /** @returns whether there was one */
  delete(name: string): boolean {
    const entry = this.#byName.get(name);
    this.#remove(entry);
    return entry !== undefined;
  }

  /** Those with a name of their own. */
  *named(): IterableIterator<readonly [string, Registrable]> {
    for (const [name, entry] of this.#byName) {
      const model = alive(entry);
      if (model) yield [name, model];
    }
  }

  #remove(entry: Entry | undefined): void {
    if (!entry) return;
    if (this.#byName.get(entry.name) === entry) this.#byName.delete(entry.name);
    const same = entry.key === undefined ? undefined : this.#byKey.get(entry.key);
    if (same?.delete(entry) && same.size === 0) this.#byKey.delete(entry.key!);
  }

  #sweep(): void {
    for (const entry of new Set([...this.#byName.values(), ...[...this.#byKey.values()].flatMap(same => [...same])]))
      if (!alive(entry)) this.#remove(entry);
    this.#threshold.sweptTo(this.#byName.size + this.#byKey.size);
  }
}

/** A class is a model as long as its registry lists it: not once it was redefined or deleted, or its tenant has gone. */
function alive(entry: Entry | undefined): Registrable | undefined {
  if (!entry) return undefined;
  const model = entry.held instanceof WeakRef ? entry.held.deref() : entry.held;
  const models = registryOfClass(model)?.models;
  return models && models[entry.name] !== model ? undefined : model;
}
