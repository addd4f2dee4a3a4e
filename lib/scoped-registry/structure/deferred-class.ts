import {shareIdentity} from '../primitives/object-identity';
import type {Dictionary} from '../juggler/types';
import type {ValueTypesSnapshot} from '../juggler/value-types';
import {isJugglerObject, isPlainData, isRemoved, isTyped} from '../juggler/property-set';

/** Makes embedded classes as they would have been made when the model around them was defined. */
export interface DeferredClassMaker {
  /** Those of then. */
  readonly valueTypes: ValueTypesSnapshot;
  /** @param shown what its definition shows in place of the shape, where that has been written into since */
  makeDeferred(shape: object, shown?: object): unknown;
}

/**
 * What a property resolves to that has an embedded class, which is made when somebody asks for it: most models of most tenants are
 * defined long before they are used, if ever.
 */
export class DeferredClass {
  #type: unknown;
  #maker: DeferredClassMaker | undefined;
  /** The property before juggler wrote into it; true where that is to be made when it is asked for. */
  #before: object | true | undefined;
  #shown: Dictionary<unknown> | undefined;

  /**
   * @param property `isDeferrable`, and nobody else's to write to
   * @param isAlone whether nothing else is made of the same object
   */
  constructor(
    private readonly property: unknown,
    maker: DeferredClassMaker,
    private readonly isAlone: boolean,
  ) {
    this.#maker = maker;
  }

  /**
   * juggler is about to write `updateOnly` into the property, as what is around the class: that is made of it as it was.
   * @returns the object to write to, which takes the place of the property
   */
  toBeWritten(): Dictionary<unknown> {
    const shape = this.property as Dictionary<unknown>;
    // its attributes are no part of the class
    if (isTyped(shape, false)) return shape;
    if (this.isAlone && !('updateOnly' in shape)) {
      // mostly nobody asks for the class, and there is nothing to copy
      this.#before = true;
      return (this.#shown = shape);
    }
    this.#before = shape;
    this.#shown = {...shape};
    // under a key named default an object counts by identity
    shareIdentity(this.#shown, shape);
    return this.#shown;
  }

  get type(): unknown {
    if (this.#maker) {
      const shape = this.property as Dictionary<unknown>;
      const before = this.#before === true ? withoutUpdateOnly(shape) : (this.#before ?? shape);
      this.#type = resolve(before, false, this.#maker, this.#shown && takeOutRemoved(this.#shown));
      this.#maker = this.#before = this.#shown = undefined;
    }
    return this.#type;
  }
}

function withoutUpdateOnly(shape: Dictionary<unknown>): object {
  return Object.fromEntries(Object.entries(shape).filter(([name]) => name !== 'updateOnly'));
}

/** juggler takes out what is switched off when it makes the class, and writes after that. */
function takeOutRemoved(shape: Dictionary<unknown>): object {
  for (const name of Object.keys(shape)) if (name !== 'updateOnly' && isRemoved(shape[name])) delete shape[name];
  return shape;
}

/** What a property within a deferred part resolves to, whose embedded classes are deferred in turn. */
export function resolveDeferred(property: unknown, maker: DeferredClassMaker): unknown {
  return hasShape(property, false) ? new DeferredClass(property, maker, false) : resolve(property, false, maker);
}

/** As juggler's `resolveType` does it. */
function resolve(property: unknown, isSubProperty: boolean, maker: DeferredClassMaker, shown?: object): unknown {
  if (typeof property === 'function') return property;
  if (typeof property === 'string') return maker.valueTypes.named(property);
  if (Array.isArray(property)) return [resolve(property[0], false, maker)];
  const shape = property as Dictionary<unknown>;
  return isTyped(shape, isSubProperty) ? resolve(shape.type, true, maker) : maker.makeDeferred(shape, shown);
}

function hasShape(property: unknown, isSubProperty: boolean): boolean {
  if (typeof property !== 'object') return false;
  if (Array.isArray(property)) return hasShape(property[0], false);
  const shape = property as Dictionary<unknown>;
  return !isTyped(shape, isSubProperty) || hasShape(shape.type, true);
}

/** The types of properties, embedded classes made. */
export function makeDeferredTypes(types: readonly unknown[]): readonly unknown[] {
  return types.some(isDeferred) ? types.map(typeNow) : types;
}

/** The types that are there. */
export function typesAlreadyMade(types: readonly unknown[]): readonly unknown[] {
  return types.some(isDeferred) ? types.filter(type => !isDeferred(type)) : types;
}

function typeNow(type: unknown): unknown {
  return isDeferred(type) ? type.type : type;
}

function isDeferred(type: unknown): type is DeferredClass {
  return type instanceof DeferredClass;
}

/** Deeper than this nobody looks, nor into a cycle. */
const DEEPEST = 40;

const enum Kind {
  /** What else than itself decides what it resolves to, or who makes the class. */
  Open,
  ValueType,
  Part,
}

/**
 * Whether an own copy of a property has embedded classes that are the same whenever they are made: of value types and data alone, and
 * nothing that is left to juggler's `define`.
 */
export function isDeferrable(property: object, valueTypes: ValueTypesSnapshot): boolean {
  return kindOf(property, false, valueTypes, 0) === Kind.Part;
}

function kindOf(property: unknown, isSubProperty: boolean, valueTypes: ValueTypesSnapshot, depth: number): Kind {
  switch (typeof property) {
    case 'function':
      return valueTypes.isValueType(property) ? Kind.ValueType : Kind.Open;
    case 'string':
      return valueTypes.named(property) ? Kind.ValueType : Kind.Open;
    case 'object':
      break;
    default:
      return Kind.Open;
  }
  if (property === null || depth > DEEPEST) return Kind.Open;
  if (Array.isArray(property)) {
    if (property.length !== 1 || Array.isArray(property[0])) return Kind.Open;
    return kindOf(property[0], false, valueTypes, depth + 1);
  }
  if (Object.getPrototypeOf(property) !== Object.prototype || !isJugglerObject(property)) return Kind.Open;
  if (isTyped(property, isSubProperty)) {
    for (const name in property) if (name !== 'type' && !isData(property[name], depth + 1)) return Kind.Open;
    return kindOf(property.type, true, valueTypes, depth + 1);
  }
  for (const name in property) {
    const value = property[name];
    if (isRemoved(value)) continue;
    if (!isOrdinaryName(name) || !isOrdinaryPart(value)) return Kind.Open;
    if (kindOf(value, false, valueTypes, depth + 1) === Kind.Open) return Kind.Open;
  }
  return Kind.Part;
}

/** juggler looks names up in plain objects, where some mean something else, and refuses others. */
export function isOrdinaryName(name: string): boolean {
  return !(name in Object.prototype) && !name.includes('.');
}

/** Nothing that juggler generates, or writes into the options of. */
export function isOrdinaryPart(property: unknown): boolean {
  if (typeof property !== 'object' || property === null) return true;
  const {id, generated, required} = property as Dictionary<unknown>;
  return !(id && generated) && (typeof required !== 'object' || required === null);
}

/** Attributes by which a structure is found again. */
function isData(value: unknown, depth: number): boolean {
  if (typeof value === 'symbol') return false;
  if (typeof value !== 'object' || value === null) return true;
  if (depth > DEEPEST || !isPlainData(value)) return false;
  for (const name in value) if (!isData((value as Dictionary<unknown>)[name], depth + 1)) return false;
  return true;
}
