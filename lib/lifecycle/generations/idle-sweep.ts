import {callAfterUnreferenced, type Clock} from '../time/clock';
import {activeContexts, onLastContext} from '../context/cohort';
import type {Generations} from './generations';
import {runWithin} from '../context/tenant-context';

export interface IdleSweepOptions {
  readonly clock: Clock;
  readonly idleTtl: number;
  readonly lastContextGrace: number;
}

/** Tenants looked at in one stretch, a fraction of a millisecond; the rest waits for the next turn of the event loop. */
const STRETCH = 100;
/** How often, at most, idle tenants are looked for: what falls due within it leaves together. */
const INTERVAL = 1_000;

/** Lets go of tenants that nobody uses: after `idleTtl` without use, or some time after their last context ended. */
export class IdleSweep {
  /** By tenant, the earliest first: when the last context will have ended long enough ago. */
  readonly #due = new Map<string, number>();
  #nextAt = 0;
  #stop: (() => void) | undefined;
  #scheduledAt = Infinity;

  constructor(
    private readonly generations: Generations,
    private readonly options: IdleSweepOptions,
  ) {
    if (options.lastContextGrace !== Infinity) onLastContext(this);
  }

  /** A tenant was built, and time begins to run. */
  start(): void {
    const {clock, idleTtl} = this.options;
    if (idleTtl !== Infinity && !this.#stop) this.#schedule(clock.now() + Math.max(idleTtl, INTERVAL));
  }

  /** Looks for idle tenants where that is due. For a caller that cannot wait for a timer. */
  tick(now: number): void {
    if (now < this.#nextAt) return;
    this.#nextAt = now + Math.min(INTERVAL, this.options.idleTtl);
    if (this.#sweep(now)) this.#schedule(now);
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
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
   * For no tenant: the timer would keep the context of whoever was there. It does not hold the process open, nor these
   * registries in memory where everybody else has dropped them.
   */
  #schedule(at: number): void {
    if (at >= this.#scheduledAt) return;
    this.#stop?.();
    const {clock} = this.options;
    const weakly = new WeakRef(this);
    this.#scheduledAt = at;
    const wake = () => weakly.deref()?.wake();
    this.#stop = runWithin(undefined, callAfterUnreferenced, undefined, [clock, Math.max(0, at - clock.now()), wake]);
  }

  /** @internal */
  wake(): void {
    this.#stop = undefined;
    this.#scheduledAt = Infinity;
    const now = this.options.clock.now();
    const more = this.#sweep(now);
    const next = more ? now : this.#nextDue(now);
    if (next !== undefined) this.#schedule(next);
  }

  #nextDue(now: number): number | undefined {
    const {idleTtl} = this.options;
    const grace: number | undefined = this.#due.values().next().value;
    const oldest = idleTtl === Infinity ? undefined : this.generations.oldest();
    const idle = oldest === undefined ? undefined : Math.max(this.generations.times(oldest)!.usedAt + idleTtl, now + INTERVAL);
    return idle === undefined ? grace : Math.min(idle, grace ?? Infinity);
  }

  /** @returns whether more of them may be due */
  #sweep(now: number): boolean {
    for (let looked = 0; looked < STRETCH; looked++) {
      if (!this.#sweepOne(now)) return false;
    }
    return true;
  }

  #sweepOne(now: number): boolean {
    for (const [tenant, due] of this.#due) {
      if (due > now) break;
      this.#due.delete(tenant);
      // one that is at work again is told of when that ends
      if (activeContexts(tenant) === 0) this.generations.evict(tenant, 'idle');
      return true;
    }
    // the order is that of use, so the first one that is not idle ends it
    const tenant = this.generations.oldest();
    if (tenant === undefined || now - this.generations.times(tenant)!.usedAt < this.options.idleTtl) return false;
    if (this.generations.isBusy(tenant)) this.generations.get(tenant, now);
    else this.generations.evict(tenant, 'idle');
    return true;
  }
}
