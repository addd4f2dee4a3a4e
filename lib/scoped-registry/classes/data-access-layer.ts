import {watchForeignReferences} from './noted-references';
import type {Dictionary, ModelClass, RemoteOperation} from '../juggler/types';
import {guardDefiningStatics} from '../operations/cross-tenant-use';
import {guardLateCallbacksOfInstances, guardLateCallbacksOfStatics} from '../operations/late-callbacks';
import type {SharedPrototypes} from './shared-prototype';
import {isStaticLayer, layerOver} from './static-layer';
import {defineOwn} from '../primitives/own-property';
import {haveSameItems} from '../primitives/same-items';
import {isLightClass} from './change-detection';

/** The enumerable own properties of an object with methods, at one moment. */
class MethodList {
  readonly names: string[] = [];
  readonly values: unknown[] = [];

  constructor(source: object) {
    for (const name of Object.keys(source)) {
      // jutil.mixin merges this list into the class's list instead of copying it
      if (name === '_mixins') continue;
      this.names.push(name);
      this.values.push((source as Dictionary<unknown>)[name]);
    }
  }

  /** Whether `source` has exactly these properties now. */
  isCurrentFor(source: object): boolean {
    const {names, values} = this;
    let index = 0;
    for (const name of Object.keys(source)) {
      if (name === '_mixins') continue;
      if (name !== names[index] || (source as Dictionary<unknown>)[name] !== values[index]) return false;
      index++;
    }
    return index === names.length;
  }

  equals({names, values}: MethodList): boolean {
    return haveSameItems(this.names, names) && haveSameItems(this.values, values);
  }
}

/** The methods that one DataAccessObject mixes into classes and instances, and the layers made for them. */
class DataAccessMethods {
  /** Each layer, by the object from which the layer inherits. */
  readonly #layers = new WeakMap<object, WeakRef<object>>();

  constructor(
    readonly statics: MethodList,
    readonly instances: MethodList,
  ) {}

  /** Returns the layer over `below`. Calls `make` when there is none. */
  layer(below: object, make: () => object): object {
    const known = this.#layers.get(below)?.deref();
    if (known) return known;
    const layer = make();
    this.#layers.set(below, new WeakRef(layer));
    return layer;
  }
}

type Guard = (layer: object) => void;

/**
 * Mixes the data access methods of datasources into light classes. juggler copies the methods into each class. Here the
 * methods are on a layer, an object in the prototype chain. Classes that inherit from the same object and get the same methods
 * share one layer. A layer refers to the object below it and to the methods, not to the classes. It is collected with the last class
 * that uses it.
 */
export class DataAccessLayers {
  #methodsOfLayer = new WeakMap<object, MethodList>();
  #layersOver = new WeakMap<object, WeakRef<object>[]>();
  /** By DataAccessObject. User code may change that object, so it is compared with the entry at each use. */
  #methodsOfDao = new WeakMap<Function, DataAccessMethods>();

  constructor(private readonly prototypes: SharedPrototypes) {}

  /**
   * Mixes the methods of a datasource into a class, as juggler's DataSource.prototype.mixin does.
   * @param dao the datasource's DataAccessObject
   * @param prepare called with the DataAccessObject before its methods are used for the first time, and again when they have
   * changed
   * @returns 'layered' when the class inherits all methods from layers; 'own' when some methods had to become own properties of
   * the class, which the caller must guard; undefined when nothing was done, and the caller must call juggler's own `mixin`
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
      const methods = this.#methodsOf(dao, prepare);
      mixins.push(dao, ...((dao as Partial<ModelClass>)._mixins ?? []).filter(mixin => !mixins.includes(mixin)));
      Object.setPrototypeOf(
        model,
        methods.layer(statics, () => this.#layer(statics, methods.statics, layerOver, guardStatics)),
      );
      const hasOverwritten = overwriteOwn(model, dao);
      const prototype = model.prototype as object;
      const over = (below: object) =>
        methods.layer(below, () =>
          this.#layer(below, methods.instances, below => this.prototypes.over(below), guardLateCallbacksOfInstances),
        );
      isLayered = this.prototypes.putBelowAccessors(prototype, methods.instances.names, over);
      if (isLayered) isLayered = !overwriteOwn(prototype, dao.prototype as object) && !hasOverwritten;
      else {
        const {names, values} = methods.instances;
        names.forEach((name, index) => defineOwn(prototype, name, values[index], true));
      }
    }
    describeOperations(operations);
    return isLayered ? 'layered' : 'own';
  }

  #methodsOf(dao: Function, prepare: (dao: Function) => void): DataAccessMethods {
    const known = this.#methodsOfDao.get(dao);
    if (known?.statics.isCurrentFor(dao) && known.instances.isCurrentFor(dao.prototype as object)) return known;
    prepare(dao);
    const methods = new DataAccessMethods(new MethodList(dao), new MethodList(dao.prototype as object));
    this.#methodsOfDao.set(dao, methods);
    return methods;
  }

  /**
   * Returns a layer with these methods over `below`: `below` itself when it has them, else an existing layer, else a new one.
   * Layers are compared by their methods, because the datasources of one connector have different DataAccessObjects with the
   * same methods.
   */
  #layer(below: object, methods: MethodList, make: (below: object) => object, guard: Guard): object {
    const hasMethods = (layer: object | undefined) => layer !== undefined && this.#methodsOfLayer.get(layer)?.equals(methods);
    if (hasMethods(below)) return below;
    const refs = this.#layersOver.get(below) ?? [];
    const known = refs.find(ref => hasMethods(ref.deref()))?.deref();
    if (known) return known;
    const layer = make(below);
    methods.names.forEach((name, index) => defineOwn(layer, name, methods.values[index], true));
    guard(layer);
    this.#methodsOfLayer.set(layer, methods);
    this.#layersOver.set(below, [...refs.filter(ref => ref.deref()), new WeakRef(layer)]);
    return layer;
  }
}

function guardStatics(statics: object): void {
  watchForeignReferences(statics as ModelClass);
  guardLateCallbacksOfStatics(statics);
  guardDefiningStatics(statics);
}

/**
 * Replaces the own properties that a class or prototype has by the mixed-in methods of the same name. juggler's `mixin` passes
 * the option `override` and does the same; an inherited layer alone would be hidden by the own properties.
 * @returns whether there was such a property
 */
function overwriteOwn(target: object, methods: object): boolean {
  let hasOverwritten = false;
  for (const name of Object.getOwnPropertyNames(target)) {
    if (name === '_mixins' || !Object.prototype.propertyIsEnumerable.call(methods, name)) continue;
    defineOwn(target, name, (methods as Dictionary<unknown>)[name], true);
    hasOverwritten = true;
  }
  return hasOverwritten;
}

/** Copies the descriptions of the operations to the methods, where remoting reads them. juggler does this in each `mixin`. */
function describeOperations(operations: Dictionary<RemoteOperation>): void {
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
