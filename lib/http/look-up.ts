import type {TenantRegistries} from '../lifecycle/tenant-registries';
import type {TenantSettings} from '../lifecycle/tenant/tenant-settings';
import {TenantRefusedError} from '../scoped-registry/errors';

type LookUpResult = TenantSettings | null | undefined;

/**
 * The application's function that looks a tenant up, in a database for example. It returns the tenant's settings, `{}` for
 * a tenant without settings. Undefined or null means that the tenant does not exist.
 */
export type TenantLookUp = (tenant: string) => LookUpResult | Promise<LookUpResult>;

/**
 * Calls the application's look-up function for tenants that have no registry yet. Requests that name the same tenant while
 * a look-up runs share that look-up.
 */
export class LookUp {
  readonly #running = new Map<string, Promise<void>>();

  constructor(
    private readonly lookUp: TenantLookUp,
    private readonly registries: () => TenantRegistries,
  ) {}

  /**
   * Looks up a tenant that has no registry, and stores its settings with `registries.configure`.
   * @returns undefined when the tenant has a registry already
   * @throws TenantRefusedError `TENANT_REFUSED` when the tenant does not exist, what `registries.configure` throws, and what
   * the application's function throws
   */
  lookUpUnbuilt(tenant: string): Promise<void> | undefined {
    if (this.registries().peek(tenant)) return undefined;
    let running = this.#running.get(tenant);
    if (!running) this.#running.set(tenant, (running = this.#lookUp(tenant)));
    return running;
  }

  async #lookUp(tenant: string): Promise<void> {
    try {
      const settings = await this.lookUp(tenant);
      if (settings === undefined || settings === null) throw new TenantRefusedError(tenant);
      const registries = this.registries();
      // Other code may have built the registry during the look-up: then `configure` would throw TENANT_BUILT.
      if (!registries.peek(tenant)) registries.configure(tenant, settings);
    } finally {
      this.#running.delete(tenant);
    }
  }
}
