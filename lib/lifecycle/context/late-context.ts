import {ContextEndedError} from '../../scoped-registry/errors';
import {beginContext, type Context} from './context';

/**
 * A piece of work that is no tenant's yet, such as a request before it has been authenticated. It becomes a tenant's once,
 * for all that it has started: who asks from within its first half is answered by its second.
 */
export class LateContext {
  /** Undefined until the tenant is known. */
  context: Context | undefined;
  /** What its user keeps with it until then; empty once it has ended, as a context is. */
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
   * @returns the context that counts as work in flight from now on, to the end of this
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
