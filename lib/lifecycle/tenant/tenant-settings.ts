import {InvalidOptionError, TooManyTenantsError} from '../../scoped-registry/errors';

/** Settings of a tenant, which the application gives to `configure` or `reload`, or finds by `lookUp`: plain data, shallowly frozen. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- with `unknown`, an interface of the application would not fit
export type TenantSettings = Readonly<Record<string, any>>;

/** Holds the settings of tenants. An offboarding takes those of its tenant over. */
export class ConfiguredTenants {
  readonly #settings = new Map<string, TenantSettings>();
  /** The settings that were looked up for a registry. They can be looked up again, so they live no longer than the registry. */
  #lookedUp = new WeakMap<object, TenantSettings>();

  /** @param most the limit of tenants with settings that cannot be looked up again */
  constructor(private readonly most: number) {}

  /** @param registry the tenant's registry, if there is one */
  get(tenant: string, registry?: object): TenantSettings | undefined {
    return (registry && this.#lookedUp.get(registry)) ?? this.#settings.get(tenant);
  }

  /**
   * Sets a frozen copy of the settings.
   * @throws InvalidOptionError `INVALID_OPTION`, TooManyTenantsError `TOO_MANY_TENANTS`
   */
  set(tenant: string, settings: TenantSettings): void {
    const copy = frozenCopy(settings);
    if (this.#settings.size >= this.most && !this.#settings.has(tenant)) {
      throw new TooManyTenantsError(tenant, 'configured', this.most);
    }
    this.#settings.set(tenant, copy);
  }

  /**
   * Gives a tenant looked-up settings while `build` runs, in place of those that it was configured with. From then on they are the
   * settings of the registry that `build` returns.
   * @throws InvalidOptionError `INVALID_OPTION`, and what `build` throws
   */
  lend(tenant: string, settings: TenantSettings, build: () => object): void {
    const copy = frozenCopy(settings);
    this.#settings.set(tenant, copy);
    try {
      this.#lookedUp.set(build(), copy);
    } finally {
      // user code that was called on the way may have configured the tenant
      if (this.#settings.get(tenant) === copy) this.#settings.delete(tenant);
    }
  }

  forgetLookedUp(registry: object | undefined): void {
    if (registry) this.#lookedUp.delete(registry);
  }

  /**
   * Removes the settings of a tenant, and returns them.
   * @param registry the tenant's registry, if there is one
   */
  take(tenant: string, registry?: object): TenantSettings | undefined {
    const settings = this.get(tenant, registry);
    this.#settings.delete(tenant);
    return settings;
  }

  clear(): void {
    this.#settings.clear();
    this.#lookedUp = new WeakMap();
  }
}

function frozenCopy(settings: TenantSettings): TenantSettings {
  if (typeof settings !== 'object' || settings === null) throw new InvalidOptionError('The settings of a tenant are an object.');
  return Object.freeze({...settings});
}
