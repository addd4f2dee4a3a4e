import {ownerOf} from '../ownership/class-owner';
import {restoreEntry} from '../primitives/own-property';
import {madeTypesOf} from './lazy-definition';
import {itemType} from '../juggler/item-type';
import type {Dictionary, ModelClass, Properties, Relation} from '../juggler/types';
import type {OwningRegistry} from '../ownership/owning-registry';
import {ownStateOf} from '../ownership/class-record';
import {removeAccessors} from './shared-prototype';
import {WeakBag} from '../primitives/weak-bag';

interface Listener {
  readonly on: WeakRef<ModelClass>;
  readonly event: string;
  readonly listener: (...args: unknown[]) => void;
}

/**
 * The statics that relations, scopes and mixins come from. juggler mixes all but the last into a class when that gets a
 * datasource.
 */
const HOLDING = [
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
 * What models of other registries hold to the models of one registry: relations, scopes, properties and mixins that point
 * at them, and the listeners with which juggler waits for a relation's target. They would keep every class of the tenant alive, so
 * they are written down as they come to be and cut when the registry ends; nothing has to be searched for.
 */
export class ForeignReferences {
  #holders = new WeakBag<ModelClass>();
  #listeners: Listener[] | undefined;
  #slots: {dictionary: Dictionary<unknown>; name: string; before: unknown}[] | undefined;

  /** `holder`, a model of another registry, has a relation, scope, property or mixin that is a model of this one. */
  addHolder(holder: ModelClass): void {
    this.#holders.add(holder);
  }

  /** A model of this registry waits, by a listener, for `on`, a model of another. */
  addListener(on: ModelClass, event: string, listener: Listener['listener']): void {
    const stillWaiting = ({on, event, listener}: Listener) => on.deref()?.listeners?.(event).includes(listener) ?? false;
    if (this.#listeners && this.#listeners.length % 32 === 31) this.#listeners = this.#listeners.filter(stillWaiting);
    (this.#listeners ??= []).push({on: new WeakRef(on), event, listener});
  }

  /** A dictionary of the process is about to get a class of this registry under a name. */
  addSlot(dictionary: Dictionary<unknown>, name: string): void {
    // what another tenant has put there is not kept for later
    const before = ownerOf(dictionary[name]) ? undefined : dictionary[name];
    (this.#slots ??= []).push({dictionary, name, before});
  }

  cut(owner: OwningRegistry): void {
    for (const {dictionary, name, before} of this.#slots ?? []) {
      if (ownerOf(dictionary[name]) === owner) restoreEntry(dictionary, name, before);
    }
    this.#slots = undefined;
    for (const {on, event, listener} of this.#listeners ?? []) on.deref()?.removeListener?.(event, listener);
    this.#listeners = undefined;
    for (const holder of this.#holders) {
      const relations = pointingAt(owner, holder.relations).map(name => [name, holder.relations![name]] as const);
      for (const [name] of relations) {
        delete holder.relations![name];
        // a relation with embedded or referenced models validates them
        delete holder.validations?.[name];
        removeScope(holder, name, holder.prototype as object);
      }
      for (const name of pointingAt(owner, holder.scopes)) removeScope(holder, name, holder);
      const defaults = relations.filter(([, {type}]) => type === 'referencesMany').map(([, {keyFrom}]) => keyFrom!);
      renewProperties(holder, type => ownerOf(type) === owner, defaults);
      removeMixins(holder, owner);
    }
    this.#holders.clear();
  }
}

/** Writes down the holds that a model has on tenants' models of other registries. Shared ones may be held. */
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

const watching = new WeakMap<Function, Function>();

/** From now on `model` has its holds written down as they come to be. */
export function watchForeignReferences(model: ModelClass): void {
  const statics = model as unknown as Dictionary<Function | undefined>;
  for (const name of HOLDING) {
    const hold = statics[name];
    if (typeof hold !== 'function') continue;
    let watched = watching.get(hold);
    if (!watched) {
      watched = function (this: ModelClass, ...args: unknown[]): unknown {
        const result: unknown = hold.apply(this, args);
        noteForeignReferences(this);
        return result;
      };
      Object.defineProperty(watched, 'name', {value: hold.name});
      Object.assign(watched, hold);
      watching.set(hold, watched);
      // base classes hand it down
      watching.set(watched, watched);
    }
    if (watched !== hold) statics[name] = watched;
  }
}

function pointingAt(owner: OwningRegistry, relations: Record<string, Relation> | undefined): string[] {
  return Object.keys(relations ?? {}).filter(name => {
    const {modelTo, modelThrough} = relations![name];
    return ownerOf(modelTo) === owner || ownerOf(modelThrough) === owner;
  });
}

/**
 * A scope consists of its record, its meta data, and an accessor with methods like `__get__orders`: on the prototype for a
 * relation, on the class for a scope of its own. A class has statics of its own by a relation's name, such as `settings`.
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

/** Of what came with a mixin, the methods of its relations and scopes lead to its classes. */
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
 * Removes the properties of some types, and gives others a default of their own: that of a list of references is a
 * closure of the relation's. An accessor of juggler's holds the property set of the time when it was registered, so the
 * accessors that stay are registered anew; that repeats the validations that come with a property.
 */
function renewProperties(model: ModelClass, isGone: (type: unknown) => boolean, lists: readonly string[]): void {
  const {definition, validations} = model;
  if (!definition) return;
  const {properties, rawProperties} = definition;
  const gone = Object.keys(properties).filter(name => isGone(itemType(properties[name]?.type)));
  if (gone.length === 0 && lists.length === 0) return;
  const connector = model.dataSource?.connector;
  const entry = connector && ownerOf(model)?.tables.tableOf(connector)[model.modelName];
  // the connector has a property set of its own, from when the model was attached
  const sets = [rawProperties, properties, entry?.properties as Properties | undefined];
  for (const name of gone) {
    for (const set of sets) delete set?.[name];
    delete validations?.[name];
    removeAccessors(model.prototype as object, name);
  }
  for (const name of lists) {
    for (const set of sets) if (set?.[name]) (set[name] as {default?: unknown}).default = () => [];
  }
  const counts = new Map(Object.entries(validations ?? {}).map(([name, list]) => [name, list.length]));
  for (const name of Object.keys(definition.build(true))) model.registerProperty?.(name);
  for (const name in model.validations) model.validations[name].length = counts.get(name) ?? 0;
}
