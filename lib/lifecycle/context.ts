import {ContextEndedError, InvalidOptionError, settleStack} from '../scoped-registry/errors';
import {openCohort, type Cohort} from './cohort';
import {warn} from './warning';

/**
 * One piece of work of a tenant's, from its beginning to its end. Sockets, timers and promises that it made keep it, some
 * for as long as the process lives: so it is empty once it has ended, but for the tenant's code.
 */
export class Context {
  readonly #cohort: Cohort;
  #enclosing: Context | undefined;
  #values: Map<unknown, unknown> | undefined;
  #controller: AbortController | undefined;
  #callbacks: (() => unknown)[] | undefined;
  #ended = false;
  #detached = false;

  /**
   * @param enclosing the context in which it begins: work that is begun by work in flight is in flight as well
   * @param cohort internal: one of its own
   */
  constructor(
    readonly tenant: string,
    enclosing: Context | undefined,
    cohort?: Cohort,
  ) {
    this.#enclosing = enclosing?.ended ? undefined : enclosing;
    this.#cohort = cohort ?? this.#enclosing?.within(tenant)?.cohort ?? openCohort(tenant);
    this.#cohort.enter();
  }

  /** Whether its work is over; what still runs then is late, and holds nothing. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Aborted, with the reason, where the tenant is to end and its work has not ended by the deadline. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      const {aborted} = this.#cohort;
      if (aborted) this.#controller.abort(aborted);
      else if (!this.#ended) this.#cohort.listen(this);
    }
    return this.#controller.signal;
  }

  /** This context's value, else that of the context of the same tenant around it; undefined once it has ended. */
  get(key: unknown): unknown {
    return this.#values?.has(key) ? this.#values.get(key) : this.#enclosing?.within(this.tenant)?.get(key);
  }

  /** @throws ContextEndedError `CONTEXT_ENDED` */
  set(key: unknown, value: unknown): this {
    this.#assertActive();
    (this.#values ??= new Map()).set(key, value);
    return this;
  }

  /**
   * Calls back once, when this context ends. What it throws becomes a warning of the process.
   * @throws ContextEndedError `CONTEXT_ENDED`, or InvalidOptionError
   */
  onEnd(callback: () => unknown): void {
    if (typeof callback !== 'function') throw new InvalidOptionError('onEnd takes a function.');
    this.#assertActive();
    (this.#callbacks ??= []).push(callback);
  }

  /** @internal */
  get cohort(): Cohort {
    return this.#cohort;
  }

  /** @internal The innermost context of a tenant in this one and those around it, unless it has ended. */
  within(tenant: string): Context | undefined {
    return this.tenant === tenant && !this.#ended ? this : this.#enclosing?.within(tenant);
  }

  /** @internal */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#values = undefined;
    this.#enclosing = undefined;
    const callbacks = this.#callbacks;
    this.#callbacks = undefined;
    for (const callback of callbacks ?? []) {
      try {
        callback();
      } catch (error) {
        warn('A callback at the end of a context failed', error);
      }
    }
    this.#cohort.leave(this, this.#detached);
  }

  /** @internal Ends with a promise, and settles as it does. A method, for a closure would be one for each context. */
  async endWith<T>(promise: PromiseLike<T>): Promise<T> {
    try {
      return await promise;
    } finally {
      this.end();
    }
  }

  /** @internal Nobody is to wait for this context, nor for those around it: it waits itself. */
  detach(): void {
    if (!this.#ended && !this.#detached) {
      this.#detached = true;
      this.#cohort.detach();
    }
    this.#enclosing?.within(this.tenant)?.detach();
  }

  /** @internal As `detach`, for the tenants of all contexts around this one. */
  detachAll(): void {
    this.detach();
    this.#enclosing?.detachAll();
  }

  /** @internal */
  abort(reason: Error): void {
    this.#controller?.abort(settleStack(reason));
  }

  #assertActive(): void {
    if (this.#ended) throw new ContextEndedError(this.tenant);
  }
}
