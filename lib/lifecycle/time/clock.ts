import {InvalidOptionError} from '../../scoped-registry/errors';

/** What time it is, and when it will have passed; a fake clock of a test library fits. */
export interface Clock {
  /** Milliseconds since some moment; never runs backwards. */
  now(): number;
  /** @default the global one */
  setTimeout?(work: () => void, ms: number): unknown;
  /** @default the global one */
  clearTimeout?(timer: unknown): void;
}

/** @throws InvalidOptionError `INVALID_OPTION` */
export function assertClock(clock: Partial<Clock> | null | undefined): void {
  if (typeof clock?.now !== 'function') throw new InvalidOptionError('clock must have a method now().');
}

/** A timer of Node's that is set for longer fires at once. */
const LONGEST = 2 ** 31 - 1;

/**
 * Calls `work`, which must not throw, after `ms`. The timer holds the process open: somebody waits for it.
 * @returns what keeps it from being called
 */
export function callAfter(clock: Clock, ms: number, work: () => void): () => void {
  return cancel(clock, start(clock, ms, work));
}

/** As `after`, for what nobody waits for: the timer does not hold the process open. */
export function callAfterUnreferenced(clock: Clock, ms: number, work: () => void): () => void {
  const timer = start(clock, ms, work);
  (timer as {unref?: () => void} | undefined)?.unref?.();
  return cancel(clock, timer);
}

function start(clock: Clock, ms: number, work: () => void): unknown {
  const delay = Math.min(ms, LONGEST);
  return clock.setTimeout ? clock.setTimeout(work, delay) : setTimeout(work, delay);
}

function cancel(clock: Clock, timer: unknown): () => void {
  return () => (clock.clearTimeout ? clock.clearTimeout(timer) : clearTimeout(timer as NodeJS.Timeout));
}
