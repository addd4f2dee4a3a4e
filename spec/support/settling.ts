import {nextJob} from './live-classes';

/** How often the event loop may turn for what waits for nothing but the event loop. */
const JOBS = 200;

/** @throws Error where a promise that needs no time has not settled after many turns of the event loop: it hangs */
export async function settled<T>(promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settle = () => void (isSettled = true);
  promise.then(settle, settle);
  for (let job = 0; job < JOBS && !isSettled; job++) await nextJob();
  if (!isSettled) throw new Error(`The promise has not settled after ${JOBS} turns of the event loop.`);
  return promise;
}
