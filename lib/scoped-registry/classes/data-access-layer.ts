import {watchForeignReferences} from './foreign-references';
import type {Dictionary, ModelClass, RemoteOperation} from '../juggler/types';
import {
  guardLateCallbacksOfInstances,
  guardLateCallbacksOfStatics as guardLateReturnsToClass,
} from '../operations/late-callbacks';
import type {SharedPrototypes} from './shared-prototype';
import {isStaticLayer, layerOver} from './static-layer';
import {defineOwn} from '../primitives/own-property';
import {haveSameItems} from '../primitives/same-items';
import {isLightClass} from './change-detection';

/** What an object with methods was made of. */
class Methods {
  readonly names: string[] = [];
  readonly values: unknown[] = [];

  constructor(source: object) {
    for (const name of Object.keys(source)) {
      // juggler merges these
      if (name === '_mixins') continue;
      this.names.push(name);
      this.values.push((source as Dictionary<unknown>)[name]);
    }
  }

  /** Whether a source is still made of the same. */
  areThoseOf(source: object): boolean {
    const {names, values} = this;
    let index = 0;
    for (const name of Object.keys(source)) {
      if (name === '_mixins') continue;
      if (name !== names[index] || (source as Dictionary<unknown>)[name] !== values[index]) return false;
      index++;
    }
    return index === names.length;
  }

  equals({names, values}: Methods): boolean {
    return haveSameItems(this.names, names) && haveSameItems(this.values, values);
  }
}

/** The methods that a datasource mixes in, for classes and for instances, and the layers that have them, by what is below. */
class MixedIn {
  readonly #layers = new WeakMap<object, WeakRef<object>>();

  constructor(
    readonly statics: Methods,
    readonly instances: Methods,
  ) {}

  layer(below: object, make: () => object): object {
    const known = this.#layers.get(below)?.deref();
    if (known) return known;
    const layer = make();
    this.#layers.set(below, new WeakRef(layer));
    return layer;
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
  /** By the object of a datasource that has its methods: looked at for changes at each use. */
  #mixedIn = new WeakMap<Function, MixedIn>();

  constructor(private readonly prototypes: SharedPrototypes) {}

  /**
   * Does as juggler's `DataSource.prototype.mixin`.
   * @param dao the datasource's DataAccessObject
   * @param prepare called before methods of it are used for the first time, and when they have changed
   * @returns 'layered' where the class inherits all of it; 'own' where some had to become the class's own, which nothing guards yet;
   * undefined where nothing was done: juggler's own is to do it
   */
  mixInto(
    model: ModelClass,
    dao: Function,
    operations: Dictionary<RemoteOperation>,
    prepare: (dao: Function) => void,
  ): 'layered' | 'own' | undefined {
    const statics = Object.getPrototypeOf(model) as object;
    if (!isLightClass(model) || !isStaticLayer(statics)) return undefined;
    const mixins = Array.isArray(model._mixins) ? model._mixins : defineOwn<unknown[]>(model, '_mixins', [], true);
    let isLayered = true;
    if (!mixins.includes(dao)) {
      const methods = this.#mixedInBy(dao, prepare);
      mixins.push(dao, ...((dao as Partial<ModelClass>)._mixins ?? []).filter(mixin => !mixins.includes(mixin)));
      Object.setPrototypeOf(
        model,
        methods.layer(statics, () => this.#layer(statics, methods.statics, layerOver, guardStatics)),
      );
      const isPut = putOver(model, dao);
      const prototype = model.prototype as object;
      const over = (below: object) =>
        methods.layer(below, () =>
          this.#layer(below, methods.instances, below => this.prototypes.over(below), guardLateCallbacksOfInstances),
        );
      isLayered = this.prototypes.putBelowAccessors(prototype, methods.instances.names, over);
      if (isLayered) isLayered = !putOver(prototype, dao.prototype as object) && !isPut;
      else {
        const {names, values} = methods.instances;
        names.forEach((name, index) => defineOwn(prototype, name, values[index], true));
      }
    }
    decorate(operations);
    return isLayered ? 'layered' : 'own';
  }

  #mixedInBy(dao: Function, prepare: (dao: Function) => void): MixedIn {
    const known = this.#mixedIn.get(dao);
    if (known?.statics.areThoseOf(dao) && known.instances.areThoseOf(dao.prototype as object)) return known;
    prepare(dao);
    const mixedIn = new MixedIn(new Methods(dao), new Methods(dao.prototype as object));
    this.#mixedIn.set(dao, mixedIn);
    return mixedIn;
  }

  /** Datasources of one connector have different objects with the same methods. */
  #layer(below: object, methods: Methods, make: (below: object) => object, guard: Guard): object {
    const hasThem = (layer: object | undefined) => layer !== undefined && this.#methods.get(layer)?.equals(methods);
    if (hasThem(below)) return below;
    const refs = this.#over.get(below) ?? [];
    const known = refs.find(ref => hasThem(ref.deref()))?.deref();
    if (known) return known;
    const layer = make(below);
    methods.names.forEach((name, index) => defineOwn(layer, name, methods.values[index], true));
    guard(layer);
    this.#methods.set(layer, methods);
    this.#over.set(below, [...refs.filter(ref => ref.deref()), new WeakRef(layer)]);
    return layer;
  }
}

function guardStatics(statics: object): void {
  watchForeignReferences(statics as ModelClass);
  guardLateReturnsToClass(statics);
}

/**
 * juggler puts the methods in place of what a class has of its own.
 * @returns whether there was any
 */
function putOver(place: object, methods: object): boolean {
  let isPut = false;
  for (const name of Object.getOwnPropertyNames(place)) {
    if (name === '_mixins' || !Object.prototype.propertyIsEnumerable.call(methods, name)) continue;
    defineOwn(place, name, (methods as Dictionary<unknown>)[name], true);
    isPut = true;
  }
  return isPut;
}

/** As juggler does with each class: remoting reads the descriptions of operations on the methods. */
function decorate(operations: Dictionary<RemoteOperation>): void {
  for (const name in operations) {
    const operation = operations[name];
    if (!operation.enabled) continue;
    const method = operation.scope[operation.fnName];
    for (const key in operation) {
      if (key === 'scope' || key === 'fnName' || key === 'prototype') continue;
      const value = operation[key];
      if (value !== undefined && method[key] !== value && Object.hasOwn(operation, key)) method[key] = value;
    }
  }
}
