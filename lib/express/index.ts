/** The package subpath `loopback-scoped-registry/express`: middleware for Express, connect, Fastify and `node:http`. */
export type {TenantLookUp} from '../http/look-up';
export {TenantRequestError, type Statuses} from '../http/request-error';
export type {TenantRequestsOptions} from '../http/tenant-requests-options';
export type {TenantResolver, TenantStrategy} from '../http/tenant-strategy';
export {tenantHook, type TenantHook} from './fastify-hook';
export {tenantMiddleware, type TenantMiddleware} from './tenant-middleware';
