import {shareIdentity} from '../primitives/object-identity';
import {defineOwn} from '../primitives/own-property';
import {MacrotaskSet} from '../primitives/macrotask-set';
import {isEmbeddedShape, isJugglerObject, isPlainData, isRemoved, isTyped} from '../juggler/property-set';

/**
 * Private copies of what callers define models from. juggler keeps and writes the very objects it is given: ids,
 * connector types, a parent's resolved classes. Two tenants that define from one literal would share all that, and the
 * first would live as long as the second. So each registry works on copies; functions, classes and objects that are
 * not plain data stay what they are.
 */
export class PrivateCopies {
  /** Of the define that is running, or else of the job. */
  #own = new MacrotaskSet<object>();
  #deferrable = new MacrotaskSet<object>();

  /** Takes an object that nobody else has for a copy. */
  adopt<T extends object>(object: T): T {
    this.#own.add(object);
    return object;
  }

  /** The same with all that is within it, which nobody else has either. */
  adoptWithin(object: object): void {
    // with another prototype it has keys of its own and of that: a copy has them all
    if (!Array.isArray(object) && Object.getPrototypeOf(object) !== Object.prototype) return;
    this.#own.add(object);
    for (const part of Object.values(object) as unknown[]) if (typeof part === 'object' && part !== null) this.adoptWithin(part);
  }

  /** What was noted to be deferrable is defined from at once. */
  adoptDeferrable(properties: object): void {
    for (const property of Object.values(properties) as unknown[]) {
      if (typeof property === 'object' && property !== null && this.isDeferrable(property)) this.adoptWithin(property);
    }
  }

  /** Notes a part of such an object that is known to be `isDeferrable`. */
  noteDeferrable(property: object): void {
    this.#deferrable.add(property);
  }

  isDeferrable(property: object): boolean {
    return this.#deferrable.has(property);
  }

  /** At the end of a define: from now on somebody may see what it was given, and write to it or define another model from it. */
  forget(): void {
    this.#own.clear();
    this.#deferrable.clear();
  }

  /** A copy of the properties of a named model. Null and false stay: there they hide a property of the base. */
  properties<T extends object>(properties: T): T {
    if (this.#own.has(properties)) return properties;
    const copied = new Map<object, object>();
    const copy = this.#opened(properties, copied);
    for (const name in properties) put(copy, name, this.#property(properties[name], false, copied));
    return copy as T;
  }

  /** A copy of a model's settings, inherited ones included. */
  settings<T extends object>(settings: T): T {
    if (this.#own.has(settings)) return settings;
    const copied = new Map<object, object>();
    const copy = this.#opened(settings, copied);
    for (const name in settings) put(copy, name, this.#data(settings[name], copied, false));
    return copy as T;
  }

  /** A copy of one property's definition. */
  property(property: unknown, isSubProperty = false): unknown {
    return this.#property(property, isSubProperty, new Map());
  }

  /** A copy of settings, schemas or other data. */
  data<T>(data: T): T {
    return this.#data(data, new Map(), false) as T;
  }

  #property(property: unknown, isSubProperty: boolean, copied: Map<object, object>): unknown {
    if (typeof property !== 'object' || property === null || this.#own.has(property)) return property;
    const known = copied.get(property);
    if (known) return known;
    if (Array.isArray(property)) {
      const copy = this.#opened(property, copied) as unknown[];
      property.forEach(
        (item, index) => (copy[index] = index === 0 ? this.#property(item, false, copied) : this.#data(item, copied, false)),
      );
      return copy;
    }
    if (!isJugglerObject(property)) return property;
    const copy = this.#opened(property, copied);
    if (isEmbeddedShape(property, isSubProperty)) {
      for (const name in property) {
        if (isRemoved(property[name])) continue;
        const value = this.#property(property[name], false, copied);
        // juggler takes a key named default for the default of the property around it, and hands the object out
        if (name === 'default' && value !== property[name]) shareIdentity(value as object, property[name] as object);
        put(copy, name, value);
      }
      return copy;
    }
    for (const name in property) {
      const isType = name === 'type' && isTyped(property, isSubProperty);
      put(
        copy,
        name,
        isType ? this.#property(property.type, true, copied) : this.#data(property[name], copied, name === 'default'),
      );
    }
    return copy;
  }

  #data(data: unknown, copied: Map<object, object>, byIdentity: boolean): unknown {
    if (typeof data !== 'object' || data === null || !isPlainData(data)) return data;
    const known = copied.get(data);
    if (known) return known;
    const copy = this.#opened(data, copied);
    if (byIdentity) shareIdentity(copy, data);
    for (const name of Object.keys(data)) {
      put(copy, name, this.#data((data as Record<string, unknown>)[name], copied, byIdentity || name === 'default'));
    }
    // juggler ranks the items of some settings (ACLs) by a hidden property
    const rank = Object.getOwnPropertyDescriptor(data, '__rank');
    if (rank) Object.defineProperty(copy, '__rank', rank);
    return copy;
  }

  /** An empty copy, known before its content is: that is what ends a cycle. */
  #opened(original: object, copied: Map<object, object>): object {
    const prototype = Object.getPrototypeOf(original) === null ? null : Object.prototype;
    const copy = Array.isArray(original) ? new Array<unknown>(original.length) : (Object.create(prototype) as object);
    copied.set(original, copy);
    this.#own.add(copy);
    return copy;
  }
}

/** A copy of a shape that juggler never gets to see, so that nobody writes to it. */
export function snapshot(shape: object): object {
  return new PrivateCopies().property(shape, true) as object;
}

/** Plain assignment of the key `__proto__` would change the copy's prototype. */
function put(copy: object, name: string, value: unknown): void {
  if (name === '__proto__') defineOwn(copy, name, value, true);
  else (copy as Record<string, unknown>)[name] = value;
}
