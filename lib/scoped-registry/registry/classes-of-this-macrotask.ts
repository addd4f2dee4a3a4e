import {MacrotaskSet} from '../primitives/macrotask-set';
import type {ModelClass} from '../juggler/types';

/** The classes that the running job has made. */
const made = new MacrotaskSet<ModelClass>();

/** Notes a class as made by the running job of the event loop. */
export function noteMadeInThisMacrotask(model: ModelClass): void {
  made.add(model);
}

/**
 * Whether the running job has made a class. One that is replaced in the same job had better not be referred to even
 * weakly: a WeakRef keeps its target alive to the end of the job, and a job that defines one model over and over (a
 * migration, a replay of documents) would collect all its generations.
 */
export function isMadeInThisMacrotask(model: ModelClass): boolean {
  return made.has(model);
}
