import {ownValue} from './dictionary';
import type {ModelClass, ModelDefinition} from './juggler';

interface FirstUses {
  /** What an embedded class was made with; code may have put another in its place. */
  readonly definition: ModelDefinition | undefined;
  made: Map<string, unknown> | undefined;
  /** juggler's `define` is at work on it. */
  filling?: boolean;
}

/** A class that inherits its statics has this property: what was made for it on first use, by name. */
export const FIRST_USES = Symbol('first uses');

/** The class itself, where a transaction's copy of it or a subclass asks. */
export function makerOf(model: object): ModelClass | undefined {
  let owner: object | null = model;
  while (owner && !Object.hasOwn(owner, FIRST_USES)) owner = Object.getPrototypeOf(owner) as object | null;
  return (owner as ModelClass | null) ?? undefined;
}

/** What was made on first use and is no property of the class: `Object.keys` lists what code has put there. */
export function once<T>(model: ModelClass, name: string, make: () => T): T {
  const made = (firstUses(model).made ??= new Map());
  if (!made.has(name)) made.set(name, make());
  return made.get(name) as T;
}

/** What was made, without making it. */
export function madeOnce(model: ModelClass, name: string): unknown {
  return firstUses(model).made?.get(name);
}

/** Whether anything was made of a class on first use. */
export function isUsed(model: ModelClass): boolean {
  return firstUses(model).made !== undefined;
}

/** What a class has for itself under a name of juggler's: as its own property, or made on first use. Makes nothing. */
export function stateOf<T>(model: ModelClass, name: string): T | undefined {
  const own = ownValue<T>(model, name);
  return own ?? (Object.hasOwn(model, FIRST_USES) ? (madeOnce(model, name) as T | undefined) : undefined);
}

/** The definition that an embedded class of ours was made with. */
export function madeWith(model: ModelClass): ModelDefinition | undefined {
  return firstUses(model).definition;
}

/** Lets juggler's `define` fill in a class that it takes for a placeholder. */
export function filling<T>(model: ModelClass, define: () => T): T {
  const uses = firstUses(model);
  uses.filling = true;
  try {
    return define();
  } finally {
    uses.filling = false;
  }
}

export function isFilling(model: ModelClass): boolean {
  return Object.hasOwn(model, FIRST_USES) && firstUses(model).filling === true;
}

function firstUses(model: ModelClass): FirstUses {
  return (model as unknown as {[FIRST_USES]: FirstUses})[FIRST_USES];
}
