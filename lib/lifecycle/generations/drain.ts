import type {ModelRegistry} from '../../scoped-registry/registry/model-registry';
import {splitCohorts, type Cohort} from '../context/cohort';
import {callAfter, type Clock} from '../time/clock';
import type {Context} from '../context/context';
import {RunningOperation} from '../context/running-operation';

/**
 * The work in flight for a registry: its tenant's contexts of before the line that this draws, and the operations of its
 * classes. What begins later is not waited for.
 */
export class Drain {
  /** Contexts and leases in flight when this began. */
  readonly leases: number;
  readonly #cohorts: ReadonlySet<Cohort>;
  /** Cohorts that nobody waits for. */
  #admitted: Set<Cohort> | undefined;
  #callbacks: (() => void)[] = [];
  readonly #waiters: (() => void)[] = [];
  #over = false;
  readonly #check = () => {
    if (this.leasesLeft === 0 && this.operationsLeft === 0) this.#settle();
  };

  /** @param earlier drains of other registries of the tenant: what is in flight for those never gets to this one */
  constructor(
    readonly registry: ModelRegistry | undefined,
    tenant: string,
    earlier: readonly Drain[] = [],
  ) {
    const cohorts = splitCohorts(tenant).filter(cohort => !earlier.some(drain => drain.#waitsFor(cohort)));
    this.#cohorts = new Set(cohorts);
    this.leases = this.leasesLeft;
    for (const cohort of this.#cohorts) cohort.watch(this.#check);
    registry?.inFlight.watch(this.#check);
    this.#check();
  }

  get leasesLeft(): number {
    let left = 0;
    for (const cohort of this.#cohorts) left += cohort.inFlight;
    return left;
  }

  get operationsLeft(): number {
    return this.registry?.inFlight.size ?? 0;
  }

  /** Whether the last piece of work has ended, or was aborted. */
  get over(): boolean {
    return this.#over;
  }

  /** Whether the running operation, or a context, is part of this work, and still at it. */
  holds(context: Context | undefined): boolean {
    if (!this.#over && this.registry && RunningOperation.isOf(this.registry)) return true;
    if (!context || context.ended) return false;
    return this.#admitted?.has(context.cohort) === true || this.#waitsFor(context.cohort);
  }

  /** Whether contexts of a cohort were in flight when this began. */
  includes(cohort: Cohort): boolean {
    return this.#cohorts.has(cohort);
  }

  /** Lets contexts of a cohort do as the work in flight does, also when that is over. */
  admit(cohort: Cohort): void {
    (this.#admitted ??= new Set()).add(cohort);
  }

  /** Calls back once, in the same statement as the end of the last piece of work; at once where there is none. */
  onceOver(callback: () => void): void {
    if (this.#over) callback();
    else this.#callbacks.push(callback);
  }

  /** Waits until the work is over or this is cancelled, or for `ms`. */
  wait(clock: Clock, ms: number): Promise<void> {
    return new Promise(resolve => {
      if (this.#over || ms === 0) return resolve();
      const stop = ms === Infinity ? () => {} : callAfter(clock, ms, resolve);
      this.#waiters.push(() => {
        stop();
        resolve();
      });
    });
  }

  /** Tells the work that is left to stop, and waits for it no longer. */
  abort(reason: () => Error): void {
    if (this.#over) return;
    const error = reason();
    for (const cohort of this.#cohorts) cohort.abort(error);
    for (const call of [...(this.registry?.inFlight ?? [])]) call.failWith(reason());
    this.#settle();
  }

  /** Another one waits for this work from now on: who has waited goes on, and nobody else is called back. */
  handOver(): void {
    this.#callbacks = [];
    for (const waiter of this.#waiters.splice(0)) waiter();
  }

  /** Waits no longer: who waits goes on, but nobody is called back. */
  cancel(): void {
    this.handOver();
    this.#settle();
  }

  #waitsFor(cohort: Cohort): boolean {
    return !this.#over && this.#cohorts.has(cohort);
  }

  #settle(): void {
    if (this.#over) return;
    this.#over = true;
    for (const cohort of this.#cohorts) cohort.unwatch(this.#check);
    this.registry?.inFlight.unwatch(this.#check);
    for (const callback of [...this.#callbacks.splice(0), ...this.#waiters.splice(0)]) callback();
  }
}

/** Contexts and leases in flight for several generations of a tenant: each belongs to one of them. */
export function leasesLeft(drains: readonly Drain[]): number {
  return drains.reduce((left, drain) => left + drain.leasesLeft, 0);
}
