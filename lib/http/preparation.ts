import {withDeadline} from '../lifecycle/time/deadline';
import type {Lease} from '../lifecycle/context/lease';
import {TenantContext} from '../lifecycle/context/tenant-context';
import {ScopedRegistryError, settleStack, TenantUnavailableError} from '../scoped-registry/errors';
import type {ModelRegistry} from '../scoped-registry/registry/model-registry';
import type {ResolvedOptions} from './tenant-requests-options';

type Options = Pick<ResolvedOptions<never>, 'prepare' | 'prepareTimeout' | 'retryAfter' | 'clock'>;

/** What each registry of a tenant needs before it serves: done once, awaited by the requests that come meanwhile. */
export class Preparation {
  /** Weakly by registry: the next one of the tenant is prepared anew. */
  readonly #prepared = new WeakMap<ModelRegistry, Promise<void> | true>();

  constructor(private readonly options: Options) {}

  /** @throws TenantUnavailableError `TENANT_UNAVAILABLE`, and what the end of the tenant is told by */
  async prepareFor(lease: Lease): Promise<void> {
    const {registry, tenant} = lease;
    const prepared = this.#prepared.get(registry) ?? this.#start(lease, registry);
    if (prepared === true) return;
    const {clock, prepareTimeout, retryAfter} = this.options;
    const late = () =>
      new TenantUnavailableError(tenant, new Error(`it is still being prepared after ${prepareTimeout} ms`), retryAfter);
    await (prepareTimeout === Infinity ? prepared : withDeadline(clock, prepared, prepareTimeout, late));
  }

  #start(lease: Lease, registry: ModelRegistry): Promise<void> {
    // a context of its own: other requests wait for it as well, and the client of this one may leave
    const prepared = lease.run(
      TenantContext.run<Promise<void>, [Lease, ModelRegistry]>,
      lease.tenant,
      this.#prepare,
      lease,
      registry,
    );
    this.#prepared.set(registry, prepared);
    return prepared;
  }

  readonly #prepare = async ({tenant}: Lease, registry: ModelRegistry): Promise<void> => {
    try {
      await this.options.prepare(tenant, registry);
      // the next ones need no timer
      this.#prepared.set(registry, true);
    } catch (error) {
      this.#prepared.delete(registry);
      const own = error instanceof ScopedRegistryError && error.tenant === tenant;
      throw settleStack(own ? error : new TenantUnavailableError(tenant, error, this.options.retryAfter));
    }
  };
}
