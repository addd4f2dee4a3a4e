import {ScopedRegistryError} from '../scoped-registry/errors';

/**
 * `NO_TENANT`: a value of the running tenant is read or set outside any context. `TENANT_MISMATCH`: a context of one
 * tenant is to become another one's.
 */
export class TenantIsolationError extends ScopedRegistryError {
  constructor(code: 'NO_TENANT' | 'TENANT_MISMATCH', message: string, tenant?: string) {
    super(code, message, {tenant});
  }
}
