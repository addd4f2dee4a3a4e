import {setTimeout} from 'node:timers/promises';

/**
 * Bytes of the heap that are really in use. More than one collection: the first ones age the bytecode that nobody runs any
 * more, and V8's compiler holds on to what it compiles in the background, until it is done.
 */
export async function heapAfterCollection(): Promise<number> {
  for (const pause of [0, 10, 10, 50]) {
    // also ends the job, and with it what it has touched through weak references
    await setTimeout(pause);
    globalThis.gc!();
  }
  return process.memoryUsage().heapUsed;
}
