import {beginContext} from '../lifecycle/context/context';
import {Lease} from '../lifecycle/context/lease';
import {TenantContext} from '../lifecycle/context/tenant-context';
import {withDeadline} from '../lifecycle/time/deadline';
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
   * Waits until the registry of a lease is prepared. A preparation that fails or takes longer than `prepareTimeout` milliseconds is
   * given up, and the next request begins another one.
   * @throws TenantUnavailableError `TENANT_UNAVAILABLE` when the preparation fails or is late, and this library's error
   * about this tenant (for example `TENANT_OFFBOARDED`) when `prepare` throws one
   */
  async prepareFor(lease: Lease): Promise<void> {
    const {registry} = lease;
    const preparation = this.#preparations.get(registry) ?? this.#start(lease, registry);
    // Later requests must not wait a tick for a registry that is ready.
    if (preparation !== true) await preparation;
  }

  #start(lease: Lease, registry: ModelRegistry): Promise<void> {
    const preparation = this.#prepare(lease, registry).then(
      () => void this.#preparations.set(registry, true),
      (error: unknown) => {
        this.#preparations.delete(registry);
        throw error;
      },
    );
    // The clients of all requests that wait may have gone.
    preparation.catch(() => {});
    this.#preparations.set(registry, preparation);
    return preparation;
  }

  /** Runs one attempt. What `prepare` does after the time limit comes to nothing: it is late work, and its result is ignored. */
  async #prepare(lease: Lease, registry: ModelRegistry): Promise<void> {
    const {clock, prepare, prepareTimeout, retryAfter} = this.options;
    const {tenant} = lease;
    // A context of its own, because it must outlive this request: other requests wait for it too, and this request's lease
    // ends when its client disconnects.
    const own = lease.run(() => new Lease(beginContext(tenant, TenantContext.current), registry));
    const timeoutError = () =>
      new TenantUnavailableError(tenant, new Error(`it was not prepared within ${prepareTimeout} ms`), retryAfter);
    try {
      const prepared = own.run(async () => void (await prepare(tenant, registry)));
      await (prepareTimeout === Infinity ? prepared : withDeadline(clock, prepared, prepareTimeout, timeoutError));
    } catch (error) {
      const isAboutThisTenant = error instanceof ScopedRegistryError && error.tenant === tenant;
      const failure = settleStack(isAboutThisTenant ? error : new TenantUnavailableError(tenant, error, retryAfter));
      own.abort(failure);
      throw failure;
    } finally {
      // A preparation that hangs must not keep its tenant busy.
      own.release();
    }
  }
}
