/** What time it is, and when it will have passed; a fake clock of a test library fits. */
export interface Clock {
  /** Milliseconds since some moment; never runs backwards. */
  now(): number;
  /** @default the global one */
  setTimeout?(work: () => void, ms: number): unknown;
  /** @default the global one */
  clearTimeout?(timer: unknown): void;
}

/** A timer of Node's that is set for longer fires at once. */
const LONGEST = 2 ** 31 - 1;

/**
 * Calls `work`, which must not throw, after `ms`. The timer does not hold the process open, also where somebody awaits it:
 * a process that is over need not wait for a deadline.
 * @returns what keeps it from being called
 */
export function after(clock: Clock, ms: number, work: () => void): () => void {
  const delay = Math.min(ms, LONGEST);
  const timer = clock.setTimeout ? clock.setTimeout(work, delay) : setTimeout(work, delay);
  (timer as {unref?: () => void} | undefined)?.unref?.();
  return () => (clock.clearTimeout ? clock.clearTimeout(timer) : clearTimeout(timer as NodeJS.Timeout));
}
