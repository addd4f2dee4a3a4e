import {DeferredClass} from './deferred-class';
import type {TypeContext} from './type-context';
import {identityOf} from '../primitives/object-identity';
import {itemType} from '../juggler/item-type';
import type {Dictionary} from '../juggler/types';
import {isJugglerObject, isPlainData, isRemoved, isTyped} from '../juggler/property-set';

/** The classes behind nested shapes. */
export interface EmbeddedTypes {
  /** What the properties of a class resolved to; undefined where it is no longer what its structure says. */
  typesOf(part: unknown): readonly unknown[] | undefined;
}

/**
 * Whether juggler would build interchangeable classes from two structures: exactly, for what is found here is the class. Types and functions count by identity, a
 * type name by what it means now (so a model that was redefined is another), every attribute at every depth, defaults that are objects
 * by content and identity (juggler hands the object itself to instances), and the order of keys, which `toJSON` and composite
 * ids show.
 *
 * The properties of the class itself count as they resolve: `'string'` and `String` are one. What lies deeper counts as it stands
 * as well (`raw`), because juggler copies every key of a property's value into the property's attributes, also the properties of
 * a nested shape and the items of an array: there the text is part of what the class shows, and of what it does (a nested key
 * named `default` or `required` counts).
 */
export class StructureMatch {
  constructor(
    private readonly names: Pick<TypeContext, 'typeOf'>,
    private readonly parts: EmbeddedTypes,
  ) {}

  /**
   * @param made what a class was made from: a copy, without cycles and getters
   * @param types what its properties resolved to
   */
  shape(asked: object, made: object, types: readonly unknown[] | undefined, raw = false): boolean {
    const names = Object.keys(made);
    let next = 0;
    let index = 0;
    // for-in, as juggler reads it: inherited keys count
    for (const name in asked) {
      const property: unknown = (asked as Dictionary<unknown>)[name];
      if (isRemoved(property)) continue;
      while (next < names.length && isRemoved((made as Dictionary<unknown>)[names[next]])) next++;
      if (name !== names[next++]) return false;
      const known: unknown = (made as Dictionary<unknown>)[name];
      if (raw && name === 'default' && !isSameObject(property, known)) return false;
      if (!this.#property(property, known, types ? types[index++] : AS_IT_STANDS, raw, false)) return false;
    }
    while (next < names.length && isRemoved((made as Dictionary<unknown>)[names[next]])) next++;
    return next === names.length;
  }

  #property(asked: unknown, made: unknown, type: unknown, raw: boolean, isSubProperty: boolean): boolean {
    if (type instanceof DeferredClass) {
      if (this.#property(asked, made, AS_IT_STANDS, true, isSubProperty)) return true;
      return !raw && this.#property(asked, made, type.type, raw, isSubProperty);
    }
    if (isType(asked)) {
      if (raw ? asked !== made : !isType(made)) return false;
      if (typeof asked === 'string') return type === AS_IT_STANDS || this.names.typeOf(asked) === itemType(type);
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
    if (type === AS_IT_STANDS) return this.shape(asked, made, undefined, true);
    const types = this.parts.typesOf(itemType(type));
    return types !== undefined && this.shape(asked, made, types, raw || !isSubProperty);
  }

  /** juggler takes the first item for the type and keeps the rest as attributes. */
  #items(asked: unknown, made: unknown, type: unknown): boolean {
    const names = Object.keys(made as object);
    let next = 0;
    for (const index in asked as object) {
      if (index !== names[next++]) return false;
      const item = (asked as Dictionary<unknown>)[index];
      const known = (made as Dictionary<unknown>)[index];
      if (!(index === '0' ? this.#property(item, known, type, true, false) : isSameData(item, known, false))) return false;
    }
    return next === names.length;
  }
}

/** In place of a type: what was not resolved is equal where it is the same text, the same functions and data. */
const AS_IT_STANDS = Symbol('as it stands');

function isType(value: unknown): value is string | Function {
  return typeof value === 'function' || (typeof value === 'string' && value !== '');
}

function isSameObject(asked: unknown, made: unknown): boolean {
  if (typeof asked !== 'object' || asked === null) return true;
  return typeof made === 'object' && made !== null && identityOf(asked) === identityOf(made);
}

function areSameAttributes(asked: object, made: object, besides: string | undefined, byIdentity: boolean): boolean {
  const names = Object.keys(made);
  let next = 0;
  for (const name in asked) {
    if (name === besides) continue;
    if (names[next] === besides) next++;
    if (name !== names[next++]) return false;
    const value = (asked as Dictionary<unknown>)[name];
    if (!isSameData(value, (made as Dictionary<unknown>)[name], byIdentity || name === 'default')) return false;
  }
  if (next < names.length && names[next] === besides) next++;
  return next === names.length;
}

function isSameData(asked: unknown, made: unknown, byIdentity: boolean): boolean {
  if (Object.is(asked, made)) return true;
  if (typeof asked !== 'object' || typeof made !== 'object' || asked === null || made === null) return false;
  if (byIdentity && identityOf(asked) !== identityOf(made)) return false;
  if (Array.isArray(asked) || Array.isArray(made)) {
    if (!Array.isArray(asked) || !Array.isArray(made) || asked.length !== made.length) return false;
  } else if (!isPlainData(asked) || (Object.getPrototypeOf(asked) === null) !== (Object.getPrototypeOf(made) === null)) {
    return false;
  }
  return areSameAttributes(asked, made, undefined, byIdentity);
}
