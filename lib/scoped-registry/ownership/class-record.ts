import {ownValue} from '../primitives/own-property';
import type {ModelClass, ModelDefinition} from '../juggler/types';
import type {OwningRegistry} from './owning-registry';
import type {PropertyRule} from '../juggler/validation-rules';

/**
 * The record of a light class (a class that this library made): its owner, its definition, and the state that juggler creates at
 * define time and this library on first use.
 */
export class ClassRecord {
  /** The definition that the class was made with. User code may have replaced `Model.definition` since. */
  definition: ModelDefinition | undefined;
  /** The state that was created on first use, by name. */
  firstUses: Map<string, unknown> | undefined;
  /** What the class is charged for in its registry, see ClassBytes; 0 for a class that no name leads to. */
  bytes = 0;
  /** Private, so that code that has a class cannot reach its registry. */
  #owner: OwningRegistry | undefined;

  /** The rules from which the validations of the class are made. */
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

/** The own property under which a light class has its record. */
export const CLASS_RECORD = Symbol('class record');

/** The name under which a class keeps its emitter among what it makes on first use. juggler has no static of that name. */
export const EMITTER = '';

/** The nearest light class in the prototype chain: `model` itself, or the class that a transaction's copy or a subclass comes from. */
export function lightClassOf(model: object): ModelClass | undefined {
  let owner: object | null = model;
  while (owner && !Object.hasOwn(owner, CLASS_RECORD)) owner = Object.getPrototypeOf(owner) as object | null;
  return (owner as ModelClass | null) ?? undefined;
}

/**
 * The state of a light class under `name`, created by `make` on first use. It is kept in the record and not on the class, so that
 * `Object.keys` of the class lists only what code has put there.
 */
export function makeOnce<T>(model: ModelClass, name: string, make: () => T): T {
  const firstUses = (recordOf(model).firstUses ??= new Map());
  if (!firstUses.has(name)) firstUses.set(name, make());
  return firstUses.get(name) as T;
}

/** What `makeOnce` has created under `name`; undefined if it has created nothing yet. */
export function madeSoFar(model: ModelClass, name: string): unknown {
  return recordOf(model).firstUses?.get(name);
}

/** Whether `makeOnce` has created anything for a class. */
export function hasMadeAnything(model: ModelClass): boolean {
  return recordOf(model).firstUses !== undefined;
}

/**
 * The state that a class has for itself under one of juggler's names, such as `relations`: an own property, or state that was
 * created on first use. Creates nothing.
 */
export function ownStateOf<T>(model: ModelClass, name: string): T | undefined {
  const own = ownValue<T>(model, name);
  return own ?? (Object.hasOwn(model, CLASS_RECORD) ? (madeSoFar(model, name) as T | undefined) : undefined);
}

/** The definition that a light class was made with. */
export function definitionMadeWith(model: ModelClass): ModelDefinition | undefined {
  return recordOf(model).definition;
}

/** The record of a light class that starts as a placeholder and is filled in by juggler's `define`. */
export class FilledClassRecord extends ClassRecord {
  /** Whether juggler's `define` is running for the class. */
  isBeingFilled = false;
}

/** Runs juggler's `define`, which fills in `model` because it finds a placeholder under that name. */
export function fillingIn<T>(model: ModelClass, define: () => T): T {
  const record = recordOf(model) as FilledClassRecord;
  record.isBeingFilled = true;
  try {
    return define();
  } finally {
    record.isBeingFilled = false;
  }
}

/** Whether juggler's `define` is filling in this class now. */
export function isBeingFilledIn(model: ModelClass): boolean {
  const record = Object.hasOwn(model, CLASS_RECORD) ? recordOf(model) : undefined;
  return record instanceof FilledClassRecord && record.isBeingFilled;
}

/** The record of a light class. A class that juggler made has none: check for an own CLASS_RECORD before the call. */
export function recordOf(model: ModelClass): ClassRecord {
  return (model as unknown as {[CLASS_RECORD]: ClassRecord})[CLASS_RECORD];
}
