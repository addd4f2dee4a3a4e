import {ContextEndedError} from '../../scoped-registry/errors';
import type {ModelRegistry} from '../../scoped-registry/registry/model-registry';
import type {Context} from './context';
import {runWithin} from './tenant-context';

/** One for all leases of a registry: to make a weak reference costs more than a lease with all the rest of it. */
const references = new WeakMap<ModelRegistry, WeakRef<ModelRegistry>>();

/**
 * Work in flight, by hand: for work that is not one function. Until it is released, its tenant is not ended under it,
 * but at the deadline of an offboarding or a shutdown. It can read a registry, and not end it.
 */
export class Lease {
  readonly tenant: string;
  /** Until it is released: a lease that somebody keeps is to hold no tenant. */
  #held: ModelRegistry | undefined;
  readonly #registry: WeakRef<ModelRegistry>;
  readonly #context: Context;

  /** @internal */
  constructor(context: Context, registry: ModelRegistry) {
    this.tenant = context.tenant;
    this.#held = registry;
    this.#registry = weakly(registry);
    this.#context = context;
  }

  /**
   * The registry of this work, also where the tenant is evicted or reloaded meanwhile.
   * @throws ContextEndedError `CONTEXT_ENDED` once this is released and nothing else keeps the registry
   */
  get registry(): ModelRegistry {
    const registry = this.#held ?? this.#registry.deref();
    if (!registry) throw new ContextEndedError(this.tenant);
    return registry;
  }

  get released(): boolean {
    return this.#context.ended;
  }

  /** Aborted, with the reason, where the tenant is to end and this lease has not been released by the deadline. */
  get signal(): AbortSignal {
    return this.#context.signal;
  }

  /** Runs `work` in the context of this lease: what follows the running tenant uses its registry. */
  run<Result, Args extends unknown[]>(work: (...args: Args) => Result, ...args: Args): Result {
    return runWithin(this.#context, work, undefined, args);
  }

  /**
   * Calls back once, for this tenant, when this lease is released.
   * @throws ContextEndedError `CONTEXT_ENDED`, or InvalidOptionError
   */
  onRelease(callback: () => unknown): void {
    this.#context.onEnd(callback);
  }

  /** Safe to call again. Where this was the last lease of a registry that is to end, that has ended when this returns. */
  release(): void {
    this.#context.endContext();
    this.#held = undefined;
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

function weakly(registry: ModelRegistry): WeakRef<ModelRegistry> {
  let reference = references.get(registry);
  if (!reference) references.set(registry, (reference = new WeakRef(registry)));
  return reference;
}
