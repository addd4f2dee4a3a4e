import {setTimeout} from 'node:timers/promises';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';

/**
 * Ends what V8 takes for the running job, in which everything lives that was reached through a weak reference. Whoever
 * counts objects after this counts those that are really alive.
 */
export function nextMacrotask(): Promise<void> {
  return new Promise(resolve => process.nextTick(resolve));
}

/** Milliseconds before each collection. */
const PAUSES = [0, 1, 10, 50, 250];

let collect: (() => void) | undefined;

/**
 * Runs a full garbage collection, whether the process was started with --expose-gc or not. (Counting objects with
 * `v8.queryObjects` collects too, but takes some 10 ms for each MB of the heap; this takes less than 0.2.)
 */
export function collectGarbage(): void {
  collect ??= globalThis.gc ? () => void globalThis.gc!() : exposedGc();
  collect();
}

/**
 * How many of `objects`, which must hold them weakly, are still alive after a garbage collection. Stops the process for
 * as long as a full collection takes, and some times over where more survive the first than are expected: V8's compiler
 * holds on to what it compiles in the background, until it is done.
 */
export async function survivorsAfterCollection(objects: Iterable<object>, expected = 0): Promise<number> {
  let alive = 0;
  for (const pause of PAUSES) {
    // what the running job has touched through weak references lives until the job's end
    await setTimeout(pause);
    collectGarbage();
    alive = [...objects].length;
    if (alive <= expected) break;
  }
  return alive;
}

function exposedGc(): () => void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  return gc;
}
