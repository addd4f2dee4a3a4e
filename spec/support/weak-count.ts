import {inspect} from 'node:util';
import {collectGarbage} from '../../lib/lifecycle/generations/garbage-collection';

/** How many objects of a set are alive, or are dead and not collected yet. */
export function sizeOf(set: WeakSet<object>): number {
  // to ask a WeakRef for its target keeps the target alive to the end of the job; to inspect a WeakSet does not
  const text = inspect(set, {showHidden: true, maxArrayLength: 0});
  const [, count] = /^WeakSet \{ (?: |\.\.\. (\d+) more items? )\}$/.exec(text)!;
  return Number(count ?? 0);
}

/**
 * How many objects of a set are alive after a garbage collection. Call it from a plain function: what a suspended async function
 * has in its variables is alive.
 * @param likely how many are likely to be alive: then one collection is enough
 */
export function survivorsOf(set: WeakSet<object>, likely = 0): number {
  let [before, alive] = [Infinity, Infinity];
  // the first collection may be what ends the life of something that holds others
  do {
    before = alive;
    collectGarbage();
    alive = sizeOf(set);
  } while (alive !== 0 && alive !== likely && alive < before);
  return alive;
}
