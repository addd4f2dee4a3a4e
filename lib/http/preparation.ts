import type {Lease} from '../lifecycle/context/lease';
import {runLimited} from '../lifecycle/context/limited-work';
import type {ModelRegistry} from '../scoped-registry/registry/model-registry';
import {failureOf} from './failures';
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
   * Waits until the registry of a lease is prepared. A preparation that takes longer than `prepareTimeout` milliseconds is
   * given up. After that, as after a failure, the next request prepares the registry anew.
   * @throws TenantUnavailableError `TENANT_UNAVAILABLE` when the preparation fails or is late, and this library's error
   * about this tenant (for example `TENANT_OFFBOARDED`) when `prepare` throws one
   */
  async prepareFor({tenant, registry}: Lease): Promise<void> {
    let preparation = this.#preparations.get(registry);
    if (!preparation) this.#preparations.set(registry, (preparation = this.#prepare(tenant, registry)));
    if (preparation !== true) await preparation;
  }

  async #prepare(tenant: string, registry: ModelRegistry): Promise<void> {
    const {prepare, prepareTimeout, retryAfter, clock} = this.options;
    const late = () => new Error(`its preparation was given up after ${prepareTimeout} ms`);
    const timeoutError = () => failureOf(tenant, late(), retryAfter);
    try {
      // The preparation has a context of its own, because it must outlive this request: other requests wait for it too, and
      // this request's lease ends when its client disconnects.
      await runLimited(clock, tenant, prepareTimeout, () => prepare(tenant, registry), timeoutError);
      // Later requests must not wait, not even for a settled promise.
      this.#preparations.set(registry, true);
    } catch (error) {
      this.#preparations.delete(registry);
      throw failureOf(tenant, error, retryAfter);
    }
  }
}
