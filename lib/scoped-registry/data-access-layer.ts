import {watchForeignHolds} from './foreign-holds';
import type {Dictionary, ModelClass, RemoteOperation} from './juggler';
import {guardInstances, guardStatics as guardLateReturnsToClass} from './late-return';
import type {SharedPrototypes} from './shared-prototype';
import {isLayer, layerOver} from './static-layer';
import {own} from './dictionary';
import {isLight} from './untouched';

/** What an object with methods was made of. */
class Methods {
  readonly names: readonly string[];
  readonly values: readonly unknown[];

  constructor(source: object) {
    // juggler merges these
    this.names = Object.keys(source).filter(name => name !== '_mixins');
    this.values = this.names.map(name => (source as Dictionary<unknown>)[name]);
  }

  equals({names, values}: Methods): boolean {
    return isEqual(this.names, names) && isEqual(this.values, values);
  }
}

type Guard = (place: object) => void;

/**
 * The data access methods that datasources mix into their models: once for all classes that inherit the same and get the
 * same. Such a layer refers to what is below and to the methods, and is gone with the last class that uses it.
 */
export class DataAccessLayers {
  #methods = new WeakMap<object, Methods>();
  #over = new WeakMap<object, WeakRef<object>[]>();

  constructor(private readonly prototypes: SharedPrototypes) {}

  /**
   * Does as juggler's `DataSource.prototype.mixin`.
   * @param dao the datasource's DataAccessObject
   * @returns false where nothing was done: juggler's own is to do it
   */
  mixInto(model: ModelClass, dao: Function, operations: Dictionary<RemoteOperation>): boolean {
    const statics = Object.getPrototypeOf(model) as object;
    if (!isLight(model) || !isLayer(statics)) return false;
    const mixins = Array.isArray(model._mixins) ? model._mixins : own<unknown[]>(model, '_mixins', [], true);
    if (!mixins.includes(dao)) {
      mixins.push(dao, ...((dao as Partial<ModelClass>)._mixins ?? []).filter(mixin => !mixins.includes(mixin)));
      Object.setPrototypeOf(model, this.#layer(statics, dao, layerOver, guardStatics));
      putOver(model, dao);
      const prototype = model.prototype as object;
      const methods = dao.prototype as object;
      const names = Object.keys(methods);
      const isPut = this.prototypes.putBelow(prototype, names, below =>
        this.#layer(below, methods, below => this.prototypes.over(below), guardInstances),
      );
      if (isPut) putOver(prototype, methods);
      else for (const name of names) own(prototype, name, (methods as Dictionary<unknown>)[name], true);
    }
    decorate(operations);
    return true;
  }

  #layer(below: object, source: object, make: (below: object) => object, guard: Guard): object {
    const methods = new Methods(source);
    const hasThem = (layer: object | undefined) => layer !== undefined && this.#methods.get(layer)?.equals(methods);
    if (hasThem(below)) return below;
    const refs = this.#over.get(below) ?? [];
    const known = refs.find(ref => hasThem(ref.deref()))?.deref();
    if (known) return known;
    const layer = make(below);
    methods.names.forEach((name, index) => own(layer, name, methods.values[index], true));
    guard(layer);
    this.#methods.set(layer, methods);
    this.#over.set(below, [...refs.filter(ref => ref.deref()), new WeakRef(layer)]);
    return layer;
  }
}

function guardStatics(statics: object): void {
  watchForeignHolds(statics as ModelClass);
  guardLateReturnsToClass(statics);
}

/** juggler puts the methods in place of what a class has of its own. */
function putOver(place: object, methods: object): void {
  for (const name of Object.getOwnPropertyNames(place)) {
    const isMixed = name !== '_mixins' && Object.prototype.propertyIsEnumerable.call(methods, name);
    if (isMixed) own(place, name, (methods as Dictionary<unknown>)[name], true);
  }
}

/** As juggler does with each class: remoting reads the descriptions of operations on the methods. */
function decorate(operations: Dictionary<RemoteOperation>): void {
  for (const name in operations) {
    const operation = operations[name];
    if (!operation.enabled) continue;
    const method = operation.scope[operation.fnName];
    for (const [key, value] of Object.entries(operation)) {
      if (!['scope', 'fnName', 'prototype'].includes(key) && value !== undefined) method[key] = value;
    }
  }
}

function isEqual(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
