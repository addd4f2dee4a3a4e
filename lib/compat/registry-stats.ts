import {allActiveContexts} from '../lifecycle/context/cohort';
import type {HeldRegistry, TenantRegistries} from '../lifecycle/tenant-registries';
import type {TenantRegistriesStats} from '../lifecycle/tenant-stats';
import type {ModelRegistry} from '../scoped-registry/registry/model-registry';
import type {Registrable} from './registrations';
import type {TenantModels} from './tenant-models';

/** One tenant's registry. */
export interface BucketStats {
  readonly tenantCode: string;
  /** Classes held, and structures of what else was registered. */
  readonly modelCount: number;
  /** Epoch milliseconds. */
  readonly creationTime: number;
  /** Epoch milliseconds. */
  readonly lastAccessed: number;
  /** Milliseconds. */
  readonly idleTime: number;
}

export interface BucketInfo extends BucketStats {
  /** Names of models. */
  readonly models: readonly string[];
  /** False: no registry is a datasource's. */
  readonly isDataSourceBased: boolean;
}

export interface RegistryStats {
  /** Calls of `registerModel` that had a model, since `clear()`; never reduced. */
  readonly totalModels: number;
  /** Hits of `findModelByStructure`, since `clear()`. */
  readonly reuseCount: number;
  /** The sum of all `modelCount`s, with that of the shared registry. */
  readonly uniqueModels: number;
  /** Tenants held. */
  readonly tenantRegistries: number;
  readonly tenantStats: readonly BucketStats[];
  /** `uniqueModels` without the shared registry. */
  readonly totalTenantModels: number;
  /** Classes that the registries hold now, shared and embedded ones included. */
  readonly liveModels: number;
  /** Embedded classes that can be found by structure now. */
  readonly liveEmbeddedModels: number;
  /** How often those registries have answered a structure with a class that was there. */
  readonly liveReuseCount: number;
  /** Contexts and leases that have not ended. */
  readonly activeContexts: number;
  /** Tenants that were evicted, since the start, by reason. */
  readonly evictions: TenantRegistriesStats['evictions'];
}

export interface RegistryInfo {
  /** Tenants held, as `activeTenants`. */
  readonly activeDataSources: number;
  readonly activeTenants: number;
  /** By tenant code; without a prototype, for any code will do. */
  readonly tenants: Record<string, BucketInfo>;
  /** Names of shared models. */
  readonly globalModels: readonly string[];
}

export interface RegisteredModel {
  readonly model: Registrable;
  readonly properties: unknown;
  /** Epoch milliseconds: when it was registered; where juggler made it, when its tenant's registry was built. */
  readonly registeredAt: number;
  readonly tenant: string;
}

export function registryStats(
  registries: TenantRegistries,
  models: TenantModels,
  counts: Pick<RegistryStats, 'totalModels' | 'reuseCount'>,
): RegistryStats {
  const held = [...registries.held()];
  const tenantStats = held.map(holding => bucketStats(holding, models));
  const totalTenantModels = sum(tenantStats.map(({modelCount}) => modelCount));
  const parts = [registries.shared, ...held.map(({registry}) => registry)].flatMap(registry => [...registry.parts()]);
  return {
    ...counts,
    uniqueModels: totalTenantModels + models.size(registries.shared),
    tenantRegistries: held.length,
    tenantStats,
    totalTenantModels,
    liveModels: sum(parts.map(({size}) => size)),
    liveEmbeddedModels: sum(parts.map(({embeddedIndex: embedded}) => embedded.size)),
    liveReuseCount: sum(parts.map(({embeddedIndex: embedded}) => embedded.reused)),
    activeContexts: allActiveContexts(),
    evictions: registries.stats().evictions,
  };
}

export function registryInfo(registries: TenantRegistries, models: TenantModels): RegistryInfo {
  const tenants = Object.create(null) as Record<string, BucketInfo>;
  let active = 0;
  for (const holding of registries.held()) {
    active++;
    const {tenant, registry} = holding;
    tenants[tenant] = {...bucketStats(holding, models), models: models.names(registry), isDataSourceBased: false};
  }
  return {activeDataSources: active, activeTenants: active, tenants, globalModels: models.names(registries.shared)};
}

/** A tenant's models by name. */
export function registeredModels(
  registry: ModelRegistry,
  models: TenantModels,
  holding: HeldRegistry | undefined,
): Map<string, RegisteredModel> {
  const built = Date.now() - (holding?.age ?? 0);
  const registrations = models.registered(registry);
  const all = new Map<string, RegisteredModel>();
  for (const [name, model] of models.namedIn(registry)) {
    const {properties = model.definition?.properties, registeredAt = built} = registrations.about(model) ?? {};
    all.set(name, {model, properties, registeredAt, tenant: registry.tenant!});
  }
  return all;
}

function bucketStats({tenant, registry, age, idle}: HeldRegistry, models: TenantModels): BucketStats {
  const now = Date.now();
  return {
    tenantCode: tenant,
    modelCount: models.size(registry),
    creationTime: now - age,
    lastAccessed: now - idle,
    idleTime: idle,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
