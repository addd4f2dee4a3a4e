import {shareIdentity} from '../primitives/object-identity';
import {defineOwn, ownSymbols} from '../primitives/own-property';
import {MacrotaskSet} from '../primitives/macrotask-set';
import {copyOfBuiltIn} from '../primitives/built-in-values';
import {StructureTooDeepError} from '../errors';
import {isEmbeddedShape, isJugglerObject, isPlainData, isRemoved, isTyped, levelsOf} from '../juggler/property-set';

/**
 * Makes private copies of the objects from which callers define models. juggler keeps these objects and writes into them: ids,
 * connector types, the resolved classes of a base. Two tenants that define models from one literal would share all of that, and
 * the first tenant's classes would live as long as the second's. And juggler gives an object that is a default to instances as it
 * is. So each registry gives juggler copies of plain data, its own enumerable symbols included, and of the values that `copyOfBuiltIn`
 * copies. Functions, classes, proxies and instances of the application's classes are passed on as they are.
 */
export class PrivateCopies {
  /** Objects that are private already and need no copy. They count as private until the running define or the macrotask ends. */
  #privateObjects = new MacrotaskSet<object>();
  #deferrable = new MacrotaskSet<object>();
  /** Whether the running copy has met an object a second time: it may be a cycle. */
  #hasMetAgain = false;

  /** @param maxDepth the most levels of objects and arrays within each other, the outermost included */
  constructor(readonly maxDepth = Infinity) {}

  /** Marks an object as private: it is used as it is and not copied. No other code may hold this object. */
  adopt<T extends object>(object: T): T {
    this.#privateObjects.add(object);
    return object;
  }

  /** Marks an object and all objects within it as private. No other code may hold any of them. */
  adoptWithin(object: object): void {
    // an object with another prototype is not adopted: its copy gets the inherited keys as own keys
    if (!Array.isArray(object) && Object.getPrototypeOf(object) !== Object.prototype) return;
    this.#privateObjects.add(object);
    for (const part of Object.values(object) as unknown[]) if (typeof part === 'object' && part !== null) this.adoptWithin(part);
  }

  /**
   * Marks all properties noted by `noteDeferrable` as private. juggler's own `define` needs that: it makes embedded classes at
   * once.
   */
  adoptDeferrable(properties: object): void {
    for (const property of Object.values(properties) as unknown[]) {
      if (typeof property === 'object' && property !== null && this.isDeferrable(property)) this.adoptWithin(property);
    }
  }

  /** Notes a property of an adopted object whose embedded classes can be made later. The caller has checked that. */
  noteDeferrable(property: object): void {
    this.#deferrable.add(property);
  }

  /** Whether `noteDeferrable` has noted this property. */
  isDeferrable(property: object): boolean {
    return this.#deferrable.has(property);
  }

  /**
   * Ends the privacy of all objects. The outermost define calls this at its end: from then on user code can reach the objects
   * in the definition, write to them, and define other models from them.
   */
  forgetCopies(): void {
    this.#privateObjects.clear();
    this.#deferrable.clear();
  }

  /**
   * Copies the properties of a named model. The values null and false are kept, because there they hide a property of the base.
   * @throws StructureTooDeepError `STRUCTURE_TOO_DEEP`, also if a property leads back to itself
   */
  properties<T extends object>(properties: T): T {
    if (this.#privateObjects.has(properties)) return properties;
    const copied = new Map<object, object>();
    this.#hasMetAgain = false;
    const copy = this.#emptyCopyOf(properties, copied);
    for (const name in properties) put(copy, name, this.#property(properties[name], false, copied, 1));
    this.#symbols(properties, copy, copied, false, 1);
    this.#assertNoCycle({...copy}, true);
    return copy as T;
  }

  /**
   * Copies a model's settings, inherited keys included. A setting may lead back to itself.
   * @throws StructureTooDeepError `STRUCTURE_TOO_DEEP`
   */
  settings<T extends object>(settings: T): T {
    if (this.#privateObjects.has(settings)) return settings;
    const copied = new Map<object, object>();
    const copy = this.#emptyCopyOf(settings, copied);
    for (const name in settings) put(copy, name, this.#data(settings[name], copied, false, 1));
    this.#symbols(settings, copy, copied, false, 1);
    return copy as T;
  }

  /**
   * Copies the definition of one property.
   * @throws StructureTooDeepError `STRUCTURE_TOO_DEEP`, also if the property leads back to itself
   */
  property(property: unknown, isSubProperty = false): unknown {
    this.#hasMetAgain = false;
    const copy = this.#property(property, isSubProperty, new Map(), 0);
    this.#assertNoCycle(copy, isSubProperty);
    return copy;
  }

  /** @throws StructureTooDeepError `STRUCTURE_TOO_DEEP` if there are more levels of objects and arrays than `maxDepth` */
  assertDepth(level: number): void {
    if (level > this.maxDepth) throw new StructureTooDeepError(this.maxDepth);
  }

  /** Copying notices a cycle only as an object that it has met before. So may be an object that occurs twice. */
  #assertNoCycle(property: unknown, isSubProperty: boolean): void {
    if (this.#hasMetAgain) this.assertDepth(levelsOf(property, isSubProperty));
  }

  /** @param level the number of objects and arrays around the property */
  #property(property: unknown, isSubProperty: boolean, copied: Map<object, object>, level: number): unknown {
    if (typeof property !== 'object' || property === null || this.#privateObjects.has(property)) return property;
    const known = copied.get(property);
    if (known) {
      this.#hasMetAgain = true;
      return known;
    }
    const within = level + 1;
    this.assertDepth(within);
    if (Array.isArray(property)) {
      const copy = this.#emptyCopyOf(property, copied);
      // the keys besides the indexes are attributes of the property, which juggler reads by for-in
      for (const name in property as object) {
        const item = (property as unknown as Record<string, unknown>)[name];
        put(
          copy,
          name,
          name === '0' ? this.#property(item, false, copied, within) : this.#data(item, copied, name === 'default', within),
        );
      }
      this.#symbols(property, copy, copied, false, within);
      return copy;
    }
    if (!isJugglerObject(property)) return this.#builtIn(property, copied, false, within);
    const copy = this.#emptyCopyOf(property, copied);
    if (isEmbeddedShape(property, isSubProperty)) {
      for (const name in property) {
        if (isRemoved(property[name])) continue;
        const value = this.#property(property[name], false, copied, within);
        // juggler treats a key named `default` as the default of the property around it, and gives the object itself to instances
        if (name === 'default' && value !== property[name]) shareIdentity(value as object, property[name] as object);
        put(copy, name, value);
      }
      this.#symbols(property, copy, copied, false, within);
      return copy;
    }
    for (const name in property) {
      const isType = name === 'type' && isTyped(property, isSubProperty);
      put(
        copy,
        name,
        isType
          ? this.#property(property.type, true, copied, within)
          : this.#data(property[name], copied, name === 'default', within),
      );
    }
    this.#symbols(property, copy, copied, false, within);
    return copy;
  }

  #data(data: unknown, copied: Map<object, object>, byIdentity: boolean, level: number): unknown {
    if (typeof data !== 'object' || data === null) return data;
    const known = copied.get(data);
    if (known) return known;
    const within = level + 1;
    this.assertDepth(within);
    if (!isPlainData(data)) return this.#builtIn(data, copied, byIdentity, within);
    const copy = this.#emptyCopyOf(data, copied);
    if (byIdentity) shareIdentity(copy, data);
    for (const name of Object.keys(data)) {
      put(copy, name, this.#data((data as Record<string, unknown>)[name], copied, byIdentity || name === 'default', within));
    }
    this.#symbols(data, copy, copied, byIdentity, within);
    // juggler ranks the items of some settings (ACLs) by a property that is not enumerable
    const rank = Object.getOwnPropertyDescriptor(data, '__rank');
    if (rank) Object.defineProperty(copy, '__rank', rank);
    return copy;
  }

  #symbols(original: object, copy: object, copied: Map<object, object>, byIdentity: boolean, level: number): void {
    for (const symbol of ownSymbols(original)) {
      defineOwn(copy, symbol, this.#data((original as Record<symbol, unknown>)[symbol], copied, byIdentity, level), true);
    }
  }

  #builtIn(value: object, copied: Map<object, object>, byIdentity: boolean, level: number): object {
    const copy = copyOfBuiltIn(value, copied, part => this.#data(part, copied, false, level)) ?? value;
    if (byIdentity && copy !== value) shareIdentity(copy, value);
    return copy;
  }

  /**
   * Makes an empty copy and notes it in `copied` before its content is copied. So a cycle in the original becomes a cycle of
   * copies.
   */
  #emptyCopyOf(original: object, copied: Map<object, object>): object {
    const prototype = Object.getPrototypeOf(original) === null ? null : Object.prototype;
    const copy = Array.isArray(original) ? new Array<unknown>(original.length) : (Object.create(prototype) as object);
    copied.set(original, copy);
    this.#privateObjects.add(copy);
    return copy;
  }
}

/** Copies a shape for later comparisons. juggler never gets this copy, so its content never changes. */
export function snapshot(shape: object): object {
  return new PrivateCopies().property(shape, true) as object;
}

/** Sets a key of a copy. A plain assignment to the key `__proto__` would change the prototype of the copy. */
function put(copy: object, name: string, value: unknown): void {
  if (name === '__proto__') defineOwn(copy, name, value, true);
  else (copy as Record<string, unknown>)[name] = value;
}
