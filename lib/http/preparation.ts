import {withDeadline} from '../lifecycle/time/deadline';
import type {Lease} from '../lifecycle/context/lease';
import {TenantContext} from '../lifecycle/context/tenant-context';
import {ScopedRegistryError, settleStack, TenantUnavailableError} from '../scoped-registry/errors';
import type {ModelRegistry} from '../scoped-registry/registry/model-registry';
import type {ResolvedOptions} from './tenant-requests-options';

type Options = Pick<ResolvedOptions<never>, 'prepare' | 'prepareTimeout' | 'retryAfter' | 'clock'>;

/**
 * Calls the option `prepare` once for each registry, before the registry serves its first request. Requests that arrive
 * during the preparation wait for it.
 */
export class Preparation {
  /**
   * The running preparation of a registry, or `true` once the registry is ready. The key is the registry, because a tenant
   * that is built again gets a new registry, which must be prepared again.
   */
  readonly #preparations = new WeakMap<ModelRegistry, Promise<void> | true>();

  constructor(private readonly options: Options) {}

  /**
   * Waits until the registry of a lease is prepared, for `prepareTimeout` milliseconds at most. A preparation that takes
   * longer goes on, and later requests wait for it.
   * @throws TenantUnavailableError `TENANT_UNAVAILABLE` when the preparation fails or is late, and this library's error
   * about this tenant (for example `TENANT_OFFBOARDED`) when `prepare` throws one
   */
  async prepareFor(lease: Lease): Promise<void> {
    const {registry, tenant} = lease;
    const preparation = this.#preparations.get(registry) ?? this.#start(lease, registry);
    if (preparation === true) return;
    const {clock, prepareTimeout, retryAfter} = this.options;
    const timeoutError = () =>
      new TenantUnavailableError(tenant, new Error(`it is still being prepared after ${prepareTimeout} ms`), retryAfter);
    await (prepareTimeout === Infinity ? preparation : withDeadline(clock, preparation, prepareTimeout, timeoutError));
  }

  #start(lease: Lease, registry: ModelRegistry): Promise<void> {
    // The preparation gets a context of its own, because it must outlive this request: other requests wait for it too, and
    // this request's lease ends when its client disconnects.
    const preparation = lease.run(
      TenantContext.run<Promise<void>, [Lease, ModelRegistry]>,
      lease.tenant,
      this.#prepare,
      lease,
      registry,
    );
    this.#preparations.set(registry, preparation);
    return preparation;
  }

  readonly #prepare = async ({tenant}: Lease, registry: ModelRegistry): Promise<void> => {
    try {
      await this.options.prepare(tenant, registry);
      // Later requests must not start a deadline timer for a registry that is ready.
      this.#preparations.set(registry, true);
    } catch (error) {
      // The next request prepares the registry again.
      this.#preparations.delete(registry);
      const isAboutThisTenant = error instanceof ScopedRegistryError && error.tenant === tenant;
      throw settleStack(isAboutThisTenant ? error : new TenantUnavailableError(tenant, error, this.options.retryAfter));
    }
  };
}
