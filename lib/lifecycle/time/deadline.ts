import {callAfterUnreferenced, type Clock} from './clock';

/**
 * Settles as `work` does, or rejects with `timeoutError()` after `ms` milliseconds. A rejection of `work` after that is
 * handled and ignored. The timer does not hold the process open.
 */
export async function withDeadline<T>(clock: Clock, work: Promise<T>, ms: number, timeoutError: () => Error): Promise<T> {
  let stop!: () => void;
  const deadline = new Promise<never>((_, reject) => {
    stop = callAfterUnreferenced(clock, ms, () => reject(timeoutError()));
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    stop();
  }
}
