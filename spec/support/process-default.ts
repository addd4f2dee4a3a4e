import {TenantRegistries, type TenantRegistriesOptions} from '../../lib/index';
import {ModelRegistry, registryManager} from '../../lib/compat';

/** Gives a spec file TenantRegistries of its own as the process's default ones, anew for each spec. */
export function freshDefault(options: TenantRegistriesOptions = {}): void {
  beforeEach(() => {
    TenantRegistries.default = new TenantRegistries(options);
    // other spec files have made models of no tenant, and no collection has taken them yet
    ModelRegistry.clear();
  });
  afterEach(async () => {
    registryManager.reset();
    ModelRegistry.clear();
    await TenantRegistries.default.dispose();
    TenantRegistries.default = undefined;
  });
}
