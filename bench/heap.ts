import {setTimeout} from 'node:timers/promises';

/**
 * Returns the bytes of the heap in use after garbage collection. Several collections are needed: V8 drops unused bytecode only after
 * some of them, and its background compiler keeps objects alive until it has finished.
 */
export async function heapAfterCollection(): Promise<number> {
  for (const pause of [0, 10, 10, 50]) {
    // A new turn of the event loop is needed: JavaScript keeps objects that were read through a WeakRef until the turn ends.
    await setTimeout(pause);
    globalThis.gc!();
  }
  return process.memoryUsage().heapUsed;
}
