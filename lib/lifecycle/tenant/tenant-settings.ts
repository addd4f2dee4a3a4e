import {InvalidOptionError, TooManyTenantsError} from '../../scoped-registry/errors';

/** What the application knows of a tenant before it is built: plain data, shallowly frozen. */
export type TenantSettings = Readonly<Record<string, unknown>>;

/** The settings of tenants, built or not. They stay until the tenant is offboarded. */
export class ConfiguredTenants {
  readonly #settings = new Map<string, TenantSettings>();

  /** @param most tenants at once */
  constructor(private readonly most: number) {}

  get(tenant: string): TenantSettings | undefined {
    return this.#settings.get(tenant);
  }

  /** @throws InvalidOptionError `INVALID_OPTION`, TooManyTenantsError `TOO_MANY_TENANTS` */
  set(tenant: string, settings: TenantSettings): void {
    if (typeof settings !== 'object' || settings === null)
      throw new InvalidOptionError('The settings of a tenant are an object.');
    if (this.#settings.size >= this.most && !this.#settings.has(tenant)) {
      throw new TooManyTenantsError(tenant, 'configured', this.most);
    }
    this.#settings.set(tenant, Object.freeze({...settings}));
  }

  delete(tenant: string): void {
    this.#settings.delete(tenant);
  }
}
