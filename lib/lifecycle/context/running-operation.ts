import {AsyncLocalStorage} from 'node:async_hooks';
import type {Method} from '../../scoped-registry/juggler/callback';
import type {CallsInFlight} from '../../scoped-registry/ownership/calls-in-flight';
import type {OwningRegistry} from '../../scoped-registry/ownership/owning-registry';
import {TenantContext} from './tenant-context';

const runningOperation = new AsyncLocalStorage<RunningOperation>();

/**
 * A data access operation that runs outside any context of its tenant. Code that runs within the operation keeps the
 * registry with which the operation began, even when the tenant has another registry by now. Sockets and timers keep
 * this object, so it refers to nothing once the operation has its answer.
 */
export class RunningOperation {
  /** The calls in flight of the operation's registry. They identify it together with its guest parts, which share them. */
  #calls: CallsInFlight | undefined;
  #enclosing: RunningOperation | undefined;

  private constructor(registry: OwningRegistry) {
    this.#calls = registry.inFlight;
    this.#enclosing = RunningOperation.#innermostUnanswered(runningOperation.getStore());
    // skips answered operations: where each operation begins the next one, the chain would keep all of them
    if (this.#enclosing) this.#enclosing.#enclosing = RunningOperation.#innermostUnanswered(this.#enclosing.#enclosing);
  }

  /** @returns undefined for the shared registry, and within a context of the tenant: that counts as the work in flight */
  static beginUnlessInContext(registry: OwningRegistry): RunningOperation | undefined {
    if (registry.tenant === undefined || TenantContext.current?.innermostOf(registry.tenant)) return undefined;
    return new RunningOperation(registry);
  }

  /** Whether the running code is within an operation of this registry that has no answer yet. */
  static isOf(registry: OwningRegistry): boolean {
    let operation = runningOperation.getStore();
    while (operation && operation.#calls !== registry.inFlight) operation = operation.#enclosing;
    return operation !== undefined;
  }

  static #innermostUnanswered(operation: RunningOperation | undefined): RunningOperation | undefined {
    while (operation && !operation.#calls) operation = operation.#enclosing;
    return operation;
  }

  runOperation(method: Method, receiver: unknown, args: unknown[]): unknown {
    return runningOperation.run(this, apply, method, receiver, args);
  }

  /** Called when the operation has its answer. */
  operationAnswered(): void {
    this.#calls = undefined;
  }
}

function apply(method: Method, receiver: unknown, args: unknown[]): unknown {
  return method.apply(receiver, args);
}
