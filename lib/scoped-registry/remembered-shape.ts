import {currentJob} from './job';
import type {Dialect} from './dialect';
import type {Dictionary, ModelClass} from './juggler';

/** One of the objects that a shape consists of, as it was. */
interface Part {
  readonly object: object;
  readonly names: readonly string[];
  readonly values: readonly unknown[];
}

/** A shape that has found its class. That it has not changed since takes less time to see than what it is. */
export class RememberedShape {
  readonly #parts: Part[] = [];
  /** The job in which its class was last looked at from all sides, and those of its parts. */
  seenIn = currentJob();
  /** What each text in it means as a type name: mostly nothing, but nobody looks which of them are names. */
  #names: Map<string, unknown> | undefined;

  constructor(
    shape: object,
    readonly model: ModelClass,
    readonly dialect: Dialect,
  ) {
    this.#remember(shape);
  }

  /** But for keys of a list besides its items: to look for those takes V8 longer than all the rest. It is compared in full once in each job. */
  isUnchanged(): boolean {
    for (const part of this.#parts) {
      if (!(Array.isArray(part.object) ? hasSameItems(part) : isSame(part))) return false;
    }
    return this.#names === undefined || this.#meanTheSame(this.#names);
  }

  #meanTheSame(names: ReadonlyMap<string, unknown>): boolean {
    for (const [name, type] of names) if (this.dialect.typeOf(name) !== type) return false;
    return true;
  }

  #remember(object: object): void {
    const names: string[] = [];
    const values: unknown[] = [];
    this.#parts.push({object, names, values});
    for (const name in object) {
      const value = (object as Dictionary<unknown>)[name];
      names.push(name);
      values.push(value);
      if (typeof value === 'string') (this.#names ??= new Map()).set(value, this.dialect.typeOf(value));
      if (typeof value === 'object' && value !== null) this.#remember(value);
    }
  }
}

function isSame({object, names, values}: Part): boolean {
  let index = 0;
  // for-in, as juggler reads it: inherited keys count
  for (const name in object) {
    if (name !== names[index] || !Object.is((object as Dictionary<unknown>)[name], values[index])) return false;
    index++;
  }
  return index === names.length;
}

function hasSameItems({object, values}: Part): boolean {
  const items = object as readonly unknown[];
  // those of a list with gaps or keys are not its items
  if (items.length !== values.length) return false;
  for (let index = 0; index < values.length; index++) if (!Object.is(items[index], values[index])) return false;
  return true;
}
