import {callAfterUnreferenced, type Clock} from './clock';

/**
 * Settles as `work` does, or rejects with `late()` after `ms`. A late
 * rejection of `work` harms nobody.
 */
export async function withDeadline<T>(clock: Clock, work: Promise<T>, ms: number, late: () => Error): Promise<T> {
  let stop!: () => void;
  const deadline = new Promise<never>((_, reject) => {
    stop = callAfterUnreferenced(clock, ms, () => reject(late()));
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    stop();
  }
}
