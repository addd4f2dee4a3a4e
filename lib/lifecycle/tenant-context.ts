import {AsyncLocalStorage} from 'node:async_hooks';
import {tenantCode} from '../scoped-registry/tenant-code';

/**
 * What is stored is the tenant's code, nothing else: sockets, timers and promises keep the store they were made in, some
 * for as long as the process lives, and must not keep a tenant with it.
 */
const running = new AsyncLocalStorage<string>();

/** Which tenant's work is running, on AsyncLocalStorage. */
export const TenantContext = Object.freeze({
  /** The tenant of the running work, undefined where none runs. */
  get tenant(): string | undefined {
    return running.getStore();
  },

  /**
   * Runs `work` for a tenant, with everything that it starts. Contexts nest; results and errors pass through unchanged.
   * @throws InvalidTenantCodeError `INVALID_TENANT_CODE`, before `work` is called
   */
  run<Result, Args extends unknown[]>(tenant: string, work: (...args: Args) => Result, ...args: Args): Result {
    return running.run(tenantCode(tenant), work, ...args);
  },
});
