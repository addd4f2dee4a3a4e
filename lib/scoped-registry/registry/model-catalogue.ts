import {ownerOf} from '../ownership/class-owner';
import {clearDictionary, ownValue, restoreEntry} from '../primitives/own-property';
import {noteForeignReferences} from '../classes/foreign-references';
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

/** The registry whose names a catalogue has. */
interface CatalogueHost extends OwningRegistry {
  readonly journal: DefineJournal;
  readonly embeddedIndex: EmbeddedClassIndex;
  readonly onResize: (() => void) | undefined;
  own(model: ModelClass): void;
}

/** The dictionaries that juggler writes to. */
export interface Dictionaries {
  readonly models: Dictionary<ModelClass>;
  readonly definitions: Dictionary<ModelDefinition>;
}

/**
 * What a registry lists by name, and what becomes of a name: it is defined, filled in, attached, defined anew, deleted, or
 * swept. Names of the shared catalogue are visible by inheritance, own ones are own.
 */
export class ModelCatalogue implements Dictionaries {
  readonly models: Dictionary<ModelClass>;
  readonly definitions: Dictionary<ModelDefinition>;
  /** Classes that no name leads to any more, such as redefined ones. They end with the registry like all others. */
  readonly nameless = new WeakBag<ModelClass>();

  #nested = new UnusedClassSweep();
  #size: number;
  #anonymous = 0;

  /** @param dictionaries those of a builder that is in use already */
  constructor(
    private readonly registry: CatalogueHost,
    private readonly shared: ModelCatalogue | undefined,
    {models, definitions}: Partial<Dictionaries>,
  ) {
    this.models = models ?? (Object.create(shared?.models ?? Object.prototype) as Dictionary<ModelClass>);
    this.definitions = definitions ?? (Object.create(shared?.definitions ?? Object.prototype) as Dictionary<ModelDefinition>);
    this.#size = Object.keys(this.models).length;
  }

  /** The number of classes listed. */
  get size(): number {
    return this.#size;
  }

  /** Every own class: the listed ones, and those without a name that are still alive. */
  *own(): IterableIterator<ModelClass> {
    for (const model of new Set([...Object.values(this.models), ...this.nameless])) {
      if (ownerOf(model) === this.registry) yield model;
    }
  }

  /** The number of own classes listed: embedded ones, or those with a name of their own. */
  count(embedded: boolean): number {
    let count = 0;
    for (const model of Object.values(this.models)) {
      if (ownerOf(model) === this.registry && isEmbedded(model) === embedded) count++;
    }
    return count;
  }

  /** Empties the dictionaries, which others may hold. */
  clear(): void {
    clearDictionary(this.models);
    clearDictionary(this.definitions);
    this.#nested.clear();
    this.#size = 0;
  }

  /**
   * The class that a name means here, placeholders included. An own placeholder does not hide a shared model that
   * came later; it stays, for an own model of the name to fill in.
   */
  lookUp(name: string): ModelClass | undefined {
    if (!Object.hasOwn(this.models, name)) return this.#inherited(name, true);
    const own = this.models[name];
    return own?.settings?.unresolved ? (this.#inherited(name) ?? own) : own;
  }

  /** Names of embedded classes are counted by registry: several builders write to one dictionary. */
  nextAnonymousName(): string {
    let name;
    do name = `AnonymousModel_${this.#anonymous++}`;
    while (Object.hasOwn(this.models, name));
    return name;
  }

  /** Runs juggler's `define` of one name, so that it leaves either a whole class or nothing. */
  defining(name: string, nested: boolean, define: () => ModelClass): ModelClass {
    return this.#naming(name, () => {
      const model = define();
      this.registry.own(model);
      noteMadeInThisMacrotask(model);
      noteForeignReferences(model);
      if (nested) this.registry.journal.note({undo() {}, commit: () => this.#nested.add(model)});
      return model;
    });
  }

  /** The same for an embedded class of our making, by a name that none has. */
  adding(name: string, nested: boolean, make: () => ModelClass): ModelClass {
    this.registry.journal.note({
      undo: () => {
        delete this.models[name];
        delete this.definitions[name];
      },
      commit: () => {
        if (nested) this.#nested.add(model);
        this.#resize(1);
      },
    });
    const model = make();
    this.registry.own(model);
    noteMadeInThisMacrotask(model);
    noteForeignReferences(model);
    return model;
  }

  /**
   * Runs juggler's `attach` of a class, which lists it here: a class that was made elsewhere is a guest, and an own
   * one that was redefined does not get its name back.
   */
  attaching(model: ModelClass, attach: () => void): void {
    const name = model.modelName;
    this.#naming(name, () => {
      const current = Object.hasOwn(this.models, name) ? this.models[name] : undefined;
      const definition = this.definitions[name];
      attach();
      if (current && [model, current].every(each => ownerOf(each) === this.registry) && !current.settings?.unresolved) {
        this.models[name] = current;
        this.definitions[name] = definition;
      }
      noteForeignReferences(model);
    });
  }

  #naming<T>(name: string, work: () => T): T {
    return this.registry.journal.runDefine(() => {
      const previous = Object.hasOwn(this.models, name) ? this.models[name] : undefined;
      const definition = Object.hasOwn(this.definitions, name) ? this.definitions[name] : undefined;
      const placeholder = previous?.settings?.unresolved ? placeholderState(previous) : undefined;
      const inherited = previous ? undefined : this.#inherited(name, true, true);
      // juggler would fill in the shared registry's placeholder, and trip over what every object inherits (toString):
      // an own undefined makes it define a class
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
          const replaced = previous ?? inherited;
          if (replaced && replaced !== model) this.#replaced(replaced, replaced === previous);
          this.#resize(Number(Object.hasOwn(this.models, name)) - Number(previous !== undefined));
        },
      });
      return work();
    });
  }

  /** Lists what a builder has made before it was bound. */
  adopt({models, definitions}: Dictionaries): void {
    const before = Object.keys(this.models).length;
    for (const model of Object.values(models)) this.registry.own(model);
    Object.assign(this.models, models);
    Object.assign(this.definitions, definitions);
    this.#resize(Object.keys(this.models).length - before);
  }

  /** Makes the embedded classes of what is listed; parts of these may be deferred in turn. */
  makeDeferredClasses(): void {
    for (const model of Object.values(this.models)) {
      if (ownerOf(model) === this.registry) void definitionSourceOf(ownValue(model, 'definition'))?.types;
    }
  }

  /** Forgets a name, as `deleteModelByName` does. */
  delete(name: string): void {
    const model = Object.hasOwn(this.models, name) ? this.models[name] : undefined;
    delete this.models[name];
    delete this.definitions[name];
    if (!model) return;
    this.#replaced(model, true);
    this.#resize(-1);
  }

  /** Drops embedded classes that no model uses any more, each time their number has doubled. */
  sweep(): void {
    if (this.registry.journal.running) return;
    this.#nested.sweep(this.models, model => {
      if (this.models[model.modelName] !== model) return;
      if (!isMadeInThisMacrotask(model)) this.registry.embeddedIndex.retire(model);
      this.delete(model.modelName);
    });
  }

  /** An embedded class that was dropped is used again. */
  listAgain(model: ModelClass): void {
    const name = model.modelName;
    if (Object.hasOwn(this.models, name)) return;
    this.models[name] = model;
    this.definitions[name] = model.definition!;
    this.#nested.add(model);
    this.#resize(1);
  }

  #resize(change: number): void {
    if (change === 0) return;
    this.#size += change;
    this.registry.onResize?.();
  }

  /** A class that is no longer what its name says: nothing finds it, but it may be in use. */
  #replaced(model: ModelClass, own: boolean): void {
    if (!own || ownerOf(model) !== this.registry) return;
    this.registry.embeddedIndex.forget(model);
    if (!isMadeInThisMacrotask(model)) this.nameless.add(model);
    if (!model.settings?.unresolved) sealAtFirstUseAfterEnd(model, this.registry);
  }

  /** What a tenant may see of the shared registry: no half-defined names, and no class of another tenant that was attached there. */
  #inherited(name: string, placeholders = false, any = false): ModelClass | undefined {
    if (!this.shared) return undefined;
    const model = this.shared.lookUp(name);
    if (!model || any) return model;
    if (model.settings?.unresolved && !(placeholders && this.registry.tenant === undefined)) return undefined;
    const owner = ownerOf(model);
    return owner === undefined || owner.tenant === undefined || owner.tenant === this.registry.tenant ? model : undefined;
  }
}

/** Without a look into a definition that is still empty: that would fill it. */
function isEmbedded(model: ModelClass): boolean {
  return isUnreadDefinition(model.definition) && embeddedRecordOf(model) ? true : Boolean(model.settings?.anonymous);
}
