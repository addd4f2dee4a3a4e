import {homeOf, isOf, reservePlaceholder, servesAnother} from '../ownership/class-home';
import {ownerOf} from '../ownership/class-owner';
import {clearDictionary, ownValue, restoreEntry} from '../primitives/own-property';
import {noteForeignReferences} from '../classes/noted-references';
import {isMadeInThisMacrotask, mayBeHeldWeakly, noteMadeInThisMacrotask} from './classes-of-this-macrotask';
import type {ModelClass, ModelDefinition, StockDataSource, StockModelBuilder} from '../juggler/types';
import {isEmbedded} from '../classes/change-detection';
import {definitionSourceOf} from '../classes/lazy-definition';
import {ClassBytes} from './class-bytes';
import {UnusedClassSweep} from './unused-class-sweep';
import {noteNameChange} from './name-changes';
import {placeholderState} from '../juggler/placeholder-state';
import {InvalidOptionError} from '../errors';
import {isRouted} from '../ownership/routed-classes';
import type {CatalogueHost} from './catalogue-host';
import {ModelNames, type Dictionaries} from './model-names';
import {Namesakes, type Listing} from './namesakes';
import {showOwnModels} from './own-models-view';
import {sealAtFirstUseAfterEnd} from './sealed-class';
import {WeakBag} from '../primitives/weak-bag';

/**
 * The models and definitions that a registry lists by name, and every change of a name: define, fill in a placeholder, attach, redefine,
 * delete, sweep. The dictionaries inherit from those of the shared catalogue, so shared names are visible.
 */
export class ModelCatalogue extends ModelNames {
  /** The own classes that no name leads to any more, such as redefined ones. They end with the registry as well. */
  readonly nameless = new WeakBag<ModelClass>();
  /** What the listed own classes take in the heap. */
  readonly bytes = new ClassBytes();

  /** Whether a relation leads to another datasource's model, because its own datasource has none of that name. */
  hasBorrowedTargets = false;

  #embeddedSweep = new UnusedClassSweep();
  /** The number of names in the dictionaries. */
  #size: number;
  #anonymousCount = 0;

  /** @param dictionaries the dictionaries of an existing builder, if the catalogue must go on with them */
  constructor(registry: CatalogueHost, shared: ModelCatalogue | undefined, dictionaries: Partial<Dictionaries>) {
    super(registry, shared, dictionaries);
    this.#size = Object.keys(this.models).length;
  }

  /** The number of listed classes. */
  get size(): number {
    return this.#size + (this.namesakes?.size ?? 0);
  }

  /** Every own class: the listed ones, and the nameless ones that are still alive. */
  *ownClasses(): IterableIterator<ModelClass> {
    for (const model of new Set([...this.listed(), ...this.nameless])) if (ownerOf(model) === this.registry) yield model;
  }

  /** The number of own listed classes: of the embedded ones, or of all others. */
  count(embedded: boolean): number {
    let count = 0;
    for (const model of Object.values(this.models)) {
      if (ownerOf(model) === this.registry && isEmbedded(model) === embedded) count++;
    }
    return embedded ? count : count + (this.namesakes?.size ?? 0);
  }

  /** Empties the dictionaries in place, because other code may hold them. */
  clear(): void {
    clearDictionary(this.models);
    clearDictionary(this.definitions);
    this.#embeddedSweep.clear();
    this.bytes.clear();
    this.namesakes?.clear();
    this.#size = 0;
    noteNameChange(this.registry);
  }

  removeNamesake(name: string, namesake: Listing): void {
    this.namesakes?.remove(name, namesake.model);
    this.#onReplaced(namesake.model);
    this.registry.onResize?.();
  }

  /** Makes the dictionaries of a builder show its own classes, if a name can mean another one. */
  prepare(builder: StockModelBuilder): void {
    if (this.isAmbiguous) showOwnModels(builder, this);
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
   * @param builder the builder that defines
   * @param nested whether the class is an embedded one that the define of a model makes
   */
  defining(name: string, builder: StockModelBuilder, nested: boolean, define: () => ModelClass): ModelClass {
    this.#assertHidesNoRouted(name);
    return this.#changingName(name, builder, () => {
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
    let made: ModelClass | undefined;
    this.registry.journal.note({
      undo: () => {
        delete this.models[name];
        delete this.definitions[name];
      },
      commit: () => {
        if (nested) this.#embeddedSweep.add(made!);
        this.#charge(made);
        this.#resize(1);
      },
    });
    const model = (made = make());
    this.registry.takeOwnership(model);
    noteMadeInThisMacrotask(model);
    noteForeignReferences(model);
    // where no define is running, the step above was committed before the class was there
    if (!this.registry.journal.running) this.#charge(model);
    return model;
  }

  /**
   * Runs juggler's `attach`, which lists a class here under its name. A class of another registry is listed as well, and keeps its owner.
   * An own class that was redefined does not get its name back from the newer class.
   * @param builder the builder of the datasource
   */
  attaching(model: ModelClass, builder: StockModelBuilder, attach: () => void): void {
    const name = model.modelName;
    this.#assertHidesNoRouted(name, model);
    const former = homeOf(model);
    const wasItsOwn = isOf(model, builder);
    this.registry.journal.runDefine(() => {
      const namesake = former && this.namesakeOf(name, former);
      if (namesake?.model === model) this.namesakes!.take(former!, name, namesake);
      const list = () => {
        const current = Object.hasOwn(this.models, name) ? this.models[name] : undefined;
        const definition = this.definitions[name];
        attach();
        noteForeignReferences(model);
        const owner = ownerOf(model);
        if (owner !== this.registry)
          for (const table of this.registry.tables.tablesWith(model)) owner?.foreignReferences.addTable(table);
        if (!current || current === model || current.settings?.unresolved) return;
        if (![model, current].every(each => ownerOf(each) === this.registry)) return;
        const isItsOwn = isOf(current, builder);
        // in juggler, only a class of the datasource's own builder may have lost its name to another one of that builder
        if (isItsOwn && !wasItsOwn) return;
        this.models[name] = current;
        this.definitions[name] = definition;
        if (!isItsOwn) this.#addNamesake(name, builder, {model, definition: model.definition});
      };
      this.#changingName(name, builder, list, model);
    });
  }

  /**
   * Makes a placeholder that only models of `builder` may fill in. It takes its name from no defined class.
   * @param define makes the placeholder
   */
  reserving(name: string, builder: StockModelBuilder, define: () => ModelClass): ModelClass {
    const listed = ownValue<ModelClass>(this.models, name);
    const definition = ownValue<ModelDefinition>(this.definitions, name);
    return this.registry.journal.runDefine(() => {
      const placeholder = define();
      if (listed && !listed.settings?.unresolved) {
        this.namesakes?.remove(name, listed);
        this.models[name] = listed;
        restoreEntry(this.definitions, name, definition);
        this.#addNamesake(name, builder, {model: placeholder, definition: undefined});
      }
      if (!listed || listed !== placeholder) reservePlaceholder(placeholder);
      return placeholder;
    });
  }

  /** Lists a class under a name that means another datasource's class in the dictionaries. */
  #addNamesake(name: string, builder: StockModelBuilder, namesake: Listing): void {
    this.namesakes ??= new Namesakes(this.registry.journal, replaced => {
      if (replaced) this.#onReplaced(replaced);
      else noteNameChange(this.registry);
      this.registry.onResize?.();
    });
    this.namesakes.add(builder, name, namesake);
    this.#markAmbiguous();
  }

  #markAmbiguous(): void {
    if (this.hasNamesakes) return;
    this.hasNamesakes = true;
    for (const builder of this.registry.builders) showOwnModels(builder, this);
  }

  /**
   * Prepares the dictionaries for a define or attach on `builder`. The class that another datasource has under the name is set aside,
   * and the class that this builder has had under it comes back, to be filled in or replaced.
   * @param incoming the class that is being attached
   */
  #makeRoom(name: string, builder: StockModelBuilder, incoming?: ModelClass): void {
    const listed = ownValue<ModelClass>(this.models, name);
    const own = this.namesakeOf(name, builder);
    const stays = listed !== undefined && listed !== incoming && servesAnother(listed, builder);
    if (!own && !stays) return;
    const definition = ownValue<ModelDefinition>(this.definitions, name);
    if (own) this.namesakes!.take(builder, name, own);
    if (stays) this.#addNamesake(name, homeOf(listed)!, {model: listed, definition});
    restoreEntry(this.models, name, own?.model);
    restoreEntry(this.definitions, name, own?.definition);
    this.registry.journal.note({
      undo: () => {
        restoreEntry(this.models, name, listed);
        restoreEntry(this.definitions, name, definition);
      },
      commit: () => {
        if (listed && !stays && this.models[name] !== listed) this.#onReplaced(listed);
      },
    });
  }

  /**
   * A model that all tenants share by a route must be found by its name in each tenant's registry: juggler and connectors look it up there.
   * @throws InvalidOptionError `INVALID_OPTION` if a tenant's model would hide it
   */
  #assertHidesNoRouted(name: string, model?: ModelClass): void {
    const {tenant} = this.registry;
    if (tenant === undefined) return;
    const shared = this.shared?.lookUp(name);
    if (!isRouted(shared) || shared === model) return;
    throw new InvalidOptionError(
      `Tenant ${JSON.stringify(tenant)} cannot have a model ${name} of its own, because a model of that name is routed to all tenants. ` +
        `Give it another name, or extend the routed one under another name: ${name}.extend('Own${name}', {…}).`,
    );
  }

  /** Runs a change of what a name means as a define, which is undone if it fails. */
  #changingName<T>(name: string, builder: StockModelBuilder, work: () => T, incoming?: ModelClass): T {
    return this.registry.journal.runDefine(() => {
      const wasListed = Object.hasOwn(this.models, name);
      this.#makeRoom(name, builder, incoming);
      const previous = Object.hasOwn(this.models, name) ? this.models[name] : undefined;
      const definition = Object.hasOwn(this.definitions, name) ? this.definitions[name] : undefined;
      const placeholder = previous?.settings?.unresolved ? placeholderState(previous) : undefined;
      // The inherited value may be the shared registry's placeholder, which juggler's `define` would fill in, or a method of
      // Object.prototype such as toString, on which it would throw. An own undefined makes juggler's `define` make a class.
      const visible = this.models[name] as Partial<ModelClass> | undefined;
      if (!previous && visible && servesAnother(visible as ModelClass, builder)) this.#markAmbiguous();
      if (!previous && visible && visible.settings?.unresolved !== false && !visible.definition)
        this.models[name] = undefined as never;
      this.registry.journal.note({
        undo: () => {
          restoreEntry(this.models, name, previous);
          restoreEntry(this.definitions, name, definition);
          placeholder?.();
          // a listener that the define has called may have seen the name
          noteNameChange(this.registry);
        },
        commit: () => {
          const model = this.models[name];
          if (previous && previous !== model) this.#onReplaced(previous);
          else noteNameChange(this.registry);
          this.#charge(model);
          this.#resize(Number(Object.hasOwn(this.models, name)) - Number(wasListed));
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
    noteNameChange(this.registry);
    for (const model of Object.values(models)) this.#charge(model);
    this.#resize(Object.keys(this.models).length - before);
  }

  /** Makes the deferred embedded classes of all listed own models. The classes that it makes may have deferred ones in turn. */
  makeDeferredClasses(): void {
    for (const model of [...this.listed()]) {
      if (ownerOf(model) === this.registry) void definitionSourceOf(ownValue(model, 'definition'))?.types;
    }
  }

  /**
   * Removes a name and its class, as juggler's `deleteModelByName` does.
   * @param builder the builder whose class is meant, if it has one of that name
   */
  delete(name: string, builder?: StockModelBuilder): void {
    const namesake = builder && this.namesakeOf(name, builder);
    if (namesake) {
      this.removeNamesake(name, namesake);
      return;
    }
    const model = Object.hasOwn(this.models, name) ? this.models[name] : undefined;
    delete this.models[name];
    delete this.definitions[name];
    if (!model) return;
    this.#onReplaced(model);
    const next = this.namesakes?.findDefined(name);
    if (next) {
      this.namesakes!.remove(name, next.model);
      this.models[name] = next.model;
      restoreEntry(this.definitions, name, next.definition);
    }
    this.#resize(next ? 0 : -1);
    if (next) this.registry.onResize?.();
  }

  /** Removes one class and its name, also if the dictionaries list another datasource's class under that name. */
  remove(name: string, model: ModelClass): void {
    if (this.namesakes?.has(name, model)) this.removeNamesake(name, {model, definition: undefined});
    else if (ownValue(this.models, name) === model) this.delete(name);
  }

  /** Removes the name of a class that ends. */
  unlist(model: ModelClass): void {
    const name = model.modelName;
    noteNameChange(this.registry);
    this.#embeddedSweep.delete(model);
    this.namesakes?.remove(name, model);
    this.bytes.discharge(model);
    if (ownValue(this.models, name) !== model) return;
    delete this.models[name];
    delete this.definitions[name];
    this.#resize(-1);
  }

  /** The classes of a datasource are on another one now. */
  movedTo(from: StockDataSource, to: StockDataSource): void {
    this.namesakes?.movedTo(from, to);
    noteNameChange(this.registry);
  }

  /** Drops the embedded classes that no model uses any more. Does so each time the number of embedded classes has doubled. */
  sweep(): void {
    if (this.registry.journal.running) return;
    this.#embeddedSweep.sweep(this.listed(), model => {
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
    this.#charge(model);
    this.#resize(1);
  }

  /** Not for a class of another registry, which its own registry charges. */
  #charge(model: ModelClass | undefined): void {
    if (model && ownerOf(model) === this.registry) this.bytes.charge(model);
  }

  #resize(change: number): void {
    if (change === 0) return;
    this.#size += change;
    this.registry.onResize?.();
  }

  /** Called for a class that its name does not lead to any more. No look-up may find the class, but user code may still use it. */
  #onReplaced(model: ModelClass): void {
    noteNameChange(this.registry);
    if (ownerOf(model) !== this.registry) return;
    this.registry.embeddedIndex.forget(model);
    this.bytes.discharge(model);
    if (!isMadeInThisMacrotask(model) || mayBeHeldWeakly()) this.nameless.add(model);
    if (!model.settings?.unresolved) sealAtFirstUseAfterEnd(model, this.registry);
  }
}
