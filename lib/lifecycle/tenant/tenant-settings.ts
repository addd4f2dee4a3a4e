import {InvalidOptionError, TooManyTenantsError} from '../../scoped-registry/errors';

/** Settings of a tenant, which the application gives to `configure` or `reload`: plain data, shallowly frozen. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- with `unknown`, an interface of the application would not fit
export type TenantSettings = Readonly<Record<string, any>>;

/** Holds the settings of tenants. An offboarding takes those of its tenant over. */
export class ConfiguredTenants {
  readonly #settings = new Map<string, TenantSettings>();

  /** @param most the limit of tenants with settings */
  constructor(private readonly most: number) {}

  get(tenant: string): TenantSettings | undefined {
    return this.#settings.get(tenant);
  }

  /**
   * Sets a frozen copy of the settings.
   * @throws InvalidOptionError `INVALID_OPTION`, TooManyTenantsError `TOO_MANY_TENANTS`
   */
  set(tenant: string, settings: TenantSettings): void {
    if (typeof settings !== 'object' || settings === null)
      throw new InvalidOptionError('The settings of a tenant are an object.');
    if (this.#settings.size >= this.most && !this.#settings.has(tenant)) {
      throw new TooManyTenantsError(tenant, 'configured', this.most);
    }
    this.#settings.set(tenant, Object.freeze({...settings}));
  }

  /** Removes the settings of a tenant, and returns them. */
  take(tenant: string): TenantSettings | undefined {
    const settings = this.#settings.get(tenant);
    this.#settings.delete(tenant);
    return settings;
  }

  clear(): void {
    this.#settings.clear();
  }
}
