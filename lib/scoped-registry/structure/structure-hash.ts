import {identityOf, textOfSymbol} from '../primitives/object-identity';
import {Part, readPropertySet, type PropertySetVisitor} from '../juggler/property-set-reader';
import {isModelClass, type Dictionary} from '../juggler/types';

/**
 * Returns a hash of a structure: equal structures (see structure-match.ts) have equal hashes. The embedded classes of a
 * registry are indexed by this hash, and only the few classes with the same hash are compared in full. A model counts by its
 * name, so the hash stays the same when the model is redefined.
 *
 * Returns undefined for a structure that cannot be read (`readPropertySet`), and so cannot be found again.
 * @param valueTypes juggler's dictionary of value types; its keys are lower-case names
 */
export function structureHash(shape: object, valueTypes: Dictionary<Function>): number | undefined {
  const hasher = new StructureHasher(valueTypes);
  return readPropertySet(shape, hasher) ? hasher.hash : undefined;
}

/** Separates texts, and ends objects. */
const END = Part.Data + 1;
const FNV_PRIME = 0x01000193;

class StructureHasher implements PropertySetVisitor {
  /** FNV-1a over the characters of the texts and over the separators. */
  hash = 0x811c9dc5 | 0;

  constructor(private readonly valueTypes: Dictionary<Function>) {}

  begin(part: Part): void {
    this.hash = mixed(this.hash, part);
  }

  key(name: string | symbol): void {
    this.hash = textMixed(this.hash, typeof name === 'symbol' ? textOfSymbol(name) : name);
  }

  end(): void {
    this.hash = mixed(this.hash, END);
  }

  /** The hash leaves identities out. The full comparison decides. */
  identity(): void {}

  typeName(name: string): true {
    const valueType = this.valueTypes[name.toLowerCase()] as Function | undefined;
    if (valueType) this.type(valueType);
    else this.hash = textMixed(this.hash, name);
    return true;
  }

  type(type: Function): void {
    this.hash = isModelClass(type) ? textMixed(this.hash, String(type.modelName)) : mixed(this.hash, identityOf(type));
  }

  reference(value: object): void {
    this.hash = mixed(this.hash, identityOf(value));
  }

  primitive(value: unknown): void {
    if (typeof value === 'symbol') this.hash = textMixed(this.hash, textOfSymbol(value));
    else if (typeof value === 'string') this.hash = textMixed(this.hash, value);
    else this.hash = mixed(this.hash, Part.Data + Number(value));
  }
}

function textMixed(hash: number, text: string): number {
  for (let index = 0; index < text.length; index++) hash = mixed(hash, text.charCodeAt(index));
  return mixed(hash, END);
}

function mixed(hash: number, value: number): number {
  return Math.imul(hash ^ value, FNV_PRIME);
}
