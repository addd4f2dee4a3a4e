import {ModelRegistry} from './process-wide';

/**
 * Returns the tenant of the running work, or null when no tenant runs. It asks the option `currentTenant` of
 * `TenantRegistries.default`.
 * @throws what `currentTenant` throws; TenantIsolationError `TENANT_REFUSED` for a reserved code; InvalidTenantCodeError
 * `INVALID_TENANT_CODE`
 */
export function getCurrentTenant(): string | null {
  return ModelRegistry.currentTenant() ?? null;
}
