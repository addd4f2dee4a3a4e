import type {Dictionary} from './juggler';
import {isPlainData} from './property-shape';

/** A structure, and what its properties resolve to. */
interface Shape {
  readonly raw: Dictionary<unknown>;
  readonly types: readonly unknown[];
}

/** What is shared, by its copy of the properties. */
const shared = new WeakMap<object, Shape>();

/**
 * Structures of value types alone, which say nothing of a tenant: classes of the same one share a copy of it, which nobody gets
 * to see (see `EmbeddedStructure.show`). One that no class has any more is gone.
 */
export class SharedShapes {
  #shapes = new Map<number, WeakRef<object>[]>();
  #gone = new FinalizationRegistry<number>(hash => this.#put(hash, []));

  /** @param valueTypes juggler's, by name */
  constructor(private readonly valueTypes: Dictionary<Function>) {}

  /** @param hash see shape-hash.ts */
  of(hash: number, shape: Shape): Shape {
    if (!shape.types.every(type => this.#isValueType(type)) || !Object.values(shape.raw).every(isOpen)) return shape;
    for (const ref of this.#shapes.get(hash) ?? []) {
      const known = shared.get(ref.deref() ?? {});
      if (known && isSame(known.raw, shape.raw) && isSame(known.types, shape.types)) return known;
    }
    shared.set(shape.raw, shape);
    this.#put(hash, [new WeakRef(shape.raw)]);
    this.#gone.register(shape.raw, hash);
    return shape;
  }

  #put(hash: number, more: WeakRef<object>[]): void {
    const refs = [...(this.#shapes.get(hash) ?? []).filter(ref => ref.deref()), ...more];
    if (refs.length > 0) this.#shapes.set(hash, refs);
    else this.#shapes.delete(hash);
  }

  #isValueType(type: unknown): boolean {
    const item: unknown = Array.isArray(type) && type.length === 1 ? type[0] : type;
    for (const name in this.valueTypes) if (this.valueTypes[name] === item) return true;
    return false;
  }
}

export function isSharedShape(raw: object): boolean {
  return shared.has(raw);
}

/** Whether a property is a type, or data through and through: a function among the attributes may lead anywhere. */
function isOpen(property: unknown): boolean {
  if (typeof property !== 'object' || property === null) return true;
  return isPlainData(property) && Object.entries(property).every(isAttribute);
}

/** A default that is an object counts by identity. */
function isAttribute([name, value]: [string, unknown]): boolean {
  if (name === 'type') return isOpen(value);
  return name === 'default' ? typeof value !== 'object' && isData(value) : isData(value);
}

function isData(value: unknown): boolean {
  if (typeof value === 'function') return false;
  if (typeof value !== 'object' || value === null) return true;
  return isPlainData(value) && !Object.hasOwn(value, 'default') && Object.values(value).every(isData);
}

function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b) || Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const [names, others] = [Object.keys(a), Object.keys(b)];
  return (
    names.length === others.length &&
    names.every(
      (name, index) => name === others[index] && isSame((a as Dictionary<unknown>)[name], (b as Dictionary<unknown>)[name]),
    )
  );
}
