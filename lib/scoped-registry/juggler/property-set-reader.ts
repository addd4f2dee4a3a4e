import {isJugglerObject, isPlainData, isRemoved, isTyped} from './property-set';
import type {Dictionary} from './types';

/** What an object within a property set is to juggler. */
export const enum Part {
  /** Properties: those of the class itself, or of an embedded one. */
  Shape = 1,
  /** `{type: …}` with attributes. */
  Typed,
  /** An array as a type: the first item is the type, juggler keeps the rest as attributes. */
  Items,
  /** The value of an attribute. */
  Data,
}

/** Is told what a property set consists of, in the order in which juggler reads it. */
export interface PropertySetVisitor {
  /** An object begins. */
  begin(part: Part, object: object): void;
  /** A key of the object that is being read; its value follows. */
  key(name: string): void;
  end(part: Part, object: object): void;
  /** The object that follows counts by identity too: juggler hands a default itself to instances. */
  identity(object: object): void;
  /**
   * @param raw whether the text counts as well as what it means
   * @returns false where the set cannot be read because of it
   */
  typeName(name: string, raw: boolean): boolean;
  type(type: Function): void;
  functionValue(value: Function): void;
  /** A value that is no object, function or symbol. */
  primitive(value: unknown): void;
}

/**
 * Reads a property set as juggler does. Two sets that are read alike make interchangeable classes.
 *
 * A property of the class itself counts as it resolves: `'string'` and `String` are one. What lies deeper counts as it stands as well
 * (`raw`), because juggler copies every key of a property's value into the property's attributes, also the properties of a nested
 * shape and the items of an array: there the text is part of what the class shows, and of what it does (a nested key named `default`
 * or `required` counts).
 * @returns false where the set cannot be read: it has a cycle, a symbol, or an object that is neither plain data nor a function.
 * juggler keeps such an object by reference, and nobody can tell when it changes. So it is with what juggler throws for.
 */
export function readPropertySet(shape: object, visitor: PropertySetVisitor): boolean {
  return readShape(shape, false, visitor, []);
}

/** @param open the objects that are being read, outermost first: meeting one again is a cycle */
function readShape(shape: object, raw: boolean, visitor: PropertySetVisitor, open: object[]): boolean {
  if (!enter(Part.Shape, shape, visitor, open)) return false;
  // for-in, as juggler reads it: inherited keys count, symbols do not
  for (const name in shape) {
    const property: unknown = (shape as Dictionary<unknown>)[name];
    if (isRemoved(property)) continue;
    // juggler throws for both: let it
    if (property === undefined || name.includes('.')) return false;
    visitor.key(name);
    if (raw && name === 'default' && typeof property === 'object') visitor.identity(property as object);
    if (!readProperty(property, false, raw, visitor, open)) return false;
  }
  return leave(Part.Shape, shape, visitor, open);
}

function readProperty(
  property: unknown,
  isSubProperty: boolean,
  raw: boolean,
  visitor: PropertySetVisitor,
  open: object[],
): boolean {
  if (typeof property === 'string' && property !== '') return visitor.typeName(property, raw);
  if (typeof property === 'function') {
    visitor.type(property);
    return true;
  }
  if (typeof property !== 'object' || property === null) return readData(property, false, visitor, open);
  if (Array.isArray(property)) return readItems(property as unknown as Dictionary<unknown>, visitor, open);
  if (Object.getPrototypeOf(property) === null || !isJugglerObject(property)) return false;
  if (!isTyped(property, isSubProperty)) return readShape(property, raw || !isSubProperty, visitor, open);
  return (
    enter(Part.Typed, property, visitor, open) &&
    readProperty(property.type, true, raw, visitor, open) &&
    readAttributes(property, 'type', false, visitor, open) &&
    leave(Part.Typed, property, visitor, open)
  );
}

function readItems(items: Dictionary<unknown>, visitor: PropertySetVisitor, open: object[]): boolean {
  if (!enter(Part.Items, items, visitor, open)) return false;
  // for-in on purpose: that is how juggler copies them
  for (const index in items) {
    visitor.key(index);
    const item = items[index];
    if (!(index === '0' ? readProperty(item, false, true, visitor, open) : readData(item, false, visitor, open))) return false;
  }
  return leave(Part.Items, items, visitor, open);
}

function readAttributes(
  attributes: object,
  besides: string | undefined,
  byIdentity: boolean,
  visitor: PropertySetVisitor,
  open: object[],
): boolean {
  for (const name in attributes) {
    if (name === besides) continue;
    visitor.key(name);
    const value = (attributes as Dictionary<unknown>)[name];
    if (!readData(value, byIdentity || name === 'default', visitor, open)) return false;
  }
  return true;
}

function readData(value: unknown, byIdentity: boolean, visitor: PropertySetVisitor, open: object[]): boolean {
  if (typeof value === 'object' && value !== null) {
    if (!isPlainData(value)) return false;
    if (byIdentity) visitor.identity(value);
    return (
      enter(Part.Data, value, visitor, open) &&
      readAttributes(value, undefined, byIdentity, visitor, open) &&
      leave(Part.Data, value, visitor, open)
    );
  }
  if (typeof value === 'symbol') return false;
  if (typeof value === 'function') visitor.functionValue(value);
  else visitor.primitive(value);
  return true;
}

function enter(part: Part, object: object, visitor: PropertySetVisitor, open: object[]): boolean {
  // a loop, for it is quicker than includes: there are few
  for (let index = 0; index < open.length; index++) if (open[index] === object) return false;
  open.push(object);
  visitor.begin(part, object);
  return true;
}

function leave(part: Part, object: object, visitor: PropertySetVisitor, open: object[]): true {
  open.pop();
  visitor.end(part, object);
  return true;
}
