import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import {nextTick, setTimeout} from '../../scoped-registry/primitives/timers';

/**
 * Resolves after the job that V8 runs now. V8 keeps each object that was read through a weak reference alive until the end
 * of that job. A caller that counts live objects after this does not count objects that are kept only for that reason.
 */
export function endOfRunningJob(): Promise<void> {
  return new Promise(resolve => nextTick(resolve));
}

/** The pause before each collection, in milliseconds. */
const PAUSES = [0, 1, 10, 50, 250];

let collect: (() => void) | undefined;

/**
 * Runs a full garbage collection, with or without --expose-gc. `v8.queryObjects` collects garbage too, but takes about
 * 10 ms for each MB of the heap. This takes less than 0.2 ms for each MB.
 */
export function collectGarbage(): void {
  collect ??= globalThis.gc ? () => void globalThis.gc!() : exposedGc();
  collect();
}

/**
 * Counts how many of `objects` are still alive after a garbage collection. `objects` must hold them weakly. The process
 * stops during each full collection. Where more than `expected` objects survive, it collects up to five times with growing
 * pauses, because V8's compiler keeps the functions that it compiles in the background until it is done.
 */
export async function survivorsAfterCollection(objects: Iterable<object>, expected = 0): Promise<number> {
  let alive = 0;
  for (const pause of PAUSES) {
    // objects that the running job has read through weak references live until the end of that job
    await new Promise(resolve => setTimeout(resolve, pause));
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
