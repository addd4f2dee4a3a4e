/** The public API of this package: the name of every export, and nothing else. */
export type {Clock} from './lifecycle/time/clock';
export type {Context} from './lifecycle/context/context';
export type {EndReason} from './lifecycle/tenant/end-reason';
export type {Leak} from './lifecycle/generations/leak-ledger';
export type {ForEachTenantOptions, ForEachTenantProgress, ForEachTenantReport, Tenants} from './lifecycle/tenant/for-each-tenant';
export type {Lease} from './lifecycle/context/lease';
export type {LifecycleEvents, LifecycleObserver} from './lifecycle/tenant/lifecycle-events';
export type {DrainOptions, OffboardingOptions, ShutdownOptions} from './lifecycle/leaving/offboarding-options';
export type {
  OffboardingEvent,
  OffboardingHook,
  OffboardingReport,
  OffboardingStep,
  OffboardingStepName,
} from './lifecycle/leaving/offboarding-report';
export type {ReloadOptions, ReloadReport} from './lifecycle/leaving/reload';
export type {ShutdownReport} from './lifecycle/leaving/shutdown';
export type {SuspensionReport} from './lifecycle/leaving/suspension';
export {MemoryPressure} from './lifecycle/memory/memory-pressure';
export type {MemoryPressureOptions} from './lifecycle/memory/memory-pressure-options';
export type {MemoryOverload, MemoryRelief} from './lifecycle/memory/memory-pressure-report';
export type {HeapUsage} from './lifecycle/memory/old-generation';
export {DataSource, forJuggler, ModelBuilder} from './lifecycle/scoped-classes';
export {TenantContext} from './lifecycle/context/tenant-context';
export {TenantDataSources, type TenantDataSourcesStats} from './lifecycle/datasources/tenant-data-sources';
export type {DataSourceSettings, TenantDataSourcesOptions} from './lifecycle/datasources/tenant-data-sources-options';
export {TenantRegistries} from './lifecycle/tenant-registries';
export type {Outside, TenantRegistriesOptions} from './lifecycle/tenant-registries-options';
export type {TenantSettings} from './lifecycle/tenant/tenant-settings';
export type {TenantState} from './lifecycle/tenant/tenant-state';
export type {MemoryStats, TenantRegistriesStats, TenantSnapshot} from './lifecycle/tenant-stats';
export {
  AlreadyInstalledError,
  BindingOrderError,
  ConnectorSharedError,
  TenantUnavailableError,
  TenantMismatchError,
  DataSourceClosedError,
  ContextEndedError,
  InvalidOptionError,
  InvalidTenantCodeError,
  NoTenantError,
  RegistriesDisposedError,
  RegistryDisposedError,
  ScopedRegistryError,
  StructureTooDeepError,
  TenantBuiltError,
  TenantNotFoundError,
  TenantNotSuspendedError,
  TenantOffboardedError,
  TenantRefusedError,
  TenantSuspendedError,
  TooManyTenantsError,
  TwoCopiesError,
  UnsupportedJugglerError,
  type ErrorCode,
  type PackageCopy,
} from './scoped-registry/errors';
export {install, type InstallOptions} from './scoped-registry/install';
export type {PersistedModel, PersistedModelClass} from './scoped-registry/juggler/persisted-model';
export type {Juggler} from './scoped-registry/juggler/types';
export {
  ModelRegistry,
  type ClassMaker,
  type ModelRegistryOptions,
  type ModelRegistryStats,
} from './scoped-registry/registry/model-registry';
export type {RegistryOptions, RegistrySource} from './scoped-registry/binding/registry-binding';
