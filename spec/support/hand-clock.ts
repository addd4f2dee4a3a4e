import type {Clock} from '../../lib/index';
import {nextJob} from './live-classes';

interface Timer {
  readonly at: number;
  readonly work: () => void;
}

/** A clock that a spec moves by hand. */
export class HandClock implements Clock {
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
    for (;;) {
      const next = Math.min(...[...this.#timers].map(({at}) => at));
      if (next > end) break;
      this.#now = Math.max(this.#now, next);
      this.fire();
      await nextJob();
    }
    this.#now = end;
    await nextJob();
  }
}
