import {AsyncLocalStorage} from 'node:async_hooks';
import {InvalidOptionError, NoTenantError} from '../scoped-registry/errors';
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
   * The tenant of the running work.
   * @throws NoTenantError `NO_TENANT` where none runs
   */
  require(): string {
    const tenant = running.getStore();
    if (tenant === undefined) throw new NoTenantError('A tenant is required here');
    return tenant;
  },

  /**
   * A function that runs `work` for the tenant that runs now, or for none where none does, whoever calls it: for callbacks
   * of pools and listeners, which are called in somebody else's context.
   * @throws InvalidOptionError `INVALID_OPTION` for anything but a function
   */
  bind<This, Args extends unknown[], Result>(work: (this: This, ...args: Args) => Result): (this: This, ...args: Args) => Result {
    if (typeof work !== 'function') throw new InvalidOptionError('TenantContext.bind takes a function.');
    const tenant = running.getStore();
    return function (this: This, ...args: Args): Result {
      const call = () => work.apply(this, args);
      // none is stored as undefined, which the storage takes
      return running.run(tenant as string, call);
    };
  },

  /**
   * Runs `work` for a tenant, with everything that it starts. Contexts nest; results and errors pass through unchanged.
   * @throws InvalidTenantCodeError `INVALID_TENANT_CODE`, before `work` is called
   */
  run<Result, Args extends unknown[]>(tenant: string, work: (...args: Args) => Result, ...args: Args): Result {
    return running.run(tenantCode(tenant), work, ...args);
  },
});
