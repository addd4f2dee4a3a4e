import {identityOf} from '../scoped-registry/primitives/object-identity';
import {isJugglerObject, isPlainData, isRemoved, isTyped} from '../scoped-registry/juggler/property-set';

/** Returns the type that a name stands for now, or undefined for an unknown name. An unknown name has no fingerprint. */
export type ResolveTypeName = (name: string) => unknown;

/**
 * Writes a property set as a text. Two property sets have the same text exactly when their classes would be
 * interchangeable. The text is complete: it is not shortened to a hash, which two structures could share. It contains
 * - types and functions by identity;
 * - a type name by the type that it resolves to now, so that a redefined model changes the fingerprint;
 * - every attribute at every depth;
 * - a default that is an object by content and by identity, because juggler gives that object itself to instances;
 * - the order of keys, because `toJSON` and composite ids show it.
 *
 * Returns undefined for a structure with a cycle, a symbol, or an object that is neither plain data nor a function. juggler
 * keeps such an object by reference, and this library cannot notice when it changes.
 */
export function fingerprint(properties: object, resolveTypeName: ResolveTypeName): string | undefined {
  const writer = new FingerprintWriter(resolveTypeName);
  return writer.propertySet(properties) ? writer.key : undefined;
}

/**
 * Writes the properties of the class itself as they resolve: `'string'` and `String` are the same there. Deeper levels are
 * also written as they were given ("raw"), because juggler copies every key of a property's value into the property's
 * attributes, including the properties of a nested object and the items of an array. These attributes are visible on the
 * class and change its behaviour: a nested key named `default` or `required` is an attribute.
 *
 * The methods return false as soon as they find that the structure has no fingerprint.
 */
class FingerprintWriter {
  // An array, not a growing string: V8 keeps a string that was grown with += as a tree of all its pieces.
  #parts: string[] = [];
  /** The objects that are being written, the outermost first. Meeting one of them again is a cycle. */
  #open: object[] = [];

  constructor(private readonly resolveTypeName: ResolveTypeName) {}

  get key(): string {
    return this.#parts.join('');
  }

  propertySet(properties: object, raw = false): boolean {
    return this.#nested(properties, () => {
      this.#parts.push('{');
      // juggler reads a property set with for-in too: it includes inherited keys, and no symbols.
      for (const name in properties) {
        const property: unknown = (properties as Record<string, unknown>)[name];
        if (isRemoved(property)) continue;
        // juggler throws an error for both, which must reach the caller: a fingerprint would find a class instead.
        if (property === undefined || name.includes('.')) return false;
        this.#parts.push(JSON.stringify(name) + ':');
        if (raw && name === 'default' && typeof property === 'object') this.#identity(property as object);
        if (!this.#property(property, false, raw)) return false;
        this.#parts.push(',');
      }
      this.#parts.push('}');
      return true;
    });
  }

  #property(property: unknown, isSubProperty: boolean, raw: boolean): boolean {
    if (typeof property === 'string' && property !== '') {
      if (raw) this.#parts.push(JSON.stringify(property));
      const type = this.resolveTypeName(property);
      return typeof type === 'function' && this.#function(type);
    }
    if (typeof property === 'function') return this.#function(property);
    if (typeof property !== 'object' || property === null) return this.#data(property, false);
    if (Array.isArray(property)) {
      // juggler uses the first item as the item type, and copies all items to the attributes of the property.
      return this.#nested(property, () => {
        this.#parts.push('[');
        // juggler copies the items with for-in too, so extra keys of the array count.
        const items = property as unknown as Record<string, unknown>;
        for (const index in items) {
          this.#parts.push(index + ':');
          const item = items[index];
          if (!(index === '0' ? this.#property(item, false, true) : this.#data(item, false))) return false;
          this.#parts.push(',');
        }
        this.#parts.push(']');
        return true;
      });
    }
    if (Object.getPrototypeOf(property) === null || !isJugglerObject(property)) return false;
    return isTyped(property, isSubProperty) ? this.#typed(property, raw) : this.propertySet(property, raw || !isSubProperty);
  }

  /** A property of the form `{type: …}` with attributes. */
  #typed(property: Record<string, unknown>, raw: boolean): boolean {
    return this.#nested(property, () => {
      this.#parts.push('(');
      if (!this.#property(property.type, true, raw)) return false;
      for (const name in property) {
        if (name === 'type') continue;
        this.#parts.push(';' + JSON.stringify(name) + '=');
        if (!this.#data(property[name], name === 'default')) return false;
      }
      this.#parts.push(')');
      return true;
    });
  }

  #data(value: unknown, byIdentity: boolean): boolean {
    switch (typeof value) {
      case 'string':
        this.#parts.push(JSON.stringify(value));
        return true;
      case 'number':
        this.#parts.push(Object.is(value, -0) ? '-0' : String(value));
        return true;
      case 'bigint':
        this.#parts.push(`${value}n`);
        return true;
      case 'boolean':
      case 'undefined':
        this.#parts.push(String(value));
        return true;
      case 'function':
        return this.#function(value);
      case 'symbol':
        return false;
      default:
        break;
    }
    if (value === null) {
      this.#parts.push('null');
      return true;
    }
    const object = value as object;
    if (!isPlainData(object)) return false;
    if (byIdentity) this.#identity(object);
    return this.#nested(object, () => {
      this.#parts.push(Array.isArray(object) ? '[' : Object.getPrototypeOf(object) === null ? '<' : '(');
      for (const name in object) {
        this.#parts.push(JSON.stringify(name) + '=');
        if (!this.#data((object as Record<string, unknown>)[name], byIdentity || name === 'default')) return false;
        this.#parts.push(',');
      }
      this.#parts.push(Array.isArray(object) ? `]${object.length}` : ')');
      return true;
    });
  }

  #identity(object: object): void {
    this.#parts.push(`@${identityOf(object)}`);
  }

  #function(value: Function): boolean {
    this.#parts.push(`#${identityOf(value)}`);
    return true;
  }

  #nested(object: object, write: () => boolean): boolean {
    if (this.#open.includes(object)) return false;
    this.#open.push(object);
    const written = write();
    this.#open.pop();
    return written;
  }
}
