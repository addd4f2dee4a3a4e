/**
 * The rules by which juggler reads a property set (ModelBuilder.prototype.resolveType and ModelDefinition.prototype.build).
 * They are in one file because the look-up by structure and the private copies of literals must apply the same rules.
 */
import {types} from 'node:util';

type PlainObject = Record<string, unknown>;

/** The greatest value of the option `maxDepth`: juggler's recursion needs about half of Node's default stack for that many levels. */
export const MOST_LEVELS = 200;

/**
 * Whether juggler's `resolveType` treats a value as a property with attributes or as a nested object: whether the constructor
 * of the value is named `Object`. Throws a TypeError for an object without a constructor, as juggler does.
 */
export function isJugglerObject(value: unknown): value is PlainObject {
  return typeof value === 'object' && value !== null && (value.constructor === Object || value.constructor.name === 'Object');
}

/**
 * Whether an object is a property with attributes, `{type: X, ...}`. An object that is itself the value of a key `type` is a
 * sub-property: there, the key `type` names an ordinary property.
 */
export function isTyped(value: PlainObject, isSubProperty: boolean): boolean {
  return !isSubProperty && Boolean(value.type);
}

/** Whether a value is a nested object, which juggler turns into an embedded class. */
export function isEmbeddedShape(value: unknown, isSubProperty: boolean): boolean {
  return isJugglerObject(value) && !isTyped(value, isSubProperty);
}

/**
 * Whether a property is null or false. juggler's `define` deletes such properties from a property set, so they are no part of
 * its structure.
 */
export function isRemoved(value: unknown): boolean {
  return value === null || value === false;
}

/**
 * Whether an object is an array or a plain object, which can be copied and compared by content. A Proxy is neither: it may give other
 * content each time.
 */
export function isPlainData(value: object): boolean {
  if (types.isProxy(value)) return false;
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Whether juggler may write something into a property or its parts that changes its structure. Defining the embedded class, or
 * the model around it, writes in two places:
 * - `updateOnly` into the attributes of the id property, also of a list. In a nested object, `updateOnly: false` is a property that
 *   `isRemoved`, so there it does not count.
 * - `validation` into an object of options that is the value of `required` (validations.js).
 */
export function mayJugglerWriteInto(property: unknown): boolean {
  if (typeof property !== 'object' || property === null) return false;
  const {id, type, required} = property as PlainObject;
  return (
    Boolean(id && (type || Array.isArray(property))) ||
    typeof required === 'object' ||
    Object.values(property).some(mayJugglerWriteInto)
  );
}

/**
 * The levels of objects and arrays that juggler goes through to resolve a property: nested objects, items of arrays, types.
 * Infinity for more than `most` levels, and for a property that leads back to itself.
 */
export function levelsOf(
  property: unknown,
  isSubProperty: boolean,
  most = MOST_LEVELS,
  known = new Map<object, number>(),
): number {
  if (typeof property !== 'object' || property === null) return 0;
  const levels = known.get(property);
  if (levels !== undefined) return levels;
  if (most === 0) return Infinity;
  // what is found again before it is done lies on a cycle
  known.set(property, Infinity);
  let within = 0;
  for (const [part, isSub] of partsOf(property, isSubProperty)) within = Math.max(within, levelsOf(part, isSub, most - 1, known));
  known.set(property, within + 1);
  return within + 1;
}

/** What juggler resolves within a property. */
function partsOf(property: object, isSubProperty: boolean): (readonly [part: unknown, isSubProperty: boolean])[] {
  if (Array.isArray(property)) return [[property[0], false]];
  if (Object.getPrototypeOf(property) === null || !isJugglerObject(property)) return [];
  if (isTyped(property, isSubProperty)) return [[property.type, true]];
  return Object.values(property).map(part => [part, false] as const);
}
