import {identityOf} from '../scoped-registry/primitives/object-identity';
import {isJugglerObject, isPlainData, isRemoved, isTyped} from '../scoped-registry/juggler/property-set';

/** What a type name stands for at this moment, or undefined where nobody can say (then there is no fingerprint). */
export type ResolveTypeName = (name: string) => unknown;

/**
 * The exact identity of a property set, written out in full; no hash stands for equality. In it:
 * types and functions by identity, a type name by what it resolves to now (so a named model that was redefined gives
 * another fingerprint), every attribute at every depth, defaults that are objects by content and identity (juggler
 * hands the object itself to instances), and the order of keys, which `toJSON` and composite ids show.
 *
 * Without a fingerprint are structures with cycles, symbols, or objects that are neither plain data nor functions:
 * juggler keeps those by reference, and nobody can tell when they change.
 */
export function fingerprint(shape: object, resolveTypeName: ResolveTypeName): string | undefined {
  const writer = new FingerprintWriter(resolveTypeName);
  return writer.shape(shape) ? writer.key : undefined;
}

/**
 * Writes a structure in two ways. The properties of the class itself are written as they resolve: `'string'` and
 * `String` are one. What lies deeper is written as it stands as well, because juggler copies every key of a property's
 * value into the property's attributes, also the properties of a nested shape and the items of an array: there the raw
 * text is part of what the class shows, and of what it does (a nested key named `default` or `required` counts).
 *
 * Its methods return false as soon as there can be no fingerprint.
 */
class FingerprintWriter {
  // joined at the end: a string grown by += is a tree of its pieces, and would be kept as one
  #parts: string[] = [];
  /** The objects that are being written, outermost first: meeting one again is a cycle. */
  #open: object[] = [];

  constructor(private readonly resolveTypeName: ResolveTypeName) {}

  get key(): string {
    return this.#parts.join('');
  }

  shape(shape: object, raw = false): boolean {
    return this.#nested(shape, () => {
      this.#parts.push('{');
      // for-in, as juggler reads it: inherited keys count, symbols do not
      for (const name in shape) {
        const property: unknown = (shape as Record<string, unknown>)[name];
        if (isRemoved(property)) continue;
        // juggler throws for both: let it
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
      // juggler takes the first item for the type and keeps the rest as attributes
      return this.#nested(property, () => {
        this.#parts.push('[');
        // for-in on purpose: that is how juggler copies them
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
    return isTyped(property, isSubProperty) ? this.#typed(property, raw) : this.shape(property, raw || !isSubProperty);
  }

  /** `{type: …}` with attributes. */
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
