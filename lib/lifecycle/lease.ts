import type {ModelRegistry} from '../scoped-registry/model-registry';
import type {Context} from './context';
import {within} from './tenant-context';

/**
 * Work in flight, by hand: for work that is not one function. Until it is released, its tenant is not ended under it,
 * but at the deadline of an offboarding or a shutdown. It can read a registry, and not end it.
 */
export class Lease {
  readonly tenant: string;
  /** The registry of this work, also where the tenant is evicted or reloaded meanwhile. */
  readonly registry: ModelRegistry;
  readonly #context: Context;

  /** @internal */
  constructor(context: Context, registry: ModelRegistry) {
    this.tenant = context.tenant;
    this.registry = registry;
    this.#context = context;
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
    return within(this.#context, work, undefined, args);
  }

  /**
   * Calls back once, when this lease is released.
   * @throws ContextEndedError `CONTEXT_ENDED`, or InvalidOptionError
   */
  onRelease(callback: () => unknown): void {
    this.#context.onEnd(callback);
  }

  /** Safe to call again. Where this was the last lease of a registry that is to end, that has ended when this returns. */
  release(): void {
    this.#context.end();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
