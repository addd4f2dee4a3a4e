import {isModelClass} from '../juggler/types';

/**
 * The places of filters and values among the arguments of the connector methods whose answers contain none of them. The arguments of
 * other methods may come back as rows.
 */
const LENT: Readonly<Record<string, readonly number[] | undefined>> = {
  ...{all: [1], count: [1], destroyAll: [1], update: [1, 2], updateAll: [1, 2]},
};

type Container = Record<string, unknown>;

/**
 * Puts a copy in the place of each filter, and of the values of an update, that contains an instance: user code may search for one, and a
 * pool may keep what it was given for ever.
 * @returns empties the copies; undefined if nothing was copied
 */
export function lendInstances(method: string, args: unknown[]): (() => void) | undefined {
  const copies: Container[] = [];
  for (const place of LENT[method] ?? []) if (hasInstance(args[place])) args[place] = copyContainers(args[place], copies);
  return copies.length > 0 ? emptying(copies) : undefined;
}

/** Made here, because a closure keeps all variables that closures of its function use. */
function emptying(copies: readonly Container[]): () => void {
  return () => {
    for (const copy of copies) {
      for (const name of Object.keys(copy)) delete copy[name];
      if (Array.isArray(copy)) copy.length = 0;
    }
  };
}

function isContainer(value: unknown): value is Container {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value) as unknown;
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null;
}

/** Whether an instance of a model, or juggler's list of them, is anywhere in objects and arrays. */
function hasInstance(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (isContainer(value)) {
    for (const name in value) if (hasInstance(value[name])) return true;
    return false;
  }
  return Array.isArray(value) || isModelClass(value.constructor);
}

function copyContainers(value: unknown, copies: Container[]): unknown {
  if (!isContainer(value)) return value;
  const copy = (Array.isArray(value) ? [] : Object.create(Object.getPrototypeOf(value) as object | null)) as Container;
  copies.push(copy);
  for (const name of Object.keys(value)) copy[name] = copyContainers(value[name], copies);
  return copy;
}
