import {TenantRegistries} from '../lifecycle/tenant-registries';

/**
 * Returns the tenant of the running work, or null when no tenant runs. It asks the option `currentTenant` of
 * `TenantRegistries.default`.
 * @throws what `currentTenant` throws
 */
export function getCurrentTenant(): string | null {
  return TenantRegistries.default.currentTenant() ?? null;
}
