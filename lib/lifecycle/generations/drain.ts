import type {ModelRegistry} from '../../scoped-registry/registry/model-registry';
import {closeCohorts, type Cohort} from '../context/cohort';
import {callAfter, type Clock} from '../time/clock';
import type {Context} from '../context/context';
import {RunningOperation} from '../context/running-operation';

/**
 * Waits for the work in flight of one registry. That work is the tenant's contexts and leases that began before this drain
 * was made, and all operations of the registry's classes. Contexts that begin later do not delay this drain.
 */
export class Drain {
  /** The number of contexts and leases in flight when this drain was made. */
  readonly leases: number;
  readonly #cohorts: ReadonlySet<Cohort>;
  /** Cohorts whose contexts may use this registry although this drain does not wait for them. */
  #admitted: Set<Cohort> | undefined;
  #callbacks: (() => void)[] = [];
  readonly #waiters: (() => void)[] = [];
  #over = false;
  readonly #settleIfIdle = () => {
    if (this.leasesLeft === 0 && this.operationsLeft === 0) this.#settle();
  };

  /**
   * @param registry undefined for work of a tenant that has no registry
   * @param earlier drains of other registries of the tenant. Each context belongs to one registry, so this drain leaves out
   *   the contexts for which an earlier drain waits.
   */
  constructor(
    readonly registry: ModelRegistry | undefined,
    tenant: string,
    earlier: readonly Drain[] = [],
  ) {
    const cohorts = closeCohorts(tenant).filter(cohort => !earlier.some(drain => drain.#waitsFor(cohort)));
    this.#cohorts = new Set(cohorts);
    this.leases = this.leasesLeft;
    for (const cohort of this.#cohorts) cohort.watch(this.#settleIfIdle);
    registry?.inFlight.watch(this.#settleIfIdle);
    this.#settleIfIdle();
  }

  get leasesLeft(): number {
    let left = 0;
    for (const cohort of this.#cohorts) left += cohort.inFlight;
    return left;
  }

  get operationsLeft(): number {
    return this.registry?.inFlight.size ?? 0;
  }

  /** Whether all of the work has ended, was aborted, or is no longer waited for. */
  get over(): boolean {
    return this.#over;
  }

  /**
   * Whether the running code belongs to this work: it runs within an unanswered operation of the registry, or in a context
   * that this drain waits for or has admitted.
   * @param context the tenant's innermost running context
   */
  holds(context: Context | undefined): boolean {
    if (!this.#over && this.registry && RunningOperation.isOf(this.registry)) return true;
    if (!context || context.ended) return false;
    return this.#admitted?.has(context.cohort) === true || this.#waitsFor(context.cohort);
  }

  /** Whether the contexts of a cohort were in flight when this drain was made. */
  includes(cohort: Cohort): boolean {
    return this.#cohorts.has(cohort);
  }

  /** Lets the contexts of a cohort use the registry as its work in flight does, even after that work is over. */
  admit(cohort: Cohort): void {
    (this.#admitted ??= new Set()).add(cohort);
  }

  /** Calls `callback` once, synchronously with the end of the last work; at once where the drain is already over. */
  onceOver(callback: () => void): void {
    if (this.#over) callback();
    else this.#callbacks.push(callback);
  }

  /** Resolves when the work is over, when this drain is handed over or cancelled, or after `ms` milliseconds. */
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

  /**
   * Aborts the work that is left: its contexts' signals are aborted, its operations are answered with the error. This drain
   * is over then.
   * @param reason makes a new error for each operation
   */
  abort(reason: () => Error): void {
    if (this.#over) return;
    const error = reason();
    for (const cohort of this.#cohorts) cohort.abort(error);
    for (const call of [...(this.registry?.inFlight ?? [])]) call.failWith(reason());
    this.#settle();
  }

  /**
   * For a caller that takes this drain over: drops the callbacks of `onceOver` and resolves the promises of `wait`. The drain
   * goes on for the new caller.
   */
  handOver(): void {
    this.#callbacks = [];
    for (const waiter of this.#waiters.splice(0)) waiter();
  }

  /** Ends this drain: drops the callbacks of `onceOver` and resolves the promises of `wait`. */
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
    for (const cohort of this.#cohorts) cohort.unwatch(this.#settleIfIdle);
    this.registry?.inFlight.unwatch(this.#settleIfIdle);
    for (const callback of [...this.#callbacks.splice(0), ...this.#waiters.splice(0)]) callback();
  }
}

/** Sums the contexts and leases in flight of several generations of a tenant. Each context belongs to one generation. */
export function leasesLeft(drains: readonly Drain[]): number {
  return drains.reduce((left, drain) => left + drain.leasesLeft, 0);
}
