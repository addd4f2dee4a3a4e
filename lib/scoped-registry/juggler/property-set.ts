/**
 * How juggler reads a property set (ModelBuilder.prototype.resolveType and ModelDefinition.prototype.build), in one
 * place: the look-up by structure and the private copy of a literal must agree on it.
 */

type PlainObject = Record<string, unknown>;

/** juggler's own test, by the name of the constructor. Throws for an object without one, as juggler does. */
export function isJugglerObject(value: unknown): value is PlainObject {
  return typeof value === 'object' && value !== null && (value.constructor === Object || value.constructor.name === 'Object');
}

/** `{type: X, ...}`: a property with attributes. Below `type`, the key `type` is a property like any other. */
export function isTyped(value: PlainObject, isSubProperty: boolean): boolean {
  return !isSubProperty && Boolean(value.type);
}

/** A nested object that juggler turns into an embedded model. */
export function isEmbeddedShape(value: unknown, isSubProperty: boolean): boolean {
  return isJugglerObject(value) && !isTyped(value, isSubProperty);
}

/** juggler's `define` deletes these from a property set, so they are no part of its structure. */
export function isRemoved(value: unknown): boolean {
  return value === null || value === false;
}

/** An object or array that holds nothing but data, so that it can be copied and compared by content. */
export function isPlainData(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Whether juggler may write something into a property that counts, when it makes the classes, also that around it: `updateOnly` into
 * the attributes of what is the id (in a nested object that is a property switched off), what it needs into options of `required`.
 */
export function mayBeWritten(property: unknown): boolean {
  if (typeof property !== 'object' || property === null) return false;
  const {id, type, required} = property as PlainObject;
  return Boolean(id && type) || typeof required === 'object' || Object.values(property).some(mayBeWritten);
}
