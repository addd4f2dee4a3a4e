import {MacrotaskSet} from '../primitives/macrotask-set';
import type {ModelClass} from '../juggler/types';
import {setImmediate} from '../primitives/timers';

/** The classes that were made in the current turn of the event loop. */
const made = new MacrotaskSet<ModelClass>();

/** Notes that a class was made in the current turn of the event loop. */
export function noteMadeInThisMacrotask(model: ModelClass): void {
  made.add(model);
}

/** So many classes may be made, replaced and kept alive in one turn of the event loop. */
const MOST_REPLACED = 100;

let replaced = 0;

/**
 * Whether a class was made in the current turn of the event loop. If such a class is replaced in the same turn, a WeakRef to it keeps it
 * alive until the turn ends. A turn that defines one model many times (a migration, a replay of documents) would keep every replaced
 * class in memory. See `mayBeHeldWeakly`.
 */
export function isMadeInThisMacrotask(model: ModelClass): boolean {
  return made.has(model);
}

/** Whether a WeakRef may be made to a class that was made and replaced in the current turn: to the first of them, but not to all. */
export function mayBeHeldWeakly(): boolean {
  if (replaced === 0) setImmediate(() => (replaced = 0)).unref();
  return ++replaced <= MOST_REPLACED;
}
