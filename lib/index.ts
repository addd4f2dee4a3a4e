import juggler from 'loopback-datasource-juggler';
import {TenantRegistries} from './lifecycle/tenant-registries';
import type {Juggler} from './scoped-registry/juggler';
import {scopedClasses, type ScopedDataSourceClass, type ScopedModelBuilderClass} from './scoped-registry/scoped-juggler';

const defaults = () => TenantRegistries.default;
const classes = scopedClasses(juggler as unknown as Juggler, defaults);

/** juggler's ModelBuilder, on a registry: `{registry}`, `{registries, tenant}` or `{registries}`. */
export const ModelBuilder = classes.ModelBuilder;
export type ModelBuilder = InstanceType<ScopedModelBuilderClass>;

/** juggler's DataSource, on the registry of its `modelRegistry` setting. */
export const DataSource = classes.DataSource;
export type DataSource = InstanceType<ScopedDataSourceClass>;

/**
 * `ModelBuilder` and `DataSource` for another copy of juggler than the one this package finds for itself. Nothing of
 * that copy is changed.
 * @throws UnsupportedJugglerError `UNSUPPORTED_JUGGLER`
 */
export function forJuggler(other: Juggler): {ModelBuilder: ScopedModelBuilderClass; DataSource: ScopedDataSourceClass} {
  return scopedClasses(other, defaults);
}

export type {Clock} from './lifecycle/clock';
export type {Context} from './lifecycle/context';
export type {EndReason} from './lifecycle/end-reason';
export type {Leak} from './lifecycle/leak-ledger';
export type {Lease} from './lifecycle/lease';
export type {LifecycleEvents, LifecycleObserver} from './lifecycle/lifecycle-events';
export type {DrainOptions, OffboardingOptions, ShutdownOptions} from './lifecycle/offboarding-options';
export type {
  OffboardingEvent,
  OffboardingHook,
  OffboardingReport,
  OffboardingStep,
  OffboardingStepName,
} from './lifecycle/offboarding-report';
export type {ReloadReport} from './lifecycle/reload';
export type {ShutdownReport} from './lifecycle/shutdown';
export type {SuspensionReport} from './lifecycle/suspension';
export {MemoryPressure} from './lifecycle/memory-pressure';
export type {MemoryPressureOptions} from './lifecycle/memory-pressure-options';
export type {MemoryOverload, MemoryRelief} from './lifecycle/memory-pressure-report';
export type {HeapUsage} from './lifecycle/old-generation';
export {TenantContext} from './lifecycle/tenant-context';
export {TenantRegistries, type ReloadOptions} from './lifecycle/tenant-registries';
export type {Outside, TenantRegistriesOptions} from './lifecycle/tenant-registries-options';
export type {TenantSettings} from './lifecycle/tenant-settings';
export type {TenantState} from './lifecycle/tenant-state';
export type {MemoryStats, TenantRegistriesStats, TenantSnapshot} from './lifecycle/tenant-stats';
export {
  AlreadyInstalledError,
  ConnectorSharedError,
  ContextEndedError,
  InvalidOptionError,
  InvalidTenantCodeError,
  NoTenantError,
  RegistriesDisposedError,
  RegistryDisposedError,
  ScopedRegistryError,
  TenantBuiltError,
  TenantNotSuspendedError,
  TenantOffboardedError,
  TenantRefusedError,
  TenantSuspendedError,
  TooManyTenantsError,
  UnsupportedJugglerError,
  type ErrorCode,
} from './scoped-registry/errors';
export {install, type InstallOptions} from './scoped-registry/install';
export type {Juggler} from './scoped-registry/juggler';
export {ModelRegistry, type ModelRegistryOptions, type ModelRegistryStats} from './scoped-registry/model-registry';
export type {RegistryOptions, RegistrySource} from './scoped-registry/registry-binding';
