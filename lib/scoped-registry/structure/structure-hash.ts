import {identityOf} from '../primitives/object-identity';
import {isModelClass, type Dictionary} from '../juggler/types';
import {isJugglerObject, isPlainData, isRemoved, isTyped} from '../juggler/property-set';

/**
 * Returns a hash of a structure: equal structures (see structure-match.ts) have equal hashes. The embedded classes of a
 * registry are indexed by this hash, and only the few classes with the same hash are compared in full. A model counts by its
 * name, so the hash stays the same when the model is redefined.
 *
 * Returns undefined for a structure that cannot be found again. Such a structure has a cycle, a symbol, or an object that is
 * neither plain data nor a function. juggler keeps such objects by reference, and a later change of them cannot be noticed.
 * Structures for which juggler throws an error have no hash either.
 * @param valueTypes juggler's dictionary of value types; its keys are lower-case names
 */
export function structureHash(shape: object, valueTypes: Dictionary<Function>): number | undefined {
  const hasher = new StructureHasher(valueTypes);
  return hasher.shape(shape) ? hasher.hash : undefined;
}

/** Separators in the hashed input: they tell a nested object from an attribute, and where each of them ends. */
const enum Mark {
  Shape = 1,
  Typed,
  Array,
  Data,
  End,
}

/** Hashes one structure. Each method returns false when the structure has no hash; the hashing stops there. */
class StructureHasher {
  /** FNV-1a over the characters of the texts and over the marks. */
  hash = 0x811c9dc5 | 0;
  /** The objects that are being read now, outermost first. An object that occurs in itself is a cycle. */
  #openObjects: object[] = [];

  constructor(private readonly valueTypes: Dictionary<Function>) {}

  shape(shape: object): boolean {
    if (!this.#enter(shape, Mark.Shape)) return false;
    // juggler reads a property set by for-in, so inherited keys count and symbols do not
    for (const name in shape) {
      const property: unknown = (shape as Dictionary<unknown>)[name];
      if (isRemoved(property)) continue;
      // juggler throws an error for both
      if (property === undefined || name.includes('.')) return false;
      this.#text(name);
      if (!this.#property(property, false)) return false;
    }
    return this.#leave();
  }

  #property(property: unknown, isSubProperty: boolean): boolean {
    if (typeof property === 'string' && property !== '') return this.#typeName(property);
    if (typeof property === 'function') return this.#type(property);
    if (typeof property !== 'object' || property === null) return this.#data(property);
    if (Array.isArray(property)) return this.#items(property as unknown as Dictionary<unknown>);
    if (Object.getPrototypeOf(property) === null || !isJugglerObject(property)) return false;
    return isTyped(property, isSubProperty) ? this.#typed(property) : this.shape(property);
  }

  /** juggler treats the first item of an array as the item type, and copies the other items into the property's attributes. */
  #items(items: Dictionary<unknown>): boolean {
    if (!this.#enter(items, Mark.Array)) return false;
    for (const index in items) {
      this.#text(index);
      if (!(index === '0' ? this.#property(items[index], false) : this.#data(items[index]))) return false;
    }
    return this.#leave();
  }

  /** A property with attributes: `{type: …, required: true}`. */
  #typed(property: Dictionary<unknown>): boolean {
    if (!this.#enter(property, Mark.Typed) || !this.#property(property.type, true)) return false;
    return this.#attributes(property, 'type') && this.#leave();
  }

  #attributes(attributes: object, except?: string): boolean {
    for (const name in attributes) {
      if (name === except) continue;
      this.#text(name);
      if (!this.#data((attributes as Dictionary<unknown>)[name])) return false;
    }
    return true;
  }

  #typeName(name: string): boolean {
    const valueType = this.valueTypes[name.toLowerCase()] as Function | undefined;
    return valueType ? this.#type(valueType) : this.#text(name);
  }

  #type(type: Function): boolean {
    return isModelClass(type) ? this.#text(String(type.modelName)) : this.#mix(identityOf(type));
  }

  #data(value: unknown): boolean {
    switch (typeof value) {
      case 'symbol':
        return false;
      case 'string':
        return this.#text(value);
      case 'function':
        return this.#mix(identityOf(value));
      case 'object':
        if (value === null) break;
        if (!isPlainData(value)) return false;
        return this.#enter(value, Mark.Data) && this.#attributes(value) && this.#leave();
      default:
    }
    return this.#mix(Mark.Data + Number(value));
  }

  #enter(object: object, mark: Mark): boolean {
    if (this.#openObjects.includes(object)) return false;
    this.#openObjects.push(object);
    return this.#mix(mark);
  }

  #leave(): boolean {
    this.#openObjects.pop();
    return this.#mix(Mark.End);
  }

  #text(text: string): boolean {
    let {hash} = this;
    for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), FNV_PRIME);
    this.hash = hash;
    return this.#mix(Mark.End);
  }

  #mix(value: number): true {
    this.hash = Math.imul(this.hash ^ value, FNV_PRIME);
    return true;
  }
}

const FNV_PRIME = 0x01000193;
