import {ContextEndedError} from '../../scoped-registry/errors';
import {beginContext, type Context} from './context';

/**
 * A context for work whose tenant is not known yet, such as a request before its authentication. `enter` gives it a
 * tenant, once. From then on everything that the work has started runs for that tenant, including what it started before
 * `enter`.
 */
export class LateContext {
  /** The tenant's context; undefined until `enter`. */
  context: Context | undefined;
  /** A value of the caller's, dropped at the end: timers and sockets may keep this object for long. */
  #value: unknown;
  #ended = false;

  constructor(value: unknown) {
    this.#value = value;
  }

  get value(): unknown {
    return this.#value;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Gives this work its tenant. Further calls return the context of the first call.
   * @returns a context that counts as work in flight from now until `endContext`
   * @throws InvalidTenantCodeError `INVALID_TENANT_CODE`, ContextEndedError `CONTEXT_ENDED`
   */
  enter(tenant: string): Context {
    if (this.#ended) throw new ContextEndedError(tenant);
    return (this.context ??= beginContext(tenant, undefined));
  }

  endContext(): void {
    this.#ended = true;
    this.#value = undefined;
    this.context?.endContext();
  }
}
