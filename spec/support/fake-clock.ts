import type {Clock} from '../../lib/index';
import {nextJob} from './live-classes';

interface Timer {
  readonly at: number;
  readonly work: () => void;
}

/** Time that passes when the spec says so. */
export class FakeClock implements Clock {
  #now = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  setTimeout(work: () => void, ms: number): Timer {
    const timer = {at: this.#now + ms, work};
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as Timer);
  }

  /** Timers that have been set and not cleared. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Lets time pass without any timer's being called, as in a job that takes long. */
  jump(ms: number): void {
    this.#now += ms;
  }

  /** Calls the timers that are due, those that they set for now included, in one stretch each. @returns how many */
  fire(): number {
    const due = [...this.#timers].filter(({at}) => at <= this.#now).sort((one, other) => one.at - other.at);
    for (const timer of due) if (this.#timers.delete(timer)) timer.work();
    return due.length;
  }

  /** Lets time pass, timer by timer, and promises settle in between. */
  async pass(ms: number): Promise<void> {
    await nextJob();
    const end = this.#now + ms;
    while (this.#goOn(end)) await nextJob();
    await nextJob();
  }

  /** Lets time pass, timer by timer, within this job. */
  passAtOnce(ms: number): void {
    const end = this.#now + ms;
    while (this.#goOn(end)) continue;
  }

  /** Goes to the next moment at which timers are due, and calls them; to the end where none is. @returns whether one was */
  #goOn(end: number): boolean {
    const next = Math.min(...[...this.#timers].map(({at}) => at));
    this.#now = Math.max(this.#now, Math.min(next, end));
    return next <= end && this.fire() > 0;
  }
}
