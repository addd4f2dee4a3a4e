import {TenantRegistries} from '../lifecycle/tenant-registries';

/**
 * The tenant of the running work, as `TenantRegistries.default` learns it: by its option `currentTenant`. Null where none
 * runs.
 * @throws what `currentTenant` throws
 */
export function getCurrentTenant(): string | null {
  return TenantRegistries.default.currentTenant() ?? null;
}
