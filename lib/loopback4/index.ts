/** The package subpath `loopback-scoped-registry/loopback4`: a component that gives a LoopBack 4 application its tenants. */
export {TenantRequestError, type Statuses} from '../http/request-error';
export type {TenantLookUp} from '../http/look-up';
export type {TenantResolver, TenantStrategy} from '../http/tenant-strategy';
export {TenantBindings} from './keys';
export {TenantComponent} from './tenant-component';
export type {DataSourceFactories, ModelsOf, TenantComponentOptions} from './tenant-component-options';
