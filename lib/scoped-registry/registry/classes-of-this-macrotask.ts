import {MacrotaskSet} from '../primitives/macrotask-set';
import type {ModelClass} from '../juggler/types';

/** The classes that were made in the current turn of the event loop. */
const made = new MacrotaskSet<ModelClass>();

/** Notes that a class was made in the current turn of the event loop. */
export function noteMadeInThisMacrotask(model: ModelClass): void {
  made.add(model);
}

/**
 * Whether a class was made in the current turn of the event loop. If such a class is replaced in the same turn, no WeakRef may be made
 * to it, because a WeakRef keeps its target alive until the turn ends. A turn that defines one model many times (a migration, a replay
 * of documents) would keep every replaced class in memory.
 */
export function isMadeInThisMacrotask(model: ModelClass): boolean {
  return made.has(model);
}
