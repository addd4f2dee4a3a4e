import {identityOf} from '../scoped-registry/primitives/object-identity';
import {Part, readPropertySet, type PropertySetVisitor} from '../scoped-registry/juggler/property-set-reader';

/** What a type name stands for at this moment, or undefined where nobody can say (then there is no fingerprint). */
export type ResolveTypeName = (name: string) => unknown;

/**
 * The exact identity of a property set, written out in full; no hash stands for equality. In it:
 * types and functions by identity, a type name by what it resolves to now (so a named model that was redefined gives
 * another fingerprint), every attribute at every depth, defaults that are objects by content and identity (juggler
 * hands the object itself to instances), and the order of keys, which `toJSON` and composite ids show.
 *
 * Without a fingerprint are structures that cannot be read (readPropertySet).
 */
export function fingerprint(shape: object, resolveTypeName: ResolveTypeName): string | undefined {
  const writer = new FingerprintWriter(resolveTypeName);
  return readPropertySet(shape, writer) ? writer.text : undefined;
}

class FingerprintWriter implements PropertySetVisitor {
  // joined at the end: a string grown by += is a tree of its pieces, and would be kept as one
  #pieces: string[] = [];

  constructor(private readonly resolveTypeName: ResolveTypeName) {}

  get text(): string {
    return this.#pieces.join('');
  }

  begin(part: Part, object: object): void {
    this.#pieces.push(part === Part.Data ? openingOfData(object) : OPENING[part]);
  }

  key(name: string): void {
    this.#pieces.push(`,${JSON.stringify(name)}:`);
  }

  end(part: Part, object: object): void {
    // juggler reads the keys of an array of types, and hands an array of data itself to instances
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

  functionValue(value: Function): void {
    this.type(value);
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
    case 'bigint':
      return `${value}n`;
    default:
      return Object.is(value, -0) ? '-0' : String(value);
  }
}
