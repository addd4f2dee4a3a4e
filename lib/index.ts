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

export {MemoryPressure} from './lifecycle/memory-pressure';
export type {MemoryPressureOptions} from './lifecycle/memory-pressure-options';
export type {MemoryOverload, MemoryRelief} from './lifecycle/memory-pressure-report';
export type {HeapUsage} from './lifecycle/old-generation';
export {TenantContext} from './lifecycle/tenant-context';
export {TenantRegistries, type TenantRegistriesStats} from './lifecycle/tenant-registries';
export type {Clock, Outside, TenantRegistriesOptions} from './lifecycle/tenant-registries-options';
export type {OffboardingOptions} from './lifecycle/offboarding-options';
export type {OffboardingEvent, OffboardingHook, OffboardingReport} from './lifecycle/offboarding-report';
export {
  AlreadyInstalledError,
  ConnectorSharedError,
  InvalidOptionError,
  InvalidTenantCodeError,
  NoTenantError,
  RegistriesDisposedError,
  RegistryDisposedError,
  ScopedRegistryError,
  TenantOffboardedError,
  TenantRefusedError,
  UnsupportedJugglerError,
  type ErrorCode,
} from './scoped-registry/errors';
export {install, type InstallOptions} from './scoped-registry/install';
export type {Juggler} from './scoped-registry/juggler';
export {ModelRegistry, type ModelRegistryOptions, type ModelRegistryStats} from './scoped-registry/model-registry';
export type {RegistryOptions, RegistrySource} from './scoped-registry/registry-binding';
