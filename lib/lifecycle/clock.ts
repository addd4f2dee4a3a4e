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
 * Calls `work`, which must not throw, after `ms`.
 * @param holds whether the process stays open for it: where somebody awaits it
 * @returns what keeps it from being called
 */
export function after(clock: Clock, ms: number, work: () => void, holds = true): () => void {
  const delay = Math.min(ms, LONGEST);
  const timer = clock.setTimeout ? clock.setTimeout(work, delay) : setTimeout(work, delay);
  if (!holds) (timer as {unref?: () => void} | undefined)?.unref?.();
  return () => (clock.clearTimeout ? clock.clearTimeout(timer) : clearTimeout(timer as NodeJS.Timeout));
}
