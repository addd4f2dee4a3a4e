import {identityOf, textOfSymbol} from '../primitives/object-identity';
import {KeyedHash} from '../primitives/keyed-hash';
import {Part, readPropertySet, type PropertySetVisitor} from '../juggler/property-set-reader';
import {isModelClass, type Dictionary} from '../juggler/types';

/**
 * Returns a hash of a structure: equal structures (see structure-match.ts) have equal hashes. The embedded classes of a
 * registry are indexed by this hash, and only the few classes with the same hash are compared in full.
 *
 * Property names and attributes come from clients, who must not be able to choose many structures of one hash. So the hash is
 * keyed (`KeyedHash`), and everything that the comparison tells apart is part of it, with one exception: a model counts by its
 * name, so that the hash stays the same when the model is redefined.
 *
 * Returns undefined for a structure that cannot be read (`readPropertySet`), and so cannot be found again.
 * @param valueTypes juggler's dictionary of value types; its keys are lower-case names
 */
export function structureHash(shape: object, valueTypes: Dictionary<Function>): number | undefined {
  const hasher = new StructureHasher(valueTypes);
  return readPropertySet(shape, hasher) ? hasher.hash.end() : undefined;
}

/** What follows in the hashed text. Each kind has its own mark, so no structure reads as another one. */
const enum Mark {
  // the first marks are those of Part
  NullPrototypeData = Part.Data + 1,
  ArrayData,
  End,
  Key,
  SymbolKey,
  Identity,
  TypeText,
  Model,
  Type,
  Reference,
  Undefined,
  Null,
  False,
  True,
  Text,
  Number,
  BigInt,
  Symbol,
}

class StructureHasher implements PropertySetVisitor {
  readonly hash = new KeyedHash();

  constructor(private readonly valueTypes: Dictionary<Function>) {}

  begin(part: Part, object: object): void {
    if (part !== Part.Data) this.hash.add(part);
    else if (Array.isArray(object)) this.#number(Mark.ArrayData, object.length);
    else this.hash.add(Object.getPrototypeOf(object) === null ? Mark.NullPrototypeData : part);
  }

  key(name: string | symbol): void {
    if (typeof name === 'symbol') this.hash.addText(Mark.SymbolKey, textOfSymbol(name));
    else this.hash.addText(Mark.Key, name);
  }

  end(): void {
    this.hash.add(Mark.End);
  }

  identity(object: object): void {
    this.#number(Mark.Identity, identityOf(object));
  }

  typeName(name: string, raw: boolean): true {
    const valueType = raw ? undefined : (this.valueTypes[name.toLowerCase()] as Function | undefined);
    if (valueType) this.type(valueType);
    else this.hash.addText(raw ? Mark.TypeText : Mark.Model, name);
    return true;
  }

  type(type: Function): void {
    if (isModelClass(type)) this.hash.addText(Mark.Model, String(type.modelName));
    else this.#number(Mark.Type, identityOf(type));
  }

  reference(value: object): void {
    this.#number(Mark.Reference, identityOf(value));
  }

  primitive(value: unknown): void {
    switch (typeof value) {
      case 'string':
        return this.hash.addText(Mark.Text, value);
      case 'number':
        return this.hash.addText(Mark.Number, Object.is(value, -0) ? '-0' : String(value));
      case 'bigint':
        return this.hash.addText(Mark.BigInt, String(value));
      case 'symbol':
        return this.hash.addText(Mark.Symbol, textOfSymbol(value));
      default:
        return this.hash.add(value === undefined ? Mark.Undefined : value === null ? Mark.Null : value ? Mark.True : Mark.False);
    }
  }

  #number(mark: Mark, value: number): void {
    this.hash.add(mark);
    this.hash.add(value);
  }
}
