import {shareIdentity} from '../primitives/object-identity';
import {isModelClass, type Dictionary, type ModelClass} from '../juggler/types';
import type {ValueTypesSnapshot} from '../juggler/value-types';
import {isJugglerObject, isPlainData, isRemoved, isTyped} from '../juggler/property-set';
import {ownKeys, ownSymbols} from '../primitives/own-property';

/** Makes the deferred embedded classes of one define, equal to those that the define itself would have made. */
export interface DeferredClassMaker {
  /** The value types at the time of the define. */
  readonly valueTypes: ValueTypesSnapshot;
  /** The base of the classes. */
  readonly base: ModelClass;
  /**
   * @param shape the nested object from which the class is made
   * @param written the nested object after a write (see `DeferredClass.prepareForWrite`): the definition of the class shows
   * this one
   */
  makeDeferred(shape: object, written?: object): unknown;
}

/**
 * Takes the place of a resolved type that contains an embedded class. The class is made when `type` is first read: when the
 * definition of the model around it is read, or an instance is made, for example. Most tenants define many models and use few
 * of them.
 */
export class DeferredClass {
  #type: unknown;
  /** Undefined once the class is made. */
  #maker: DeferredClassMaker | undefined;
  /** The property as it was before the write. `true` means: the property without its key `updateOnly`. */
  #original: object | true | undefined;
  /** The object that was written to. */
  #written: Dictionary<unknown> | undefined;

  /**
   * @param property a private copy for which `isDeferrable` is true
   * @param isAlone whether no other class is made from the same object
   */
  constructor(
    private readonly property: unknown,
    maker: DeferredClassMaker,
    private readonly isAlone: boolean,
  ) {
    this.#maker = maker;
  }

  /**
   * Returns an object into which the caller may write `updateOnly`, and which must take the place of the property. juggler's
   * `define` writes `updateOnly` into the id property after it has made the embedded classes, so the class must be made from
   * the property as it was before the write.
   */
  prepareForWrite(): Dictionary<unknown> {
    const shape = this.property as Dictionary<unknown>;
    // attributes beside `type` are no part of the class
    if (isTyped(shape, false)) return shape;
    if (this.isAlone && !('updateOnly' in shape)) {
      // avoids a copy: most deferred classes are never made, and the original can be made from the written object
      this.#original = true;
      return (this.#written = shape);
    }
    this.#original = shape;
    this.#written = {...shape};
    // an object under a key named `default` is compared by identity
    shareIdentity(this.#written, shape);
    return this.#written;
  }

  /** The base of the class; undefined once the class is made. */
  get base(): ModelClass | undefined {
    return this.#maker?.base;
  }

  /** The resolved type: the embedded class, or an array around it. Makes the class on the first read. */
  get type(): unknown {
    if (this.#maker) {
      const shape = this.property as Dictionary<unknown>;
      const original = this.#original === true ? withoutUpdateOnly(shape) : (this.#original ?? shape);
      this.#type = resolve(original, false, this.#maker, this.#written && deleteRemoved(this.#written));
      this.#maker = this.#original = this.#written = undefined;
    }
    return this.#type;
  }
}

function withoutUpdateOnly(shape: Dictionary<unknown>): object {
  return Object.fromEntries(Object.entries(shape).filter(([name]) => name !== 'updateOnly'));
}

/**
 * Deletes null and false properties, as juggler's `define` does when it makes a class. juggler writes `updateOnly` after that, so a
 * false `updateOnly` stays.
 */
function deleteRemoved(shape: Dictionary<unknown>): object {
  for (const name of Object.keys(shape)) if (name !== 'updateOnly' && isRemoved(shape[name])) delete shape[name];
  return shape;
}

/** Resolves a property of a deferred class. The embedded classes within it are deferred in turn. */
export function resolveDeferred(property: unknown, maker: DeferredClassMaker): unknown {
  return hasEmbeddedClass(property, false) ? new DeferredClass(property, maker, false) : resolve(property, false, maker);
}

/** Resolves a deferrable property as juggler's ModelBuilder.resolveType does. */
function resolve(property: unknown, isSubProperty: boolean, maker: DeferredClassMaker, written?: object): unknown {
  if (typeof property === 'function') return property;
  if (typeof property === 'string') return maker.valueTypes.named(property);
  if (Array.isArray(property)) return [resolve(property[0], false, maker)];
  const shape = property as Dictionary<unknown>;
  return isTyped(shape, isSubProperty) ? resolve(shape.type, true, maker) : maker.makeDeferred(shape, written);
}

function hasEmbeddedClass(property: unknown, isSubProperty: boolean): boolean {
  if (typeof property !== 'object') return false;
  if (Array.isArray(property)) return hasEmbeddedClass(property[0], false);
  const shape = property as Dictionary<unknown>;
  return !isTyped(shape, isSubProperty) || hasEmbeddedClass(shape.type, true);
}

/** Returns resolved types with each DeferredClass replaced by its class, which is made if necessary. */
export function makeDeferredTypes(types: readonly unknown[]): readonly unknown[] {
  return types.some(isDeferred) ? types.map(madeType) : types;
}

/** Returns resolved types without those that are still deferred. Makes no class. */
export function typesAlreadyMade(types: readonly unknown[]): readonly unknown[] {
  return types.some(isDeferred) ? types.filter(type => !isDeferred(type)) : types;
}

function madeType(type: unknown): unknown {
  return isDeferred(type) ? type.type : type;
}

function isDeferred(type: unknown): type is DeferredClass {
  return type instanceof DeferredClass;
}

/** Properties nested deeper than this are not deferred. The limit also ends the check of a cycle. */
const MAX_DEPTH = 40;

const enum Kind {
  /**
   * Cannot be deferred: a later change elsewhere may change what the property resolves to, or juggler's `define` must make the
   * class.
   */
  NotDeferrable,
  ValueType,
  EmbeddedClass,
}

/**
 * Whether a property resolves to an embedded class that may be made later, because it will be the same class at any time. That
 * is so when the property consists of value types and plain data, and does not need juggler's own `define`.
 * @param property a private copy: a later write by the caller would change the class
 */
export function isDeferrable(property: object, valueTypes: ValueTypesSnapshot): boolean {
  return kindOf(property, false, valueTypes, 0) === Kind.EmbeddedClass;
}

function kindOf(property: unknown, isSubProperty: boolean, valueTypes: ValueTypesSnapshot, depth: number): Kind {
  switch (typeof property) {
    case 'function':
      return valueTypes.isValueType(property) ? Kind.ValueType : Kind.NotDeferrable;
    case 'string':
      return valueTypes.named(property) ? Kind.ValueType : Kind.NotDeferrable;
    case 'object':
      break;
    default:
      return Kind.NotDeferrable;
  }
  if (property === null || depth > MAX_DEPTH || ownSymbols(property).length > 0) return Kind.NotDeferrable;
  if (Array.isArray(property)) {
    // a list with attributes has more keys
    const isOrdinaryList = property.length === 1 && Object.keys(property).length === 1 && !Array.isArray(property[0]);
    if (!isOrdinaryList) return Kind.NotDeferrable;
    return kindOf(property[0], false, valueTypes, depth + 1);
  }
  if (Object.getPrototypeOf(property) !== Object.prototype || !isJugglerObject(property)) return Kind.NotDeferrable;
  if (isTyped(property, isSubProperty)) {
    for (const name in property) if (name !== 'type' && !isData(property[name], depth + 1)) return Kind.NotDeferrable;
    return kindOf(property.type, true, valueTypes, depth + 1);
  }
  for (const name in property) {
    const value = property[name];
    if (isRemoved(value)) continue;
    if (!isOrdinaryName(name) || !isOrdinaryProperty(value)) return Kind.NotDeferrable;
    if (kindOf(value, false, valueTypes, depth + 1) === Kind.NotDeferrable) return Kind.NotDeferrable;
  }
  return Kind.EmbeddedClass;
}

/**
 * Whether a property name needs no special treatment. juggler looks names up in plain objects, where a name such as `toString`
 * finds an inherited member. And juggler refuses names with a dot.
 */
export function isOrdinaryName(name: string): boolean {
  return !(name in Object.prototype) && !name.includes('.');
}

/**
 * Whether a property is neither a generated id nor has an object of options as `required` nor an attribute named `__proto__`. juggler's
 * own `define` must make the others: it adds a validation for a generated id, writes into the options, and makes such an attribute the
 * prototype of the property's other attributes.
 */
export function isOrdinaryProperty(property: unknown): boolean {
  if (typeof property !== 'object' || property === null) return true;
  const {id, generated, required} = property as Dictionary<unknown>;
  const hasOptions = typeof required === 'object' && required !== null;
  return !(id && generated) && !hasOptions && !Object.hasOwn(property, '__proto__');
}

/**
 * Whether an attribute is plain data or functions at every depth, so that its structure has a hash (see `structureHash`). A model class
 * is no data: it may end before the embedded class is made.
 */
function isData(value: unknown, depth: number): boolean {
  if (isModelClass(value)) return false;
  if (typeof value !== 'object' || value === null) return true;
  if (depth > MAX_DEPTH || !isPlainData(value)) return false;
  return ownKeys(value).every(key => isData((value as Dictionary<unknown>)[key as string], depth + 1));
}
