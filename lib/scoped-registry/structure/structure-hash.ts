import {identityOf} from '../primitives/object-identity';
import {isModelClass, type Dictionary} from '../juggler/types';
import {isJugglerObject, isPlainData, isRemoved, isTyped} from '../juggler/property-set';

/**
 * A number that all structures have in common that are equal (see shape-match.ts): what is compared in full are the few of
 * one number. Models count by name, so it is the same for all tenants, and stays the same when a model is redefined.
 *
 * Undefined, and never found again, are structures with cycles, symbols, or objects that are neither plain data nor functions: juggler
 * keeps those by reference, and nobody can tell when they change. So are those that juggler throws for.
 * @param valueTypes juggler's, by lower-case name
 */
export function structureHash(shape: object, valueTypes: Dictionary<Function>): number | undefined {
  const hasher = new ShapeHasher(valueTypes);
  return hasher.shape(shape) ? hasher.hash : undefined;
}

/** In place of what has no number of its own. */
const enum Mark {
  Shape = 1,
  Typed,
  Array,
  Data,
  End,
}

/** Its methods return false as soon as there can be no number. */
class ShapeHasher {
  /** FNV-1a, over characters and marks. */
  hash = 0x811c9dc5 | 0;
  /** The objects that are being read, outermost first: meeting one again is a cycle. */
  #open: object[] = [];

  constructor(private readonly valueTypes: Dictionary<Function>) {}

  shape(shape: object): boolean {
    if (!this.#enter(shape, Mark.Shape)) return false;
    // for-in, as juggler reads it: inherited keys count, symbols do not
    for (const name in shape) {
      const property: unknown = (shape as Dictionary<unknown>)[name];
      if (isRemoved(property)) continue;
      // juggler throws for both: let it
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

  /** juggler takes the first item for the type and keeps the rest as attributes. */
  #items(items: Dictionary<unknown>): boolean {
    if (!this.#enter(items, Mark.Array)) return false;
    for (const index in items) {
      this.#text(index);
      if (!(index === '0' ? this.#property(items[index], false) : this.#data(items[index]))) return false;
    }
    return this.#leave();
  }

  /** `{type: …}` with attributes. */
  #typed(property: Dictionary<unknown>): boolean {
    if (!this.#enter(property, Mark.Typed) || !this.#property(property.type, true)) return false;
    return this.#attributes(property, 'type') && this.#leave();
  }

  #attributes(attributes: object, besides?: string): boolean {
    for (const name in attributes) {
      if (name === besides) continue;
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
    if (this.#open.includes(object)) return false;
    this.#open.push(object);
    return this.#mix(mark);
  }

  #leave(): boolean {
    this.#open.pop();
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
