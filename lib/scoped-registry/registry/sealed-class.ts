import type {EventEmitter} from 'node:events';
import {ownValue} from '../primitives/own-property';
import {madeOnce, ownStateOf} from '../ownership/class-record';
import type {ModelClass, ModelDefinition} from '../juggler/types';
import {isModelClass} from '../juggler/types';
import {isUnreadDefinition, definitionSourceOf} from '../classes/lazy-definition';
import {isTrackedOperation} from '../operations/operation';
import {isLightClass} from '../classes/change-detection';

/** The statics through which every use of a class goes: its constructor, its accessors and all data access. */
const GATES = ['settings', 'definition', 'dataSource', 'modelBuilder'] as const;

/** juggler's own state on a class: all of it may refer to other classes. */
const STATE = ['relations', 'scopes', '_scopeMeta', '_observers', 'validations', 'getter', 'setter', '_mixins'] as const;

/**
 * Ends classes whose registry has ended: from now on every use throws `error()`, and the class refers to no other.
 * Instances that somebody still holds can be read, not written. Emptying the definition and the accessors matters as
 * much as the statics: juggler's closures on the class hold them, and through them every class they mention.
 *
 * All that ends in one job is kept until that is over (each class has got a weak reference by then), and it may be memory that
 * a tenant is dropped for: so what can be common to the classes of a registry is.
 */
export class ClassSeal {
  readonly #refuse: () => never;
  /** What refuses and inherits from what classes of ours inherit from. */
  readonly #gated = new Map<object, object>();

  constructor(error: () => Error) {
    this.#refuse = () => {
      throw error();
    };
  }

  close(model: ModelClass): void {
    // its own: a transaction's copy of a class inherits from the class, which may be sealed already
    const definition = ownValue<ModelDefinition>(model, 'definition');
    if (isLightClass(model)) (madeOnce(model, '') as EventEmitter | undefined)?.removeAllListeners();
    else model.removeAllListeners?.();
    this.#gate(model);
    // emptied, not replaced: a transaction's copy of the class shares them
    for (const name of STATE) empty(ownStateOf<object>(model, name));
    // the models of the setting `models`, and what else user code or a mixin has put there
    for (const name of Object.getOwnPropertyNames(model)) {
      const {value, configurable} = Object.getOwnPropertyDescriptor(model, name) as {value: unknown; configurable: boolean};
      if (configurable && isModelClass(value)) delete (model as unknown as Record<string, unknown>)[name];
    }
    definitionSourceOf(definition)?.forget();
    if (definition && !isUnreadDefinition(definition)) {
      const {properties, rawProperties, settings} = definition;
      // the setters of juggler's accessors hold the property set of the time, not the definition
      for (const name in properties) empty(properties[name]);
      for (const object of [properties, rawProperties, settings]) empty(object);
      definition.relations = [];
      definition._ids = definition.json = undefined;
    }
    readOnly(model.prototype as object, this.#refuse);
    Object.defineProperty(model.prototype, 'toObject', {
      value: loadedValues,
      enumerable: false,
      configurable: true,
      writable: true,
    });
  }

  #gate(model: ModelClass): void {
    if (!isLightClass(model)) return this.#refuseAll(model);
    for (const name of GATES) Reflect.deleteProperty(model, name);
    const statics = Object.getPrototypeOf(model) as object;
    let gated = this.#gated.get(statics);
    if (!gated) {
      gated = Object.create(statics) as object;
      this.#refuseAll(gated);
      this.#gated.set(statics, gated);
    }
    Object.setPrototypeOf(model, gated);
  }

  #refuseAll(place: object): void {
    const refuse = this.#refuse;
    for (const name of GATES) {
      // a transaction's copy of a class has a dataSource for good
      if (Object.getOwnPropertyDescriptor(place, name)?.configurable === false) continue;
      Object.defineProperty(place, name, {get: refuse, set: refuse, enumerable: false, configurable: true});
    }
  }
}

/**
 * Lets a class that was replaced by a newer one of its name notice the end of its registry, which may know it no more:
 * each use looks, and the first one after the end seals the class.
 */
export function sealAtFirstUseAfterEnd(model: ModelClass, registry: {assertUsable(): void}): void {
  const values = new Map<string, unknown>();
  const check = () => {
    try {
      registry.assertUsable();
    } catch (ended) {
      for (const [name, value] of values) Object.defineProperty(model, name, {value, configurable: true});
      new ClassSeal(() => ended as Error).close(model);
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
    const set = (value: unknown) => {
      check();
      values.set(name, value);
    };
    Object.defineProperty(model, name, {get, set, enumerable, configurable: true});
  }
}

/**
 * Replaces the accessors of a model's properties by ones that read the loaded value and hold nothing but its name, and
 * everything else (methods, scopes, relations: all of them lead to other classes) by refusals.
 */
function readOnly(prototype: object, refuse: () => never): void {
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const property = Object.getOwnPropertyDescriptor(prototype, name)!;
    if (name === 'constructor' || !property.configurable) continue;
    const {enumerable = false} = property;
    if (property.set) {
      const key = name.startsWith('$') ? name.slice(1) : name;
      const get = function (this: {__data?: Record<string, unknown>}) {
        return this.__data?.[key];
      };
      Object.defineProperty(prototype, name, {get, set: refuse, enumerable, configurable: true});
    } else if (typeof property.value === 'function') {
      // it answers by callback or promise, as its callers expect
      if (isTrackedOperation(property.value as object)) continue;
      Object.defineProperty(prototype, name, {value: refuse, enumerable, configurable: true, writable: true});
    } else {
      delete (prototype as Record<string, unknown>)[name];
    }
  }
}

/** In place of juggler's `toObject`, which reads the class. */
function loadedValues(this: {__data?: object}): object {
  return {...this.__data};
}

function empty(object: object | undefined): void {
  if (Array.isArray(object)) object.length = 0;
  for (const name in object) if (Object.hasOwn(object, name)) delete (object as Record<string, unknown>)[name];
}
