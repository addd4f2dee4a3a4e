import {identityOf, textOfSymbol} from '../scoped-registry/primitives/object-identity';
import {Part, readPropertySet, type PropertySetVisitor} from '../scoped-registry/juggler/property-set-reader';

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
 * Returns undefined for a property set that cannot be read (`readPropertySet`).
 */
export function fingerprint(shape: object, resolveTypeName: ResolveTypeName): string | undefined {
  const writer = new FingerprintWriter(resolveTypeName);
  return readPropertySet(shape, writer) ? writer.text : undefined;
}

class FingerprintWriter implements PropertySetVisitor {
  // An array, not a growing string: V8 keeps a string that was grown with += as a tree of all its pieces.
  #pieces: string[] = [];

  constructor(private readonly resolveTypeName: ResolveTypeName) {}

  get text(): string {
    return this.#pieces.join('');
  }

  begin(part: Part, object: object): void {
    this.#pieces.push(part === Part.Data ? openingOfData(object) : OPENING[part]);
  }

  key(name: string | symbol): void {
    this.#pieces.push(`,${written(name)}:`);
  }

  end(part: Part, object: object): void {
    // The length counts for an array of data, because juggler gives the array itself to instances.
    this.#pieces.push(part === Part.Data && Array.isArray(object) ? `}${object.length}` : '}');
  }

  identity(object: object): void {
    this.#pieces.push(`@${identityOf(object)}`);
  }

  typeName(name: string, raw: boolean): boolean {
    const type = this.resolveTypeName(name);
    if (typeof type !== 'function') return false;
    if (raw) this.#pieces.push(JSON.stringify(name));
    this.type(type);
    return true;
  }

  type(type: Function): void {
    this.#pieces.push(`#${identityOf(type)}`);
  }

  reference(value: object): void {
    this.#pieces.push(`#${identityOf(value)}`);
  }

  primitive(value: unknown): void {
    this.#pieces.push(written(value));
  }
}

const OPENING = {[Part.Shape]: '{', [Part.Typed]: '(', [Part.Items]: '['} as const;

function openingOfData(object: object): string {
  if (Array.isArray(object)) return '[';
  return Object.getPrototypeOf(object) === null ? '<' : '(';
}

function written(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'symbol':
      return textOfSymbol(value);
    case 'bigint':
      return `${value}n`;
    default:
      return Object.is(value, -0) ? '-0' : String(value);
  }
}
