import {ownerOf} from '../ownership/class-owner';
import {restoreEntry} from '../primitives/own-property';
import {madeTypesOf} from './lazy-definition';
import {itemType} from '../juggler/item-type';
import type {Dictionary, ModelClass, Properties, Relation} from '../juggler/types';
import type {OwningRegistry} from '../ownership/owning-registry';
import {ownStateOf} from '../ownership/class-record';
import {withOwnThroughModel} from './own-through-model';
import {removeAccessors} from './shared-prototype';
import {WeakBag} from '../primitives/weak-bag';

interface Listener {
  readonly on: WeakRef<ModelClass>;
  readonly event: string;
  readonly listener: (...args: unknown[]) => void;
}

/**
 * The statics by which a class gets relations, scopes and mixins. juggler mixes all of them except `mixin` into a class when
 * the class is attached to a datasource.
 */
const REFERENCING_STATICS = [
  'hasMany',
  'belongsTo',
  'hasOne',
  'hasAndBelongsToMany',
  'embedsOne',
  'embedsMany',
  'referencesMany',
  'scope',
  'mixin',
] as const;

/**
 * The references from outside to the models of one registry: relations, scopes, properties and mixins of other registries'
 * models, listeners on other registries' models, and entries in dictionaries of the process. Such a reference would keep every
 * class of the tenant alive after its end. So each one is recorded when it is made, and `cut` removes all of them when the
 * registry ends, without a search through other registries.
 */
export class ForeignReferences {
  #holders = new WeakBag<ModelClass>();
  #listeners: Listener[] | undefined;
  #entries: {dictionary: Dictionary<unknown>; name: string; previous: unknown}[] | undefined;

  /**
   * Records that `holder`, a model of another registry, has a relation, scope, property or mixin that is a model of this
   * registry.
   */
  addHolder(holder: ModelClass): void {
    this.#holders.add(holder);
  }

  /**
   * Records a listener on `on`, a model of another registry. By such a listener juggler defers a relation of this registry's
   * model until the target `on` has a datasource.
   */
  addListener(on: ModelClass, event: string, listener: Listener['listener']): void {
    const stillWaiting = ({on, event, listener}: Listener) => on.deref()?.listeners?.(event).includes(listener) ?? false;
    if (this.#listeners && this.#listeners.length % 32 === 31) this.#listeners = this.#listeners.filter(stillWaiting);
    (this.#listeners ??= []).push({on: new WeakRef(on), event, listener});
  }

  /**
   * Records that a dictionary of the process is about to get a class of this registry under `name`. Call this before the write.
   */
  addDictionaryEntry(dictionary: Dictionary<unknown>, name: string): void {
    // the class of another registry is not remembered: that would keep the class after its own registry has ended
    const previous = ownerOf(dictionary[name]) ? undefined : dictionary[name];
    (this.#entries ??= []).push({dictionary, name, previous});
  }

  /**
   * Removes all recorded references.
   * @param owner the registry that ends, whose models they refer to
   */
  cut(owner: OwningRegistry): void {
    for (const {dictionary, name, previous} of this.#entries ?? []) {
      if (ownerOf(dictionary[name]) === owner) restoreEntry(dictionary, name, previous);
    }
    this.#entries = undefined;
    for (const {on, event, listener} of this.#listeners ?? []) on.deref()?.removeListener?.(event, listener);
    this.#listeners = undefined;
    for (const holder of this.#holders) {
      const relations = pointingAt(owner, holder.relations).map(name => [name, holder.relations![name]] as const);
      for (const [name] of relations) {
        delete holder.relations![name];
        // relations with embedded or referenced models add a validation under their name
        delete holder.validations?.[name];
        removeScope(holder, name, holder.prototype as object);
      }
      for (const name of pointingAt(owner, holder.scopes)) removeScope(holder, name, holder);
      const keyLists = relations.filter(([, {type}]) => type === 'referencesMany').map(([, {keyFrom}]) => keyFrom!);
      removeProperties(holder, type => ownerOf(type) === owner, keyLists);
      removeMixins(holder, owner);
    }
    this.#holders.clear();
  }
}

/**
 * Records the references of a model to models of other tenants' registries, each at the registry that is referred to.
 * References to shared models are not recorded, because the shared registry outlives the tenants.
 */
export function noteForeignReferences(holder: ModelClass): void {
  const owner = ownerOf(holder);
  const note = (type: unknown) => {
    const target = ownerOf(type);
    if (target?.tenant !== undefined && target !== owner) target.foreignReferences.addHolder(holder);
  };
  for (const relations of [ownStateOf<Dictionary<Relation>>(holder, 'relations'), holder.scopes]) {
    for (const name in relations) {
      note(relations[name].modelTo);
      note(relations[name].modelThrough);
    }
  }
  for (const type of madeTypesOf(holder.definition)) note(itemType(type));
  holder._mixins?.forEach(note);
}

/** The watched version of each static. */
const watchedVersions = new WeakMap<Function, Function>();

/** Replaces the statics of a class that make references, so that new references are recorded (see noteForeignReferences). */
export function watchForeignReferences(model: ModelClass): void {
  const statics = model as unknown as Dictionary<Function | undefined>;
  for (const name of REFERENCING_STATICS) {
    const method = statics[name];
    if (typeof method !== 'function') continue;
    let watched = watchedVersions.get(method);
    if (!watched) {
      watched = function (this: ModelClass, ...args: unknown[]): unknown {
        const result: unknown = method.apply(this, name === 'hasAndBelongsToMany' ? withOwnThroughModel(this, args) : args);
        noteForeignReferences(this);
        return result;
      };
      Object.defineProperty(watched, 'name', {value: method.name});
      Object.assign(watched, method);
      watchedVersions.set(method, watched);
      // a subclass gets the watched version from its base, and it must not be wrapped again
      watchedVersions.set(watched, watched);
    }
    if (watched !== method) statics[name] = watched;
  }
}

/** Returns the names of the relations or scopes that refer to a model of `owner`. */
function pointingAt(owner: OwningRegistry, relations: Record<string, Relation> | undefined): string[] {
  return Object.keys(relations ?? {}).filter(name => {
    const {modelTo, modelThrough} = relations![name];
    return ownerOf(modelTo) === owner || ownerOf(modelThrough) === owner;
  });
}

/**
 * Removes everything that juggler's defineScope has added: the entries in `scopes` and `_scopeMeta`, the accessor, and methods
 * such as `__get__orders`.
 * @param place the object with the accessor: the prototype for a relation, the class for a scope of the class. Only this object
 * may be searched, because a relation may have the name of a static, such as `settings`.
 */
function removeScope(model: ModelClass, name: string, place: object): void {
  delete model.scopes?.[name];
  delete model._scopeMeta?.[name];
  delete (place as Dictionary<unknown>)[name];
  removeScopeMethods(name, place);
}

function removeScopeMethods(name: string, place: object): void {
  const isMethod = (key: string) =>
    key.startsWith('__') && key.endsWith(`__${name}`) && !key.slice(2, -name.length - 2).includes('__');
  for (const key of Object.getOwnPropertyNames(place)) if (isMethod(key)) delete (place as Dictionary<unknown>)[key];
}

/**
 * Removes mixins that are models of `owner`. Of the members that a mixin has copied into the class, only the methods of its
 * relations and scopes refer to other classes, so only these are removed.
 */
function removeMixins(holder: ModelClass, owner: OwningRegistry): void {
  const {_mixins: mixins = [], relations = {}, scopes = {}} = holder;
  const gone = mixins.filter((mixin): mixin is ModelClass => ownerOf(mixin) === owner);
  for (const mixin of gone) {
    mixins.splice(mixins.indexOf(mixin), 1);
    for (const name in mixin.relations) if (!(name in relations)) removeScopeMethods(name, holder.prototype as object);
    for (const name in mixin.scopes) if (!(name in scopes)) removeScopeMethods(name, holder);
  }
}

/**
 * Removes the properties whose type is gone. The other properties are registered again, because each accessor of juggler closes
 * over the property set at the time of its registration. Registering a property also adds its validations again, so the lists
 * of validations are cut back to their former lengths.
 * @param keyLists the foreign key properties of removed `referencesMany` relations. Each gets a new `default`, because
 * juggler's default is a closure of the relation.
 */
function removeProperties(model: ModelClass, isGone: (type: unknown) => boolean, keyLists: readonly string[]): void {
  const {definition, validations} = model;
  if (!definition) return;
  const {properties, rawProperties} = definition;
  const gone = Object.keys(properties).filter(name => isGone(itemType(properties[name]?.type)));
  if (gone.length === 0 && keyLists.length === 0) return;
  const connector = model.dataSource?.connector;
  const entry = connector && ownerOf(model)?.tables.tableOf(connector)[model.modelName];
  // the connector keeps the property set of the time when the model was attached
  const sets = [rawProperties, properties, entry?.properties as Properties | undefined];
  for (const name of gone) {
    for (const set of sets) delete set?.[name];
    delete validations?.[name];
    removeAccessors(model.prototype as object, name);
  }
  for (const name of keyLists) {
    for (const set of sets) if (set?.[name]) (set[name] as {default?: unknown}).default = () => [];
  }
  const counts = new Map(Object.entries(validations ?? {}).map(([name, list]) => [name, list.length]));
  for (const name of Object.keys(definition.build(true))) model.registerProperty?.(name);
  for (const name in model.validations) model.validations[name].length = counts.get(name) ?? 0;
}
