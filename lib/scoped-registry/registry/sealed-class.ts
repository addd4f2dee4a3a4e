import type {EventEmitter} from 'node:events';
import {defineOwn, ownKeys, ownValue} from '../primitives/own-property';
import {ownerOf} from '../ownership/class-owner';
import {notePlainGetter} from '../ownership/class-home';
import {EMITTER, madeSoFar, ownStateOf} from '../ownership/class-record';
import type {ModelClass, ModelDefinition} from '../juggler/types';
import {isModelClass} from '../juggler/types';
import {isUnreadDefinition, definitionSourceOf} from '../classes/lazy-definition';
import {isTrackedOperation} from '../operations/operation';
import {replaceBaseConstructor} from '../classes/class-constructor';
import {isLightClass} from '../classes/change-detection';

/** Every use of a class reads one of these statics: the constructor, the accessors of properties, all data access. */
const GATES = ['settings', 'definition', 'dataSource', 'modelBuilder'] as const;

/** The statics that hold juggler's state of a class. All of them may refer to other classes. */
const STATE = ['relations', 'scopes', '_scopeMeta', '_observers', 'validations', 'getter', 'setter', '_mixins'] as const;

/** The statics that juggler's `define` makes as closures, and a class that it fills in gets from it. */
const DEFINE_CLOSURES = ['extend', 'registerProperty', 'forEachProperty', 'attachTo'];

/**
 * Seals the classes of an ended registry. Every use of a sealed class throws `error()`, and a sealed class refers to no other class.
 * Instances that user code still holds can be read but not written. The definition and the accessors must be emptied as well as the
 * statics: juggler's closures on the class hold them, and through them every class that they mention.
 *
 * The classes stay in memory until the turn of the event loop ends, because each of them has got a WeakRef. A tenant may be dropped
 * because memory is short, so the classes of one registry share what they can.
 */
export class ClassSeal {
  readonly #refuse: () => never;
  /** By the statics that light classes inherit: an object over these statics that refuses the gates. */
  readonly #gatedStatics = new Map<object, object>();

  constructor(error: () => Error) {
    this.#refuse = () => {
      throw error();
    };
  }

  /** Seals one class. */
  sealClass(model: ModelClass): void {
    restoreReplaced(model);
    // read the own property only: a transaction's copy inherits from the copied class, which throws if it is sealed already
    const definition = ownValue<ModelDefinition>(model, 'definition');
    if (isLightClass(model)) (madeSoFar(model, EMITTER) as EventEmitter | undefined)?.removeAllListeners();
    else model.removeAllListeners?.();
    this.#gate(model);
    // emptied in place, because a transaction's copy of the class shares these objects
    for (const name of STATE) empty(ownStateOf<object>(model, name));
    removeStatics(model);
    definitionSourceOf(definition)?.forget();
    if (definition && !isUnreadDefinition(definition)) {
      const {properties, rawProperties, settings} = definition;
      // juggler's setters (`registerProperty`) hold the properties as they were when the setters were made, not the definition
      for (const name in properties) empty(properties[name]);
      for (const object of [properties, rawProperties, settings]) empty(object);
      definition.relations = [];
      definition._ids = definition.json = undefined;
    }
    // a builder leads to its registry
    if (definition) definition.modelBuilder = undefined as never;
    if (!isLightClass(model)) this.#refuseClosures(model);
    const outside = prototypeOutside(model);
    replaceBaseConstructor(model, outside.constructor);
    readOnly(model.prototype as object, this.#refuse);
    leaveBase(model.prototype as object, outside, this.#refuse);
    Object.defineProperty(model.prototype, 'toObject', {
      value: loadedValues,
      enumerable: false,
      configurable: true,
      writable: true,
    });
  }

  /** juggler's `define` makes these statics as closures, which lead to the builder, the base and the properties. */
  #refuseClosures(model: ModelClass): void {
    for (const name of DEFINE_CLOSURES) {
      if (Object.getOwnPropertyDescriptor(model, name)?.configurable) defineOwn(model, name, this.#refuse, true);
    }
  }

  #gate(model: ModelClass): void {
    if (!isLightClass(model)) return this.#addGates(model);
    for (const name of GATES) Reflect.deleteProperty(model, name);
    // the statics of a base that ends as well lead to that base
    const statics = Object.getPrototypeOf(outermostOf(model)) as object;
    let gated = this.#gatedStatics.get(statics);
    if (!gated) {
      gated = Object.create(statics) as object;
      this.#addGates(gated);
      this.#gatedStatics.set(statics, gated);
      this.#gatedStatics.set(gated, gated);
    }
    Object.setPrototypeOf(model, gated);
  }

  #addGates(place: object): void {
    const refuse = this.#refuse;
    for (const name of GATES) {
      // the `dataSource` of a transaction's copy of a class cannot be redefined
      if (Object.getOwnPropertyDescriptor(place, name)?.configurable === false) continue;
      Object.defineProperty(place, name, {get: refuse, set: refuse, enumerable: false, configurable: true});
    }
  }
}

/**
 * Prepares a class that a newer class of its name has replaced. The registry may not know it any more, so the registry's end cannot seal
 * it. Instead each use of the class checks the registry, and the first use after the end seals the class.
 */
export function sealAtFirstUseAfterEnd(model: ModelClass, registry: {assertUsable(): void}): void {
  const values = new Map<string, unknown>();
  const check = () => {
    try {
      registry.assertUsable();
    } catch (ended) {
      new ClassSeal(() => ended as Error).sealClass(model);
      throw ended;
    }
  };
  for (const name of GATES) {
    const property = Object.getOwnPropertyDescriptor(model, name);
    if (!property?.configurable || !('value' in property)) continue;
    values.set(name, property.value);
    const {enumerable = false} = property;
    const get = () => {
      check();
      return values.get(name);
    };
    if (name === 'dataSource') notePlainGetter(get);
    const set = (value: unknown) => {
      check();
      values.set(name, value);
    };
    Object.defineProperty(model, name, {get, set, enumerable, configurable: true});
  }
  replaced.set(model, values);
}

/** By replaced class: what `sealAtFirstUseAfterEnd` has put its checks in place of. */
const replaced = new WeakMap<ModelClass, ReadonlyMap<string, unknown>>();

/** Undoes `sealAtFirstUseAfterEnd`, for a class that is about to be sealed. */
export function restoreReplaced(model: ModelClass): void {
  for (const [name, value] of replaced.get(model) ?? []) Object.defineProperty(model, name, {value, configurable: true});
  replaced.delete(model);
}

/**
 * Makes instances readable only. The accessors of properties are replaced by getters that read the loaded value and hold only its name.
 * Methods are replaced by refusals, and everything else is deleted: methods, scopes and relations all lead to other classes.
 */
function readOnly(prototype: object, refuse: () => never): void {
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const property = Object.getOwnPropertyDescriptor(prototype, name)!;
    if (!property.configurable) continue;
    // unless it is the accessor of a property of that name, which leads to other classes
    if (name === 'constructor' && !property.set) continue;
    const {enumerable = false} = property;
    if (property.set) {
      const key = name.startsWith('$') ? name.slice(1) : name;
      const get = function (this: {__data?: Record<string, unknown>}) {
        return this.__data?.[key];
      };
      Object.defineProperty(prototype, name, {get, set: refuse, enumerable, configurable: true});
    } else if (typeof property.value === 'function') {
      // a tracked operation gives the error by callback or promise, as its callers expect
      if (isTrackedOperation(property.value as object)) continue;
      Object.defineProperty(prototype, name, {value: refuse, enumerable, configurable: true, writable: true});
    } else {
      delete (prototype as Record<string, unknown>)[name];
    }
  }
}

/** The class itself, or its outermost base in the same registry. */
function outermostOf(model: ModelClass): ModelClass {
  const owner = ownerOf(model);
  let outermost = model;
  for (let at = Object.getPrototypeOf(model.prototype) as object | null; at; at = Object.getPrototypeOf(at) as object | null) {
    const constructor = ownValue<ModelClass>(at, 'constructor');
    if (!constructor) continue;
    if (!owner || ownerOf(constructor) !== owner) break;
    if (isLightClass(constructor)) outermost = constructor;
  }
  return outermost;
}

/**
 * Removes statics that lead to other classes: juggler puts the models of the setting `models` there, and scopes with their methods. User
 * code and mixins may add other classes.
 */
function removeStatics(model: ModelClass): void {
  const gates: readonly string[] = GATES;
  for (const name of Object.getOwnPropertyNames(model)) {
    const {value, get, configurable} = Object.getOwnPropertyDescriptor(model, name) as {
      value?: unknown;
      get?: unknown;
      configurable: boolean;
    };
    if (!configurable || gates.includes(name)) continue;
    const isOfScope = get !== undefined || (typeof value === 'function' && name.startsWith('__'));
    if (isOfScope || isModelClass(value)) delete (model as unknown as Record<string, unknown>)[name];
  }
}

/** The nearest prototype above a class's own that is of no class of its registry. */
function prototypeOutside(model: ModelClass): object {
  const owner = ownerOf(model);
  let at = Object.getPrototypeOf(model.prototype) as object;
  // a shared prototype has no constructor
  while (!Object.hasOwn(at, 'constructor') || (owner && ownerOf(at.constructor) === owner))
    at = Object.getPrototypeOf(at) as object;
  return at;
}

/** Takes a sealed class's prototype out of the chain of a base that ended with it. What instances inherited, they have themselves. */
function leaveBase(prototype: object, outside: object, refuse: () => never): void {
  let hasBase = false;
  const inherited: PropertyDescriptorMap = {};
  for (let at = Object.getPrototypeOf(prototype) as object; at !== outside; at = Object.getPrototypeOf(at) as object) {
    hasBase ||= Object.hasOwn(at, 'constructor');
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(at))) inherited[name] ??= property;
  }
  if (!hasBase) return;
  for (const name of Object.keys(inherited)) {
    if (!Object.hasOwn(prototype, name)) Object.defineProperty(prototype, name, {...inherited[name], configurable: true});
  }
  Object.setPrototypeOf(prototype, outside);
  readOnly(prototype, refuse);
}

/** Replaces juggler's `toObject`, which reads the class. */
function loadedValues(this: {__data?: object}): object {
  return {...this.__data};
}

/** Removes everything from an array or object that other code may hold. */
function empty(object: object | undefined): void {
  if (Array.isArray(object)) object.length = 0;
  for (const key of object ? ownKeys(object) : []) delete (object as Record<PropertyKey, unknown>)[key];
}
