/** The package subpath `loopback-scoped-registry/loopback3`: gives the applications of LoopBack 3 their tenants. */
export {TenantRequestError, type Statuses} from '../http/request-error';
export type {TenantRequestsOptions} from '../http/tenant-requests-options';
export type {TenantResolver, TenantStrategy} from '../http/tenant-strategy';
export {tenantMiddleware, type TenantMiddleware} from '../express/tenant-middleware';
export {install, type LoopBackInstallOptions} from './install';
export {jugglerOf} from './loopback';
