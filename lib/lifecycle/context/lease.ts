import {ContextEndedError} from '../../scoped-registry/errors';
import type {ModelRegistry} from '../../scoped-registry/registry/model-registry';
import type {Context} from './context';
import {runWithin} from './tenant-context';

/** One weak reference for all leases of a registry: to make one costs more than the rest of a lease. */
const references = new WeakMap<ModelRegistry, WeakRef<ModelRegistry>>();

/**
 * Marks work in flight for a tenant, for work that is not a single function. Made by `registries.acquire(tenant)`. Until
 * the lease is released, its registry does not end, except at the deadline of an offboarding or a shutdown.
 */
export class Lease {
  readonly tenant: string;
  /** Undefined after the release: a released lease that user code keeps must not keep the tenant alive. */
  #held: ModelRegistry | undefined;
  readonly #registry: WeakRef<ModelRegistry>;
  readonly #context: Context;

  /** @internal */
  constructor(context: Context, registry: ModelRegistry) {
    this.tenant = context.tenant;
    this.#held = registry;
    this.#registry = weakReferenceTo(registry);
    this.#context = context;
  }

  /**
   * The registry that this work began with, even when the tenant was evicted or reloaded meanwhile.
   * @throws ContextEndedError `CONTEXT_ENDED` after the release, once the registry was garbage collected
   */
  get registry(): ModelRegistry {
    const registry = this.#held ?? this.#registry.deref();
    if (!registry) throw new ContextEndedError(this.tenant);
    return registry;
  }

  /** Whether `release` was called. */
  get released(): boolean {
    return this.#context.ended;
  }

  /**
   * A signal that is aborted when an offboarding or a shutdown reaches its deadline and this lease is not released. Its
   * `reason` is the error that later uses of the tenant throw.
   */
  get signal(): AbortSignal {
    return this.#context.signal;
  }

  /**
   * Runs `work` in the context of this lease: builders and datasources that follow the running tenant use this lease's
   * registry. After the release, runs `work` in a new context of the tenant.
   */
  run<Result, Args extends unknown[]>(work: (...args: Args) => Result, ...args: Args): Result {
    return runWithin(this.#context, work, undefined, args);
  }

  /**
   * Calls `callback` once, for this tenant, when this lease is released. An error or a rejection becomes a process warning.
   * @throws ContextEndedError `CONTEXT_ENDED` after the release, InvalidOptionError `INVALID_OPTION`
   */
  onRelease(callback: () => unknown): void {
    this.#context.onEnd(callback);
  }

  /**
   * Ends this lease. Further calls do nothing. If the registry was evicted or reloaded meanwhile and this was its last work
   * in flight, the registry has ended when this returns.
   */
  release(): void {
    this.#context.endContext();
    this.#held = undefined;
  }

  /**
   * @internal Gives this lease's work up, for a lease of `acquireApart`: it is in flight no more, its signals are aborted, and its later uses
   * of the tenant throw `reason`. The lease is still to be released.
   */
  giveUp(reason: Error): void {
    this.#context.cohort.giveUp(reason);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

function weakReferenceTo(registry: ModelRegistry): WeakRef<ModelRegistry> {
  let reference = references.get(registry);
  if (!reference) references.set(registry, (reference = new WeakRef(registry)));
  return reference;
}
