export {DataSource, forJuggler, ModelBuilder} from './lifecycle/scoped-classes';
export {TenantContext} from './lifecycle/tenant-context';
export {TenantDataSources, type TenantDataSourcesStats} from './lifecycle/tenant-data-sources';
export type {DataSourceSettings, TenantDataSourcesOptions} from './lifecycle/tenant-data-sources-options';
export {TenantRegistries, type TenantRegistriesStats} from './lifecycle/tenant-registries';
export type {Clock, Outside, TenantRegistriesOptions} from './lifecycle/tenant-registries-options';
export type {OffboardingOptions} from './lifecycle/offboarding-options';
export type {OffboardingEvent, OffboardingHook, OffboardingReport} from './lifecycle/offboarding-report';
export {
  AlreadyInstalledError,
  ConnectorSharedError,
  DataSourceClosedError,
  InvalidOptionError,
  InvalidTenantCodeError,
  NoTenantError,
  RegistriesDisposedError,
  RegistryDisposedError,
  ScopedRegistryError,
  TenantMismatchError,
  TenantOffboardedError,
  TenantRefusedError,
  TenantUnavailableError,
  UnsupportedJugglerError,
  type ErrorCode,
} from './scoped-registry/errors';
export {install, type InstallOptions} from './scoped-registry/install';
export type {Juggler} from './scoped-registry/juggler';
export {ModelRegistry, type ModelRegistryOptions, type ModelRegistryStats} from './scoped-registry/model-registry';
export type {RegistryOptions, RegistrySource} from './scoped-registry/registry-binding';
