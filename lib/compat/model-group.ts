import {isEmbedded} from '../scoped-registry/classes/change-detection';
import type {ModelClass} from '../scoped-registry/juggler/types';
import {registryOfClass, type ModelRegistry} from '../scoped-registry/registry/model-registry';
import {changesOf, type ChangeCounter} from '../scoped-registry/registry/name-changes';
import {ClassIndex} from './class-index';
import type {ClearedModels} from './cleared-models';
import type {Registrable} from './registrations';
import {structureKey} from './structure';

/**
 * Registries whose models are looked up together: a tenant's registry with its parts, or the shared registry with those of
 * builders without options. The registries hold the classes. What is kept here about a class refers to it weakly.
 */
export class ModelGroup {
  readonly #names = new ClassIndex((registry, model, owner) => this.#lists(registry, model, owner));
  readonly #structures = new ClassIndex((registry, model, owner) => this.#lists(registry, model, owner));
  readonly #namesOf = new ReadRegistries();
  readonly #structuresOf = new ReadRegistries();

  /**
   * @param main the registry that is asked first
   * @param others yields the other registries; the class of a name that was defined last among them is found
   * @param counters count the changes of all these registries
   * @param cleared models of no tenant that are not found
   */
  constructor(
    readonly main: ModelRegistry,
    private readonly others: () => Iterable<ModelRegistry>,
    private readonly counters: readonly ChangeCounter[],
    private readonly cleared: ClearedModels,
  ) {}

  /** Grows with each change of a name. */
  get changes(): number {
    let changes = 0;
    for (const counter of this.counters) changes += counter.changes;
    return changes;
  }

  /** The number of classes that the registries list, embedded ones included. */
  get size(): number {
    let size = 0;
    for (const registry of this.registries())
      size += registry.tenant === undefined ? [...this.#listedIn(registry)].length : registry.size;
    return size;
  }

  *registries(): IterableIterator<ModelRegistry> {
    yield this.main;
    yield* this.others();
  }

  /** Notes a class that one of the other registries has just listed, so that among two of its name it is the last one. */
  add(registry: ModelRegistry, model: ModelClass): void {
    if (registry !== this.main && this.#lists(registry, model) && !isEmbedded(model))
      this.#names.add(model.modelName, registry, model);
  }

  find(name: string): ModelClass | undefined {
    const model = this.main.catalogue.findOwn(name);
    if (model && this.#mayBeFound(model, this.main)) return model;
    for (const registry of this.#namesOf.changed(this.others, this.changes))
      for (const [listed, other] of this.#namedIn(registry)) this.#names.add(listed, registry, other);
    return this.#names.find(name);
  }

  /**
   * Finds a class by its structure, an embedded class first.
   * @param strict finds only classes with this value of the setting `strict`
   */
  findByStructure(properties: object, strict: boolean): ModelClass | undefined {
    const isWanted = ({settings}: ModelClass) => (settings.strict === true) === strict;
    for (const {embeddedIndex} of [this.main, ...[...this.others()].reverse()]) {
      const model = embeddedIndex.findByStructure(properties, isWanted);
      if (model) return model;
    }
    const key = this.key(properties, strict);
    if (key === undefined) return undefined;
    for (const registry of this.#structuresOf.changed(() => this.registries(), this.changes)) {
      for (const [, model] of [...this.#namedIn(registry)]) {
        const own = this.#structures.has(model) ? undefined : this.keyOf(model);
        if (own !== undefined) this.#structures.add(own, registry, model);
      }
    }
    const model = this.#structures.find(key);
    // a property may have been added since
    return model && this.keyOf(model) === key ? model : undefined;
  }

  /** The structure key of a model. */
  keyOf({definition, settings}: Registrable, properties = definition?.properties): string | undefined {
    return this.key(properties, settings?.strict === true);
  }

  /** A key of a structure, equal for equal structures with the same strictness. See `structureKey`. */
  key(properties: unknown, strict: boolean): string | undefined {
    const key = structureKey(properties, name => this.main.catalogue.lookUp(name));
    return key === undefined ? undefined : `${strict}|${key}`;
  }

  /** The classes by name, embedded ones included. A name may come twice, if two registries list it. */
  *named(): IterableIterator<readonly [string, ModelClass]> {
    for (const registry of this.registries()) yield* this.#listedIn(registry);
  }

  *#namedIn(registry: ModelRegistry): IterableIterator<readonly [string, ModelClass]> {
    for (const entry of this.#listedIn(registry)) if (!isEmbedded(entry[1])) yield entry;
  }

  *#listedIn(registry: ModelRegistry): IterableIterator<readonly [string, ModelClass]> {
    const {models} = registry;
    for (const name of Object.keys(models)) {
      const model = models[name] as unknown as ModelClass | undefined;
      if (model && this.#mayBeFound(model, registry)) yield [name, model];
    }
  }

  #lists(registry: ModelRegistry, model: ModelClass, owner?: ModelRegistry): boolean {
    return registry.catalogue.isListed(model) && this.#mayBeFound(model, registry, owner);
  }

  /**
   * Whether an entry of a registry's dictionary is a model of this registry. It is not when it is juggler's placeholder for a
   * name without a definition, or a class of another tenant that was attached to a datasource of this registry.
   */
  #mayBeFound(model: ModelClass, registry: ModelRegistry, owner = registryOfClass(model)): boolean {
    if (model.settings?.unresolved) return false;
    const tenant = owner?.tenant;
    return tenant === undefined ? !this.cleared.has(model) : tenant === registry.tenant;
  }
}

/** Tells which registries of a group have changed since they were read. */
class ReadRegistries {
  /** By registry: its changes when it was read last. */
  readonly #changes = new WeakMap<ModelRegistry, number>();
  #changesOfAll: number | undefined;

  /** @param changes those of the whole group */
  changed(registries: () => Iterable<ModelRegistry>, changes: number): readonly ModelRegistry[] {
    if (this.#changesOfAll === changes) return NONE;
    this.#changesOfAll = changes;
    return [...registries()].filter(registry => {
      const {changes: now} = changesOf(registry);
      const isChanged = this.#changes.get(registry) !== now;
      this.#changes.set(registry, now);
      return isChanged;
    });
  }
}

const NONE: readonly ModelRegistry[] = [];
