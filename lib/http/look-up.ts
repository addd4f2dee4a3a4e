import type {TenantRegistries} from '../lifecycle/tenant-registries';
import type {TenantSettings} from '../lifecycle/tenant/tenant-settings';
import {TenantRefusedError} from '../scoped-registry/errors';

type Found = TenantSettings | null | undefined;

/** Finds out whether there is such a tenant, and its settings: `{}` where it has none; undefined or null: there is none. */
export type TenantLookUp = (tenant: string) => Found | Promise<Found>;

/** Looks tenants up before they are built; once for the requests that come at the same time. */
export class LookUp {
  readonly #running = new Map<string, Promise<void>>();

  constructor(
    private readonly find: TenantLookUp,
    private readonly registries: () => TenantRegistries,
  ) {}

  /** @throws TenantRefusedError `TENANT_REFUSED`, what `registries.configure` throws, and what the user's function throws */
  lookUpUnbuilt(tenant: string): Promise<void> | undefined {
    if (this.registries().peek(tenant)) return undefined;
    let running = this.#running.get(tenant);
    if (!running) this.#running.set(tenant, (running = this.#find(tenant)));
    return running;
  }

  async #find(tenant: string): Promise<void> {
    try {
      const settings = await this.find(tenant);
      if (settings === undefined || settings === null) throw new TenantRefusedError(tenant);
      const registries = this.registries();
      // somebody else may have built it meanwhile
      if (!registries.peek(tenant)) registries.configure(tenant, settings);
    } finally {
      this.#running.delete(tenant);
    }
  }
}
