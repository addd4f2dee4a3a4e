import {ScopedRegistryError} from '../scoped-registry/errors';

/**
 * The error of the compat Context. `NO_TENANT`: code has read or set a value of the running context, and no context runs.
 * `TENANT_MISMATCH`: code has tried to change the tenant of a context.
 */
export class TenantIsolationError extends ScopedRegistryError {
  constructor(code: 'NO_TENANT' | 'TENANT_MISMATCH', message: string, tenant?: string) {
    super(code, message, {tenant});
  }
}
