/** A timer of Node's that is set for longer fires at once. */
const LONGEST = 2 ** 31 - 1;

/**
 * Settles as `work` does, or rejects with `late()` after `ms`. The timer does not hold the process open, and a late
 * rejection of `work` harms nobody.
 */
export async function withDeadline<T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), Math.min(ms, LONGEST));
    timer.unref();
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
