import {identityOf} from '../primitives/object-identity';
import {Part, readPropertySet, type PropertySetVisitor} from '../juggler/property-set-reader';
import {isModelClass, type Dictionary} from '../juggler/types';

/**
 * A number that all structures have in common that are equal (see structure-match.ts): what is compared in full are the few of
 * one number. Models count by name, so it is the same for all tenants, and stays the same when a model is redefined.
 *
 * Undefined, and never found again, are structures that cannot be read (readPropertySet).
 * @param valueTypes juggler's, by lower-case name
 */
export function structureHash(shape: object, valueTypes: Dictionary<Function>): number | undefined {
  const hasher = new ShapeHasher(valueTypes);
  return readPropertySet(shape, hasher) ? hasher.hash : undefined;
}

/** In place of the end of an object or text. */
const END = Part.Data + 1;
const FNV_PRIME = 0x01000193;

class ShapeHasher implements PropertySetVisitor {
  /** FNV-1a, over characters and marks. */
  hash = 0x811c9dc5 | 0;

  constructor(private readonly valueTypes: Dictionary<Function>) {}

  begin(part: Part): void {
    this.hash = mixed(this.hash, part);
  }

  key(name: string): void {
    this.hash = textMixed(this.hash, name);
  }

  end(): void {
    this.hash = mixed(this.hash, END);
  }

  /** What counts by identity is compared in full. */
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

  functionValue(value: Function): void {
    this.hash = mixed(this.hash, identityOf(value));
  }

  primitive(value: unknown): void {
    this.hash = typeof value === 'string' ? textMixed(this.hash, value) : mixed(this.hash, Part.Data + Number(value));
  }
}

function textMixed(hash: number, text: string): number {
  for (let index = 0; index < text.length; index++) hash = mixed(hash, text.charCodeAt(index));
  return mixed(hash, END);
}

function mixed(hash: number, value: number): number {
  return Math.imul(hash ^ value, FNV_PRIME);
}
