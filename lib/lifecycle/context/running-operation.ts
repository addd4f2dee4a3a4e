import {AsyncLocalStorage} from 'node:async_hooks';
import type {Method} from '../../scoped-registry/juggler/callback';
import type {CallsInFlight} from '../../scoped-registry/ownership/calls-in-flight';
import type {OwningRegistry} from '../../scoped-registry/ownership/owning-registry';
import {TenantContext} from './tenant-context';

const running = new AsyncLocalStorage<RunningOperation>();

/**
 * An operation outside any context of its tenant, for what runs within it: that goes on with the registry that it began
 * with, whatever the tenant's is by now. Sockets and timers keep it, so it is empty once it has its answer.
 */
export class RunningOperation {
  /** What the registry has in flight stands for the registry, and for the parts of it beside. */
  #of: CallsInFlight | undefined;
  #around: RunningOperation | undefined;

  private constructor(registry: OwningRegistry) {
    this.#of = registry.inFlight;
    this.#around = RunningOperation.#unanswered(running.getStore());
    // or operations that each begin within the one before would be kept, all of them
    if (this.#around) this.#around.#around = RunningOperation.#unanswered(this.#around.#around);
  }

  /** @returns nothing where a context stands for it already */
  static beginUnlessInContext(registry: OwningRegistry): RunningOperation | undefined {
    if (registry.tenant === undefined || TenantContext.current?.innermostOf(registry.tenant)) return undefined;
    return new RunningOperation(registry);
  }

  /** Whether an operation of this registry that has no answer yet is running. */
  static isOf(registry: OwningRegistry): boolean {
    let operation = running.getStore();
    while (operation && operation.#of !== registry.inFlight) operation = operation.#around;
    return operation !== undefined;
  }

  static #unanswered(operation: RunningOperation | undefined): RunningOperation | undefined {
    while (operation && !operation.#of) operation = operation.#around;
    return operation;
  }

  runOperation(method: Method, receiver: unknown, args: unknown[]): unknown {
    return running.run(this, apply, method, receiver, args);
  }

  /** It has its answer. */
  operationAnswered(): void {
    this.#of = undefined;
  }
}

function apply(method: Method, receiver: unknown, args: unknown[]): unknown {
  return method.apply(receiver, args);
}
