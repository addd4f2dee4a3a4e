import {registryOfClass, type ModelRegistry} from '../scoped-registry/registry/model-registry';
import type {Dictionary} from '../scoped-registry/juggler/types';
import {SweepThreshold} from '../scoped-registry/primitives/sweep-threshold';

/** A model that can be registered: a model class, or an object of the same form that stands for one. */
export interface Registrable {
  modelName?: string;
  settings?: Dictionary<unknown>;
  definition?: {properties?: unknown};
  dataSource?: unknown;
  app?: unknown;
}

/** The properties under which a model was registered, and the time. */
export interface Registration {
  /** Undefined for the model's own. */
  readonly properties: unknown;
  /** Epoch milliseconds. */
  readonly registeredAt: number;
}

/** An entry must not hold the properties of its model: they refer to other classes, and would keep them alive. */
interface Entry {
  readonly name: string;
  /** The structure key; undefined for a model whose structure cannot be compared. */
  readonly key: string | undefined;
  /** The model, or a weak reference when the model's own registry or its owner holds it. */
  readonly held: Registrable | WeakRef<Registrable>;
}

/**
 * The models that were registered for one owner or in one registry, by name and by structure. A name has one model: a new
 * registration of a name replaces the earlier one, also under its structure. An embedded class is found by structure only,
 * because two builders give the same names to their embedded classes.
 */
export class Registrations {
  readonly #byName = new Map<string, Entry>();
  readonly #byKey = new Map<string, Set<Entry>>();
  readonly #entries = new WeakMap<Registrable, Entry>();
  readonly #registrations = new WeakMap<Registrable, Registration>();
  readonly #threshold = new SweepThreshold();
  #changes = 0;

  /** Grows with each model that is registered or removed. */
  get changes(): number {
    return this.#changes;
  }

  /**
   * Counts the structures of the models that are in none of the given registries. Models with the same structure count once.
   * A model without a structure key counts for itself.
   */
  countOutside(registries: ReadonlySet<ModelRegistry | undefined>): number {
    const isOutside = (entry: Entry) => {
      const model = liveModel(entry);
      return model !== undefined && !registries.has(registryOfClass(model));
    };
    const structures = [...this.#byKey.values()].filter(same => [...same].some(isOutside));
    return structures.length + [...this.#byName.values()].filter(entry => entry.key === undefined && isOutside(entry)).length;
  }

  /**
   * Notes when a model was registered that its registry lists, so that it is found there.
   * @returns whether it was registered before
   */
  noteTime(model: Registrable): boolean {
    const wasRegistered = this.#registrations.has(model);
    this.#registrations.set(model, {properties: undefined, registeredAt: Date.now()});
    return wasRegistered;
  }

  /** @param isHeld whether the model's own registry or its owner holds the model, so that a weak reference is enough here */
  add(model: Registrable, properties: unknown, key: string | undefined, isHeld: boolean): void {
    this.#changes++;
    const name = model.modelName!;
    const embedded = Boolean(model.settings?.anonymous);
    this.#remove(this.#entries.get(model));
    if (!embedded) this.#remove(this.#byName.get(name));
    // An embedded class without a structure key could be found neither by name nor by structure.
    if (embedded && key === undefined) return;
    if (this.#threshold.isReached(this.#byName.size + this.#byKey.size)) this.#sweep();
    const held = isHeld ? new WeakRef(model) : model;
    const entry: Entry = {name, key, held};
    this.#registrations.set(model, {properties, registeredAt: Date.now()});
    this.#entries.set(model, entry);
    if (!embedded) this.#byName.set(name, entry);
    if (key === undefined) return;
    const same = this.#byKey.get(key);
    if (same) same.add(entry);
    else this.#byKey.set(key, new Set([entry]));
  }

  findRegistered(name: string): Registrable | undefined {
    return liveModel(this.#byName.get(name));
  }

  /** The model of a structure that was registered last. */
  findByKey(key: string): Registrable | undefined {
    const models = [...(this.#byKey.get(key) ?? [])].map(liveModel);
    return models.findLast(model => model !== undefined);
  }

  /** The registration of a model; undefined for a model that was not registered here. */
  registrationOf(model: Registrable): Registration | undefined {
    return this.#registrations.get(model);
  }

  /** @returns whether there was one */
  delete(name: string): boolean {
    const entry = this.#byName.get(name);
    this.#remove(entry);
    return entry !== undefined;
  }

  /** Removes all models. @returns the number of names removed */
  clear(): number {
    const names = [...this.named()].length;
    this.#byName.clear();
    this.#byKey.clear();
    this.#changes++;
    return names;
  }

  /** The models that can be found by name. */
  *named(): IterableIterator<readonly [string, Registrable]> {
    for (const [name, entry] of this.#byName) {
      const model = liveModel(entry);
      if (model) yield [name, model];
    }
  }

  #remove(entry: Entry | undefined): void {
    if (!entry) return;
    this.#changes++;
    if (this.#byName.get(entry.name) === entry) this.#byName.delete(entry.name);
    const same = entry.key === undefined ? undefined : this.#byKey.get(entry.key);
    if (same?.delete(entry) && same.size === 0) this.#byKey.delete(entry.key!);
  }

  /** Removes the entries whose model cannot be found any more. */
  #sweep(): void {
    for (const entry of new Set([...this.#byName.values(), ...[...this.#byKey.values()].flatMap(same => [...same])]))
      if (!liveModel(entry)) this.#remove(entry);
    this.#threshold.sweptTo(this.#byName.size + this.#byKey.size);
  }
}

/**
 * The model of an entry. Undefined when the model was collected, and for a class that its registry no longer lists: it was
 * redefined or deleted, or its tenant's registry has ended.
 */
function liveModel(entry: Entry | undefined): Registrable | undefined {
  if (!entry) return undefined;
  const model = entry.held instanceof WeakRef ? entry.held.deref() : entry.held;
  const models = registryOfClass(model)?.models;
  return models && models[entry.name] !== model ? undefined : model;
}
