import {ownerOf} from '../ownership/class-owner';
import {clearDictionary, ownValue, restoreEntry} from '../primitives/own-property';
import {noteForeignReferences} from '../classes/noted-references';
import {isMadeInThisMacrotask, noteMadeInThisMacrotask} from './classes-of-this-macrotask';
import type {Dictionary, ModelClass, ModelDefinition} from '../juggler/types';
import {isUnreadDefinition, definitionSourceOf} from '../classes/lazy-definition';
import {UnusedClassSweep} from './unused-class-sweep';
import {placeholderState} from '../juggler/placeholder-state';
import type {OwningRegistry} from '../ownership/owning-registry';
import type {DefineJournal} from './define-journal';
import type {EmbeddedClassIndex} from './embedded-class-index';
import {sealAtFirstUseAfterEnd} from './sealed-class';
import {embeddedRecordOf} from '../classes/change-detection';
import {WeakBag} from '../primitives/weak-bag';

/** The registry that a catalogue belongs to. */
interface CatalogueHost extends OwningRegistry {
  readonly journal: DefineJournal;
  readonly embeddedIndex: EmbeddedClassIndex;
  readonly onResize: (() => void) | undefined;
  takeOwnership(model: ModelClass): void;
}

/** The two dictionaries that juggler writes to. */
export interface Dictionaries {
  readonly models: Dictionary<ModelClass>;
  readonly definitions: Dictionary<ModelDefinition>;
}

/**
 * The models and definitions that a registry lists by name, and every change of a name: define, fill in a placeholder, attach, redefine,
 * delete, sweep. The dictionaries inherit from those of the shared catalogue, so shared names are visible.
 */
export class ModelCatalogue implements Dictionaries {
  readonly models: Dictionary<ModelClass>;
  readonly definitions: Dictionary<ModelDefinition>;
  /** The own classes that no name leads to any more, such as redefined ones. They end with the registry as well. */
  readonly nameless = new WeakBag<ModelClass>();

  #embeddedSweep = new UnusedClassSweep();
  #size: number;
  #anonymousCount = 0;

  /** @param dictionaries the dictionaries of an existing builder, if the catalogue must go on with them */
  constructor(
    private readonly registry: CatalogueHost,
    private readonly shared: ModelCatalogue | undefined,
    {models, definitions}: Partial<Dictionaries>,
  ) {
    this.models = models ?? (Object.create(shared?.models ?? Object.prototype) as Dictionary<ModelClass>);
    this.definitions = definitions ?? (Object.create(shared?.definitions ?? Object.prototype) as Dictionary<ModelDefinition>);
    this.#size = Object.keys(this.models).length;
  }

  /** The number of listed classes. */
  get size(): number {
    return this.#size;
  }

  /** Every own class: the listed ones, and the nameless ones that are still alive. */
  *ownClasses(): IterableIterator<ModelClass> {
    for (const model of new Set([...Object.values(this.models), ...this.nameless])) {
      if (ownerOf(model) === this.registry) yield model;
    }
  }

  /** The number of own listed classes: of the embedded ones, or of all others. */
  count(embedded: boolean): number {
    let count = 0;
    for (const model of Object.values(this.models)) {
      if (ownerOf(model) === this.registry && isEmbedded(model) === embedded) count++;
    }
    return count;
  }

  /** Empties the dictionaries in place, because other code may hold them. */
  clear(): void {
    clearDictionary(this.models);
    clearDictionary(this.definitions);
    this.#embeddedSweep.clear();
    this.#size = 0;
  }

  /**
   * The class that a name means in this registry, which may be a placeholder. An own placeholder does not hide a shared model that was
   * defined later. The placeholder stays listed, so that an own model of that name can fill it in.
   */
  lookUp(name: string): ModelClass | undefined {
    if (!Object.hasOwn(this.models, name)) return this.#inherited(name, true);
    const own = this.models[name];
    return own?.settings?.unresolved ? (this.#inherited(name) ?? own) : own;
  }

  /**
   * A new name for an embedded class. juggler counts these names by builder (`getSchemaName`). Here the registry counts them, because
   * several builders write to one dictionary.
   */
  nextAnonymousName(): string {
    let name;
    do name = `AnonymousModel_${this.#anonymousCount++}`;
    while (Object.hasOwn(this.models, name));
    return name;
  }

  /**
   * Runs the define of a name, so that it leaves either a complete class or nothing.
   * @param nested whether the class is an embedded one that the define of a model makes
   */
  defining(name: string, nested: boolean, define: () => ModelClass): ModelClass {
    return this.#changingName(name, () => {
      const model = define();
      this.registry.takeOwnership(model);
      noteMadeInThisMacrotask(model);
      noteForeignReferences(model);
      if (nested) this.registry.journal.note({undo() {}, commit: () => this.#embeddedSweep.add(model)});
      return model;
    });
  }

  /** Makes a light embedded class, which `make` lists under a new name. If the define fails, the class is removed again. */
  adding(name: string, nested: boolean, make: () => ModelClass): ModelClass {
    this.registry.journal.note({
      undo: () => {
        delete this.models[name];
        delete this.definitions[name];
      },
      commit: () => {
        if (nested) this.#embeddedSweep.add(model);
        this.#resize(1);
      },
    });
    const model = make();
    this.registry.takeOwnership(model);
    noteMadeInThisMacrotask(model);
    noteForeignReferences(model);
    return model;
  }

  /**
   * Runs juggler's `attach`, which lists a class here under its name. A class of another registry is listed as well, and keeps its owner.
   * An own class that was redefined does not get its name back from the newer class.
   */
  attaching(model: ModelClass, attach: () => void): void {
    const name = model.modelName;
    this.#changingName(name, () => {
      const current = Object.hasOwn(this.models, name) ? this.models[name] : undefined;
      const definition = this.definitions[name];
      attach();
      if (current && [model, current].every(each => ownerOf(each) === this.registry) && !current.settings?.unresolved) {
        this.models[name] = current;
        this.definitions[name] = definition;
      }
      noteForeignReferences(model);
      const owner = ownerOf(model);
      if (owner === this.registry) return;
      for (const table of this.registry.tables.tablesWith(model)) owner?.foreignReferences.addTable(table);
    });
  }

  /** Runs a change of what a name means as a define, which is undone if it fails. */
  #changingName<T>(name: string, work: () => T): T {
    return this.registry.journal.runDefine(() => {
      const previous = Object.hasOwn(this.models, name) ? this.models[name] : undefined;
      const definition = Object.hasOwn(this.definitions, name) ? this.definitions[name] : undefined;
      const placeholder = previous?.settings?.unresolved ? placeholderState(previous) : undefined;
      // The inherited value may be the shared registry's placeholder, which juggler's `define` would fill in, or a method of
      // Object.prototype such as toString, on which it would throw. An own undefined makes juggler's `define` make a class.
      const visible = this.models[name] as Partial<ModelClass> | undefined;
      if (!previous && visible && visible.settings?.unresolved !== false && !visible.definition)
        this.models[name] = undefined as never;
      this.registry.journal.note({
        undo: () => {
          restoreEntry(this.models, name, previous);
          restoreEntry(this.definitions, name, definition);
          placeholder?.();
        },
        commit: () => {
          const model = this.models[name];
          if (previous && previous !== model) this.#onReplaced(previous);
          this.#resize(Number(Object.hasOwn(this.models, name)) - Number(previous !== undefined));
        },
      });
      return work();
    });
  }

  /** Lists the models that a builder defined before it was bound, and makes the registry their owner. */
  adopt({models, definitions}: Dictionaries): void {
    const before = Object.keys(this.models).length;
    for (const model of Object.values(models)) this.registry.takeOwnership(model);
    Object.assign(this.models, models);
    Object.assign(this.definitions, definitions);
    this.#resize(Object.keys(this.models).length - before);
  }

  /** Makes the deferred embedded classes of all listed own models. The classes that it makes may have deferred ones in turn. */
  makeDeferredClasses(): void {
    for (const model of Object.values(this.models)) {
      if (ownerOf(model) === this.registry) void definitionSourceOf(ownValue(model, 'definition'))?.types;
    }
  }

  /** Removes a name and its class, as juggler's `deleteModelByName` does. */
  delete(name: string): void {
    const model = Object.hasOwn(this.models, name) ? this.models[name] : undefined;
    delete this.models[name];
    delete this.definitions[name];
    if (!model) return;
    this.#onReplaced(model);
    this.#resize(-1);
  }

  /** Removes the name of a class that ends. */
  unlist(model: ModelClass): void {
    const name = model.modelName;
    this.#embeddedSweep.delete(model);
    if (ownValue(this.models, name) !== model) return;
    delete this.models[name];
    delete this.definitions[name];
    this.#resize(-1);
  }

  /** Drops the embedded classes that no model uses any more. Does so each time the number of embedded classes has doubled. */
  sweep(): void {
    if (this.registry.journal.running) return;
    this.#embeddedSweep.sweep(this.models, model => {
      if (this.models[model.modelName] !== model) return;
      if (!isMadeInThisMacrotask(model)) this.registry.embeddedIndex.retire(model);
      this.delete(model.modelName);
    });
  }

  /** Lists an embedded class again that a sweep had dropped, because its structure is used again. */
  listAgain(model: ModelClass): void {
    const name = model.modelName;
    if (Object.hasOwn(this.models, name)) return;
    this.models[name] = model;
    this.definitions[name] = model.definition!;
    this.#embeddedSweep.add(model);
    this.#resize(1);
  }

  #resize(change: number): void {
    if (change === 0) return;
    this.#size += change;
    this.registry.onResize?.();
  }

  /** Called for a class that its name does not lead to any more. No look-up may find the class, but user code may still use it. */
  #onReplaced(model: ModelClass): void {
    if (ownerOf(model) !== this.registry) return;
    this.registry.embeddedIndex.forget(model);
    if (!isMadeInThisMacrotask(model)) this.nameless.add(model);
    if (!model.settings?.unresolved) sealAtFirstUseAfterEnd(model, this.registry);
  }

  /**
   * The shared class of a name, if this registry may see it: a tenant sees no shared placeholder, and no class of another tenant that was
   * attached to the shared registry.
   * @param placeholders whether a registry of no tenant may see a placeholder
   */
  #inherited(name: string, placeholders = false): ModelClass | undefined {
    const model = this.shared?.lookUp(name);
    if (!model) return undefined;
    if (model.settings?.unresolved && !(placeholders && this.registry.tenant === undefined)) return undefined;
    const owner = ownerOf(model);
    return owner === undefined || owner.tenant === undefined || owner.tenant === this.registry.tenant ? model : undefined;
  }
}

/** Whether a class is an embedded one. Does not read a definition that is still empty, because to read it would fill it. */
function isEmbedded(model: ModelClass): boolean {
  return isUnreadDefinition(model.definition) && embeddedRecordOf(model) ? true : Boolean(model.settings?.anonymous);
}
