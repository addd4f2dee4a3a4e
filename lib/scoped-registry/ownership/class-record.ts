import {ownValue} from '../primitives/own-property';
import type {ModelClass, ModelDefinition} from '../juggler/types';
import type {OwningRegistry} from './owning-registry';
import type {PropertyRule} from '../juggler/validation-rules';

/** What there is of a class of ours besides its properties. */
export class ClassRecord {
  /** What an embedded class was made with; code may have put another in its place. */
  definition: ModelDefinition | undefined;
  made: Map<string, unknown> | undefined;
  /** Hidden: whoever has a class does not get to its registry. */
  #owner: OwningRegistry | undefined;

  /** What its validations are made from. */
  get rules(): readonly PropertyRule[] {
    return [];
  }

  get owner(): OwningRegistry | undefined {
    return this.#owner;
  }

  set owner(registry: OwningRegistry | undefined) {
    this.#owner = registry;
  }
}

/** A class that inherits its statics has this property: what was made for it on first use, by name. */
export const CLASS_RECORD = Symbol('first uses');

/** The class itself, where a transaction's copy of it or a subclass asks. */
export function lightClassOf(model: object): ModelClass | undefined {
  let owner: object | null = model;
  while (owner && !Object.hasOwn(owner, CLASS_RECORD)) owner = Object.getPrototypeOf(owner) as object | null;
  return (owner as ModelClass | null) ?? undefined;
}

/** What was made on first use and is no property of the class: `Object.keys` lists what code has put there. */
export function makeOnce<T>(model: ModelClass, name: string, make: () => T): T {
  const made = (recordOf(model).made ??= new Map());
  if (!made.has(name)) made.set(name, make());
  return made.get(name) as T;
}

/** What was made, without making it. */
export function madeOnce(model: ModelClass, name: string): unknown {
  return recordOf(model).made?.get(name);
}

/** Whether anything was made of a class on first use. */
export function hasMadeAnything(model: ModelClass): boolean {
  return recordOf(model).made !== undefined;
}

/** What a class has for itself under a name of juggler's: as its own property, or made on first use. Makes nothing. */
export function ownStateOf<T>(model: ModelClass, name: string): T | undefined {
  const own = ownValue<T>(model, name);
  return own ?? (Object.hasOwn(model, CLASS_RECORD) ? (madeOnce(model, name) as T | undefined) : undefined);
}

/** The definition that an embedded class of ours was made with. */
export function definitionMadeWith(model: ModelClass): ModelDefinition | undefined {
  return recordOf(model).definition;
}

/** The record of a class that juggler's `define` fills in, as it fills in a placeholder. */
export class FilledClassRecord extends ClassRecord {
  isBeingFilled = false;
}

/** Lets juggler's `define` fill in a class that it takes for a placeholder. */
export function fillingIn<T>(model: ModelClass, define: () => T): T {
  const record = recordOf(model) as FilledClassRecord;
  record.isBeingFilled = true;
  try {
    return define();
  } finally {
    record.isBeingFilled = false;
  }
}

/** Whether juggler's `define` is filling in a class now. */
export function isBeingFilledIn(model: ModelClass): boolean {
  const record = Object.hasOwn(model, CLASS_RECORD) ? recordOf(model) : undefined;
  return record instanceof FilledClassRecord && record.isBeingFilled;
}

/** Of a class of ours: one made by juggler has none. */
export function recordOf(model: ModelClass): ClassRecord {
  return (model as unknown as {[CLASS_RECORD]: ClassRecord})[CLASS_RECORD];
}
