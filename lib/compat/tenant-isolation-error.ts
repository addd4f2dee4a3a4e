import {ScopedRegistryError} from '../scoped-registry/errors';

type Code = 'NO_TENANT' | 'TENANT_MISMATCH' | 'TENANT_REFUSED';

/**
 * The error of the compat API. `NO_TENANT`: code has read or set a value of the running context, and no context runs.
 * `TENANT_MISMATCH`: code has tried to change the tenant of a context. `TENANT_REFUSED`: a reserved code was used as a
 * tenant's; this error has the status 404, for error handlers of services that use no middleware of this library.
 */
export class TenantIsolationError extends ScopedRegistryError {
  declare readonly status?: number;
  /** The same as `status`: Fastify and LoopBack read this name. */
  declare readonly statusCode?: number;

  constructor(code: Code, message: string, tenant?: string) {
    super(code, message, {tenant});
    if (code === 'TENANT_REFUSED') Object.assign(this, {status: 404, statusCode: 404});
  }
}
