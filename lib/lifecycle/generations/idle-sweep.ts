import {callAfterUnreferenced, type Clock} from '../time/clock';
import {activeContexts, onLastContext} from '../context/cohort';
import type {Generations} from './generations';
import {runWithin} from '../context/tenant-context';

export interface IdleSweepOptions {
  readonly clock: Clock;
  readonly idleTtl: number;
  readonly lastContextGrace: number;
}

/** The number of tenants that one sweep checks, within a fraction of a millisecond. The rest waits for the next sweep. */
const BATCH = 100;
/** Milliseconds between two sweeps, at least. Tenants that become idle within this time are evicted together. */
const INTERVAL = 1_000;

/**
 * Evicts idle tenants: after `idleTtl` milliseconds without use, or `lastContextGrace` milliseconds after the end of their
 * last context.
 */
export class IdleSweep {
  /** By tenant that is held, the time at which `lastContextGrace` is over, the earliest first. */
  readonly #due = new Map<string, number>();
  #nextSweepAt = 0;
  #cancelTimer: (() => void) | undefined;
  #scheduledAt = Infinity;
  #stopListening: (() => void) | undefined;

  constructor(
    private readonly generations: Generations,
    private readonly options: IdleSweepOptions,
  ) {
    if (options.lastContextGrace === Infinity) return;
    this.#stopListening = onLastContext(this);
    generations.onLeft(tenant => this.#due.delete(tenant));
  }

  /** Sets the timer for `idleTtl`, if there is none. Called when a tenant is built or comes back. */
  start(): void {
    const {clock, idleTtl} = this.options;
    if (idleTtl !== Infinity && !this.#cancelTimer) this.#schedule(clock.now() + Math.max(idleTtl, INTERVAL));
  }

  /** Sweeps if a sweep is due. Each use of a tenant calls this, because the timer may come late in a busy event loop. */
  tick(now: number): void {
    if (now < this.#nextSweepAt) return;
    this.#nextSweepAt = now + Math.min(INTERVAL, this.options.idleTtl);
    if (this.#sweep(now)) this.#schedule(now);
  }

  /** Cancels the timer, and hears of no further context. A shutdown calls this. */
  stop(): void {
    this.#stopListening?.();
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#scheduledAt = Infinity;
    this.#due.clear();
  }

  /** @internal */
  lastContextEnded(tenant: string): void {
    if (!this.generations.has(tenant)) return;
    const {clock, lastContextGrace} = this.options;
    if (lastContextGrace === 0) {
      this.generations.evict(tenant, 'idle');
      return;
    }
    const due = clock.now() + lastContextGrace;
    this.#due.delete(tenant);
    this.#due.set(tenant, due);
    this.#schedule(due);
  }

  /**
   * Sets the timer to `at`, if it is not due earlier. Sets it outside any context, because the timer would keep the running
   * context alive. The timer does not hold the process open. It refers to this object weakly, so that it keeps no registries
   * alive that user code has dropped.
   */
  #schedule(at: number): void {
    if (at >= this.#scheduledAt) return;
    this.#cancelTimer?.();
    const {clock} = this.options;
    const self = new WeakRef(this);
    this.#scheduledAt = at;
    const wake = () => self.deref()?.wake();
    this.#cancelTimer = runWithin(undefined, callAfterUnreferenced, undefined, [clock, Math.max(0, at - clock.now()), wake]);
  }

  /** @internal */
  wake(): void {
    this.#cancelTimer = undefined;
    this.#scheduledAt = Infinity;
    const now = this.options.clock.now();
    const hasMore = this.#sweep(now);
    const next = hasMore ? now : this.#nextDue(now);
    if (next !== undefined) this.#schedule(next);
  }

  #nextDue(now: number): number | undefined {
    const {idleTtl} = this.options;
    const grace: number | undefined = this.#due.values().next().value;
    const oldest = idleTtl === Infinity ? undefined : this.generations.oldest();
    const idle = oldest === undefined ? undefined : Math.max(this.generations.times(oldest)!.usedAt + idleTtl, now + INTERVAL);
    return idle === undefined ? grace : Math.min(idle, grace ?? Infinity);
  }

  /** @returns whether more tenants may be due */
  #sweep(now: number): boolean {
    for (let looked = 0; looked < BATCH; looked++) {
      if (!this.#sweepOne(now)) return false;
    }
    return true;
  }

  /** @returns whether a tenant was due */
  #sweepOne(now: number): boolean {
    for (const [tenant, due] of this.#due) {
      if (due > now) break;
      this.#due.delete(tenant);
      // a tenant that is at work again gets a new due time when its last context ends
      if (activeContexts(tenant) === 0) this.generations.evict(tenant, 'idle');
      return true;
    }
    // tenants are in the order of use: where the oldest is not idle, none is
    const tenant = this.generations.oldest();
    if (tenant === undefined || now - this.generations.times(tenant)!.usedAt < this.options.idleTtl) return false;
    // a busy tenant counts as used now, which moves it to the end of the order
    if (this.generations.isBusy(tenant)) this.generations.get(tenant, now);
    else this.generations.evict(tenant, 'idle');
    return true;
  }
}
