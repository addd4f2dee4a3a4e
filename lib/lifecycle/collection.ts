import {setImmediate} from 'node:timers/promises';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import type {LivingCount} from '../scoped-registry/living-count';

/** Turns of the event loop to wait for V8's report. */
const TURNS = 50;

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
 * How many of the counted objects are still alive after a garbage collection. Stops the process for as long as a full
 * collection takes, twice where something survived the first.
 */
export async function survivorsAfterCollection(counted: LivingCount): Promise<number> {
  for (let round = 0; round < 2 && (round === 0 || counted.alive > 0); round++) {
    // what the running job has touched through weak references lives until the job's end
    await setImmediate();
    collectGarbage();
    // V8 reports what it collected in tasks of its own, some turns later where the process is busy
    for (let turn = 0; turn < TURNS && counted.alive > 0; turn++) await setImmediate();
  }
  return counted.alive;
}

function exposedGc(): () => void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  return gc;
}
