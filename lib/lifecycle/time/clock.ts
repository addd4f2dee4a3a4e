import {InvalidOptionError} from '../../scoped-registry/errors';
import {got} from '../../scoped-registry/got';
import {clearTimeout, MAX_DELAY, setTimeout} from '../../scoped-registry/primitives/timers';

/** A source of time and timers. `performance` and the fake clocks of test libraries fit. */
export interface Clock {
  /** Milliseconds since a fixed moment. Must never run backwards. */
  now(): number;
  /** @default Node's setTimeout, as it was when this library was loaded */
  setTimeout?(work: () => void, ms: number): unknown;
  /** @default Node's clearTimeout, as it was when this library was loaded */
  clearTimeout?(timer: unknown): void;
}

/** @throws InvalidOptionError `INVALID_OPTION` */
export function assertClock(clock: Partial<Clock> | null | undefined): void {
  if (typeof clock?.now !== 'function') throw new InvalidOptionError(`clock must have a method now(), ${got(clock)}.`);
}

/**
 * Calls `work` after `ms` milliseconds. `work` must not throw. The timer holds the process open: for timers that a caller
 * awaits.
 * @returns a function that cancels the timer
 */
export function callAfter(clock: Clock, ms: number, work: () => void): () => void {
  return cancel(clock, start(clock, ms, work));
}

/** As `callAfter`, but the timer does not hold the process open. */
export function callAfterUnreferenced(clock: Clock, ms: number, work: () => void): () => void {
  const timer = start(clock, ms, work);
  (timer as {unref?: () => void} | undefined)?.unref?.();
  return cancel(clock, timer);
}

function start(clock: Clock, ms: number, work: () => void): unknown {
  const delay = Math.min(ms, MAX_DELAY);
  return clock.setTimeout ? clock.setTimeout(work, delay) : setTimeout(work, delay);
}

function cancel(clock: Clock, timer: unknown): () => void {
  return () => (clock.clearTimeout ? clock.clearTimeout(timer) : clearTimeout(timer as NodeJS.Timeout));
}
