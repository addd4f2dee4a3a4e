import type {Dictionary} from './juggler';
import {isModelClass} from './juggler';
import {isJugglerObject, isPlainData, isRemoved, isTyped} from './property-shape';

/**
 * Makes the embedded class of a shape.
 * @param shown what its definition shows in place of the shape, where that has been written into since
 */
export type MakePart = (shape: object, shown?: object) => unknown;

/**
 * What a property resolves to that has an embedded class, which is made when somebody asks for it: most models of most tenants are
 * defined long before they are used, if ever.
 */
export class DeferredPart {
  #type: unknown;
  #make: MakePart | undefined;
  #shown: object | undefined;

  /** @param property `isDeferrable`, and nobody else's to write to */
  constructor(
    private property: unknown,
    private readonly valueTypes: Dictionary<Function>,
    make: MakePart,
  ) {
    this.#make = make;
  }

  /** juggler is about to write into the property, as what is around the class: that is made of it as it was. */
  keep(): void {
    const shape = this.property as Dictionary<unknown>;
    // its attributes are no part of the class
    if (isTyped(shape, false)) return;
    this.#shown = shape;
    for (const name of Object.keys(shape)) if (isRemoved(shape[name])) delete shape[name];
    this.property = {...shape};
  }

  get type(): unknown {
    if (this.#make) {
      this.#type = this.#resolve(this.property, false, this.#make);
      this.#make = undefined;
    }
    return this.#type;
  }

  /** As juggler's `resolveType` does it. */
  #resolve(property: unknown, isSubProperty: boolean, make: MakePart): unknown {
    if (typeof property === 'function') return property;
    if (typeof property === 'string') return this.valueTypes[property.toLowerCase()];
    if (Array.isArray(property)) return [this.#resolve(property[0], false, make)];
    const shape = property as Dictionary<unknown>;
    return isTyped(shape, isSubProperty)
      ? this.#resolve(shape.type, true, make)
      : make(shape, shape === this.property ? this.#shown : undefined);
  }
}

/** The types of properties, embedded classes made. */
export function allTypes(types: readonly unknown[]): readonly unknown[] {
  return types.some(isDeferred) ? types.map(typeNow) : types;
}

/** The types that are there. */
export function madeTypes(types: readonly unknown[]): readonly unknown[] {
  return types.some(isDeferred) ? types.filter(type => !isDeferred(type)) : types;
}

export function typeNow(type: unknown): unknown {
  return isDeferred(type) ? type.type : type;
}

function isDeferred(type: unknown): type is DeferredPart {
  return type instanceof DeferredPart;
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
export function isDeferrable(property: unknown, valueTypes: Dictionary<Function>): boolean {
  return typeof property === 'object' && kindOf(property, false, valueTypes, 0) === Kind.Part;
}

function kindOf(property: unknown, isSubProperty: boolean, valueTypes: Dictionary<Function>, depth: number): Kind {
  switch (typeof property) {
    case 'function':
      return isModelClass(property) ? Kind.Open : Kind.ValueType;
    case 'string':
      return isValueType(property, valueTypes) ? Kind.ValueType : Kind.Open;
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

function isValueType(name: string, valueTypes: Dictionary<Function>): boolean {
  const type = (valueTypes[name] ?? valueTypes[name.toLowerCase()]) as Function | undefined;
  return typeof type === 'function' && !isModelClass(type);
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
