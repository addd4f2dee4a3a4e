import {nextJob} from './live-classes';

/** How often the event loop may turn for what waits for nothing but the event loop. */
const JOBS = 200;
/** In milliseconds. */
const LONGEST_WAIT = 10_000;

/** @throws Error where a promise that needs no time has not settled after many turns of the event loop: it hangs */
export async function settled<T>(promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settle = () => void (isSettled = true);
  promise.then(settle, settle);
  for (let job = 0; job < JOBS && !isSettled; job++) await nextJob();
  if (!isSettled) throw new Error(`The promise has not settled after ${JOBS} turns of the event loop.`);
  return promise;
}

/**
 * Waits until a condition holds that other code brings about: the event loop turns, for up to ten seconds.
 * @throws Error where it does not hold then
 */
export async function until(condition: () => boolean): Promise<void> {
  for (const end = performance.now() + LONGEST_WAIT; !condition(); await nextJob())
    if (performance.now() > end) throw new Error(`This has not come about within ${LONGEST_WAIT} ms: ${String(condition)}`);
}
