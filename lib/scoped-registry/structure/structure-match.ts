import {DeferredClass} from './deferred-class';
import type {TypeContext} from './type-context';
import {contentOfBuiltIn, type BuiltInContent} from '../primitives/built-in-values';
import {identityOf} from '../primitives/object-identity';
import {ownSymbols} from '../primitives/own-property';
import {itemType} from '../juggler/item-type';
import type {Dictionary} from '../juggler/types';
import {isJugglerObject, isPlainData, isRemoved, isTyped} from '../juggler/property-set';

/** Knows the embedded classes behind nested objects. */
export interface EmbeddedTypes {
  /**
   * Returns what the properties of an embedded class resolved to, in their order. Returns undefined when the class was changed
   * after it was made, so that it no longer stands for its structure.
   */
  typesOf(embedded: unknown): readonly unknown[] | undefined;
}

/**
 * Compares a requested structure with the structure of an existing embedded class. They match if and only if juggler would
 * build interchangeable classes from both. The comparison must be exact, because a match makes the two models share one class:
 * - Types and functions are compared by identity, and so are instances of the application's classes.
 * - A type name is compared by the type that it means now. So a structure no longer matches when a model that it names is
 *   redefined.
 * - Attributes are compared at every depth, own enumerable symbols included. A `default` that is an object is compared by content and by identity, because
 *   juggler gives the object itself to instances.
 * - The order of keys counts, because `toJSON` and composite ids show it.
 *
 * The properties of the class itself are compared by what they resolve to: `'string'` equals `String`. Everything deeper is
 * also compared literally (parameter `raw`). juggler's ModelDefinition.build copies every key of a property's value into the
 * attributes of the property, and it does so for nested objects and arrays too. So the literal text is visible in the
 * definition, and nested keys named `default` or `required` take effect as attributes.
 */
export class StructureMatch {
  constructor(
    private readonly names: Pick<TypeContext, 'typeOf'>,
    private readonly embedded: EmbeddedTypes,
  ) {}

  /**
   * Whether two property sets match.
   * @param asked the requested properties
   * @param made the properties from which the existing class was made: a private copy without cycles and getters
   * @param types what the properties of that class resolved to, in their order; undefined to compare literally
   * @param raw whether the key `default` and type names count literally, because an outer property shows them as attributes
   */
  matches(asked: object, made: object, types: readonly unknown[] | undefined, raw = false): boolean {
    const names = Object.keys(made);
    let next = 0;
    let index = 0;
    // juggler reads a property set by for-in, so inherited keys count
    for (const name in asked) {
      const property: unknown = (asked as Dictionary<unknown>)[name];
      if (isRemoved(property)) continue;
      while (next < names.length && isRemoved((made as Dictionary<unknown>)[names[next]])) next++;
      if (name !== names[next++]) return false;
      const known: unknown = (made as Dictionary<unknown>)[name];
      if (raw && name === 'default' && !isSameObject(property, known)) return false;
      if (!this.#property(property, known, types ? types[index++] : UNRESOLVED, raw, false)) return false;
    }
    while (next < names.length && isRemoved((made as Dictionary<unknown>)[names[next]])) next++;
    return next === names.length && areSameSymbols(asked, made, false);
  }

  #property(asked: unknown, made: unknown, type: unknown, raw: boolean, isSubProperty: boolean): boolean {
    if (type instanceof DeferredClass) {
      // a literal match avoids making the class
      if (this.#property(asked, made, UNRESOLVED, true, isSubProperty)) return true;
      return !raw && this.#property(asked, made, type.type, raw, isSubProperty);
    }
    if (isType(asked)) {
      if (raw ? asked !== made : !isType(made)) return false;
      if (typeof asked === 'string') return type === UNRESOLVED || this.names.typeOf(asked) === itemType(type);
      return raw || asked === itemType(type);
    }
    if (typeof asked !== 'object' || asked === null) return Object.is(asked, made);
    if (typeof made !== 'object' || made === null) return false;
    if (Array.isArray(asked)) return Array.isArray(made) && this.#items(asked, made, type);
    if (Array.isArray(made) || Object.getPrototypeOf(asked) === null || !isJugglerObject(asked)) return false;
    const typed = isTyped(asked, isSubProperty);
    if (typed !== isTyped(made as Dictionary<unknown>, isSubProperty)) return false;
    if (typed) {
      const {type: madeType} = made as Dictionary<unknown>;
      return this.#property(asked.type, madeType, type, raw, true) && areSameAttributes(asked, made, 'type', false);
    }
    if (type === UNRESOLVED) return this.matches(asked, made, undefined, true);
    const types = this.embedded.typesOf(itemType(type));
    return types !== undefined && this.matches(asked, made, types, raw || !isSubProperty);
  }

  /** juggler treats the first item of an array as the item type, and copies its other keys into the property's attributes. */
  #items(asked: unknown, made: unknown, type: unknown): boolean {
    const names = Object.keys(made as object);
    let next = 0;
    for (const name in asked as object) {
      if (name !== names[next++]) return false;
      const item = (asked as Dictionary<unknown>)[name];
      const known = (made as Dictionary<unknown>)[name];
      const isSame = name === '0' ? this.#property(item, known, type, true, false) : isSameData(item, known, name === 'default');
      if (!isSame) return false;
    }
    return next === names.length && areSameSymbols(asked as object, made as object, false);
  }
}

/** Takes the place of a resolved type in a literal comparison: names, functions and data must be the same. */
const UNRESOLVED = Symbol('unresolved');

function isType(value: unknown): value is string | Function {
  return typeof value === 'function' || (typeof value === 'string' && value !== '');
}

/** Whether `made` is the object `asked` or a private copy of it. A primitive `asked` passes: its value is compared elsewhere. */
function isSameObject(asked: unknown, made: unknown): boolean {
  if (typeof asked !== 'object' || asked === null) return true;
  return typeof made === 'object' && made !== null && identityOf(asked) === identityOf(made);
}

function areSameAttributes(asked: object, made: object, except: string | undefined, byIdentity: boolean): boolean {
  const names = Object.keys(made);
  let next = 0;
  for (const name in asked) {
    if (name === except) continue;
    if (names[next] === except) next++;
    if (name !== names[next++]) return false;
    const value = (asked as Dictionary<unknown>)[name];
    if (!isSameData(value, (made as Dictionary<unknown>)[name], byIdentity || name === 'default')) return false;
  }
  if (next < names.length && names[next] === except) next++;
  return next === names.length && areSameSymbols(asked, made, byIdentity);
}

function areSameSymbols(asked: object, made: object, byIdentity: boolean): boolean {
  const symbols = ownSymbols(made);
  const askedSymbols = ownSymbols(asked);
  return (
    symbols.length === askedSymbols.length &&
    symbols.every(
      (symbol, index) =>
        symbol === askedSymbols[index] &&
        isSameData((asked as Record<symbol, unknown>)[symbol], (made as Record<symbol, unknown>)[symbol], byIdentity),
    )
  );
}

function isSameData(asked: unknown, made: unknown, byIdentity: boolean): boolean {
  if (Object.is(asked, made)) return true;
  if (typeof asked !== 'object' || typeof made !== 'object' || asked === null || made === null) return false;
  if (byIdentity && identityOf(asked) !== identityOf(made)) return false;
  if (Array.isArray(asked) || Array.isArray(made)) {
    if (!Array.isArray(asked) || !Array.isArray(made) || asked.length !== made.length) return false;
  } else if (Object.getPrototypeOf(asked) !== Object.getPrototypeOf(made)) {
    return false;
  }
  const isPlain = isPlainData(asked);
  if (isPlain !== isPlainData(made)) return false;
  if (isPlain) return areSameAttributes(asked, made, undefined, byIdentity);
  const [content, known] = [contentOfBuiltIn(asked), contentOfBuiltIn(made)];
  return content !== undefined && known !== undefined && isSameContent(asked, content, made, known);
}

/** Compares two values of one class of JavaScript. */
function isSameContent(asked: object, content: BuiltInContent, made: object, known: BuiltInContent): boolean {
  return (
    content.parts.length === known.parts.length &&
    content.keys.length === known.keys.length &&
    content.parts.every((part, index) => isSameData(part, known.parts[index], false)) &&
    content.keys.every(
      (key, index) =>
        key === known.keys[index] &&
        isSameData((asked as Dictionary<unknown>)[key as string], (made as Dictionary<unknown>)[key as string], false),
    )
  );
}
