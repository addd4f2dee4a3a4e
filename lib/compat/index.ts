/**
 * The package subpath `loopback-scoped-registry/compat`: for services that were written for a fork of juggler with a global
 * ModelRegistry, or for a library with a shared Context. Such services change only their imports.
 */
export {ModelBuilder} from '../lifecycle/scoped-classes';
export {
  ACCESS_TOKEN,
  CARD_PROFILE,
  IDEMPOTENCY_KEY,
  INSTALLATION,
  LANGUAGE,
  LOCATION,
  ORIGIN,
  TENANT,
  TIMEZONE,
  USER,
} from './context-keys';
export {
  Context,
  Context as default,
  ContextApi,
  type Claims,
  type ContextMetrics,
  type ContextValidity,
  type RunHook,
} from './context-api';
export type {ContextOptions} from './context-options';
export type {ContextStore, InitialValues} from './context-store';
export {getCurrentTenant} from './current-tenant';
export {DataSource} from './data-source';
export {arePropertiesEquivalent, findEquivalentAnonymousModel} from './equivalent-models';
export type {MemorySummary} from './memory-summary';
export {ModelRegistryApi, type Strictness} from './model-registry-api';
export {ModelRegistryProxy} from './model-registry-proxy';
export type {OwnerType} from './owner-models';
export {ModelRegistry, registryManager} from './process-wide';
export type {Registrable} from './registrations';
export type {RegistryManager, RegistryManagerStats} from './registry-manager';
export type {BucketInfo, BucketStats, RegisteredModel, RegistryInfo, RegistryStats} from './registry-stats';
export {TenantIsolationError} from './tenant-isolation-error';
