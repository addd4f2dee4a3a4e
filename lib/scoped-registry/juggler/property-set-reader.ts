import {contentOfBuiltIn, type BuiltInContent} from '../primitives/built-in-values';
import {ownSymbols} from '../primitives/own-property';
import {isJugglerObject, isPlainData, isRemoved, isTyped, MOST_LEVELS} from './property-set';
import type {Dictionary} from './types';

/** The kinds of objects in a property set, as juggler reads them. */
export const enum Part {
  /** The properties of a class: of the class itself, or of an embedded class. */
  Shape = 1,
  /** `{type: …}` with attributes. */
  Typed,
  /** An array in the place of a type. juggler takes its first item as the item type and keeps the other items as attributes. */
  Items,
  /** The value of an attribute. */
  Data,
}

/** Receives the contents of a property set, in the order in which juggler reads them. */
export interface PropertySetVisitor {
  /** An object begins. */
  begin(part: Part, object: object): void;
  /** A key of the object that is being read; its value follows. */
  key(name: string | symbol): void;
  end(part: Part, object: object): void;
  /** The next object counts by identity too, because juggler gives a default object itself to instances. */
  identity(object: object): void;
  /**
   * @param raw whether the text itself counts too, not only the type that it names
   * @returns false when this name makes the set unreadable
   */
  typeName(name: string, raw: boolean): boolean;
  type(type: Function): void;
  /** A function, or an object that is neither plain data nor a value of a class of JavaScript. It counts by identity. */
  reference(value: object): void;
  /** A value that is neither an object nor a function. */
  primitive(value: unknown): void;
}

/**
 * Reads a property set as juggler does (ModelBuilder.prototype.resolveType, ModelDefinition.prototype.build). Two sets for which a
 * visitor receives the same make interchangeable classes.
 *
 * The properties of the class itself count by their types: `'string'` and `String` are the same there. At deeper levels the text
 * counts too (`raw`), because juggler copies every key of a property's value into the property's attributes. These attributes are
 * visible on the class and change its behaviour: a nested key named `default` or `required` is an attribute.
 *
 * juggler reads no symbols. The objects that hold them are visible on the class, so own enumerable symbols count at all levels.
 * @returns false for a set that cannot be read. It has a cycle or more levels than `MOST_LEVELS`, or an object in the place of a type that is neither plain data nor a
 * function; juggler takes that object itself as the type. Or juggler throws an error for the set.
 */
export function readPropertySet(shape: object, visitor: PropertySetVisitor): boolean {
  return readShape(shape, false, visitor, 0);
}

/** @param level how many objects are around this one. A cycle ends at the limit. */
function readShape(shape: object, raw: boolean, visitor: PropertySetVisitor, level: number): boolean {
  if (!enter(Part.Shape, shape, visitor, level)) return false;
  // juggler reads a property set by for-in, so inherited keys count
  for (const name in shape) {
    const property: unknown = (shape as Dictionary<unknown>)[name];
    if (isRemoved(property)) continue;
    // juggler throws an error for both, and that error must reach the caller
    if (property === undefined || name.includes('.')) return false;
    visitor.key(name);
    if (raw && name === 'default' && typeof property === 'object') visitor.identity(property as object);
    if (!readProperty(property, false, raw, visitor, level + 1)) return false;
  }
  return readSymbols(shape, false, visitor, level + 1) && leave(Part.Shape, shape, visitor);
}

function readProperty(
  property: unknown,
  isSubProperty: boolean,
  raw: boolean,
  visitor: PropertySetVisitor,
  level: number,
): boolean {
  if (typeof property === 'string' && property !== '') return visitor.typeName(property, raw);
  if (typeof property === 'function') {
    visitor.type(property);
    return true;
  }
  if (typeof property !== 'object' || property === null) return readData(property, false, visitor, level);
  if (Array.isArray(property)) return readItems(property as unknown as Dictionary<unknown>, visitor, level);
  if (Object.getPrototypeOf(property) === null || !isJugglerObject(property)) return false;
  if (!isTyped(property, isSubProperty)) return readShape(property, raw || !isSubProperty, visitor, level);
  return (
    enter(Part.Typed, property, visitor, level) &&
    readProperty(property.type, true, raw, visitor, level + 1) &&
    readAttributes(property, 'type', false, visitor, level + 1) &&
    leave(Part.Typed, property, visitor)
  );
}

function readItems(items: Dictionary<unknown>, visitor: PropertySetVisitor, level: number): boolean {
  if (!enter(Part.Items, items, visitor, level)) return false;
  // juggler copies the items by for-in, so extra keys of the array count: they are attributes of the property
  for (const name in items) {
    visitor.key(name);
    const item = items[name];
    const isRead =
      name === '0' ? readProperty(item, false, true, visitor, level + 1) : readData(item, name === 'default', visitor, level + 1);
    if (!isRead) return false;
  }
  return readSymbols(items, false, visitor, level + 1) && leave(Part.Items, items, visitor);
}

function readAttributes(
  attributes: object,
  besides: string | undefined,
  byIdentity: boolean,
  visitor: PropertySetVisitor,
  level: number,
): boolean {
  for (const name in attributes) {
    if (name === besides) continue;
    visitor.key(name);
    const value = (attributes as Dictionary<unknown>)[name];
    if (!readData(value, byIdentity || name === 'default', visitor, level)) return false;
  }
  return readSymbols(attributes, byIdentity, visitor, level);
}

function readSymbols(object: object, byIdentity: boolean, visitor: PropertySetVisitor, level: number): boolean {
  for (const symbol of ownSymbols(object)) {
    visitor.key(symbol);
    if (!readData((object as Record<symbol, unknown>)[symbol], byIdentity, visitor, level)) return false;
  }
  return true;
}

function readData(value: unknown, byIdentity: boolean, visitor: PropertySetVisitor, level: number): boolean {
  if (typeof value === 'object' && value !== null) {
    const isPlain = isPlainData(value);
    const content = isPlain ? undefined : contentOfBuiltIn(value);
    if (!isPlain && !content) {
      visitor.reference(value);
      return true;
    }
    if (byIdentity) visitor.identity(value);
    return (
      enter(Part.Data, value, visitor, level) &&
      (content
        ? readContent(value, content, visitor, level + 1)
        : readAttributes(value, undefined, byIdentity, visitor, level + 1)) &&
      leave(Part.Data, value, visitor)
    );
  }
  if (typeof value === 'function') visitor.reference(value);
  else visitor.primitive(value);
  return true;
}

/** Reads a value of a class of JavaScript. */
function readContent(value: object, {parts, keys}: BuiltInContent, visitor: PropertySetVisitor, level: number): boolean {
  visitor.reference(Object.getPrototypeOf(value) as object);
  // a separator: the parts and the own properties of a value may have the same keys
  visitor.primitive(parts.length);
  for (const [index, part] of parts.entries()) {
    visitor.key(String(index));
    if (!readData(part, false, visitor, level)) return false;
  }
  for (const key of keys) {
    visitor.key(key as string | symbol);
    if (!readData((value as Record<PropertyKey, unknown>)[key], false, visitor, level)) return false;
  }
  return true;
}

function enter(part: Part, object: object, visitor: PropertySetVisitor, level: number): boolean {
  if (level >= MOST_LEVELS) return false;
  visitor.begin(part, object);
  return true;
}

function leave(part: Part, object: object, visitor: PropertySetVisitor): true {
  visitor.end(part, object);
  return true;
}
