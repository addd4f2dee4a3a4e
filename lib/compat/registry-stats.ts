import {allActiveContexts} from '../lifecycle/context/cohort';
import type {HeldRegistry} from '../lifecycle/tenant/held-registry';
import type {TenantRegistries} from '../lifecycle/tenant-registries';
import type {TenantRegistriesStats} from '../lifecycle/tenant-stats';
import type {ModelRegistry} from '../scoped-registry/registry/model-registry';
import type {ClearedModels} from './cleared-models';
import type {Registrable} from './registrations';
import type {TenantModels} from './tenant-models';

/** The figures of one tenant's registry. The fork called it a bucket. */
export interface BucketStats {
  readonly tenantCode: string;
  /** The classes that the registry holds, plus the structures of other models that were registered by hand. */
  readonly modelCount: number;
  /** When the registry was built or came back, in epoch milliseconds. */
  readonly creationTime: number;
  /** When the registry was last used, in epoch milliseconds. */
  readonly lastAccessed: number;
  /** Milliseconds since the registry was last used. */
  readonly idleTime: number;
}

/** The figures of one tenant's registry, with the names of its models. */
export interface BucketInfo extends BucketStats {
  readonly models: readonly string[];
  /** Always false: every registry belongs to a tenant. The fork also had registries for datasources. */
  readonly isDataSourceBased: boolean;
}

/** The result of `ModelRegistry.getStats`. */
export interface RegistryStats {
  /** The calls of `registerModel` with a model, since the last `clear()`. It never decreases. */
  readonly totalModels: number;
  /** The calls of `findModelByStructure` that have found a model, since the last `clear()`. */
  readonly reuseCount: number;
  /** The sum of `modelCount` over all tenants held, plus the count of the shared registry. */
  readonly uniqueModels: number;
  /** The number of tenants held. */
  readonly tenantRegistries: number;
  readonly tenantStats: readonly BucketStats[];
  /** `uniqueModels` without the shared registry. */
  readonly totalTenantModels: number;
  /** The classes that the registries hold now, including shared and embedded ones. */
  readonly liveModels: number;
  /** The embedded classes that can be found by structure now. */
  readonly liveEmbeddedModels: number;
  /** How often the registries held now have reused an embedded class for a structure; of no tenant, since the last `clear()`. */
  readonly liveReuseCount: number;
  /** The contexts and leases that have not ended, in the whole process. */
  readonly activeContexts: number;
  /** The number of evictions of tenants since the start, by reason. */
  readonly evictions: TenantRegistriesStats['evictions'];
}

/** The result of `ModelRegistry.getTenantRegistryInfo`. */
export interface RegistryInfo {
  /** The same as `activeTenants`, for dashboards that read this name. */
  readonly activeDataSources: number;
  /** The number of tenants held. */
  readonly activeTenants: number;
  /** By tenant code. The object has no prototype, because a code such as `__proto__` is allowed. */
  readonly tenants: Record<string, BucketInfo>;
  /** The names of the shared models. */
  readonly globalModels: readonly string[];
}

/** A model of a tenant, with its registration. */
export interface RegisteredModel {
  readonly model: Registrable;
  readonly properties: unknown;
  /**
   * When the model was registered, in epoch milliseconds. For a class that juggler has made without a registration: when
   * its tenant's registry was built.
   */
  readonly registeredAt: number;
  readonly tenant: string;
}

export function registryStats(
  registries: TenantRegistries,
  models: TenantModels,
  cleared: ClearedModels,
  counts: Pick<RegistryStats, 'totalModels' | 'reuseCount'>,
): RegistryStats {
  // The fork made the embedded classes of a model with the model. Those of the models of no tenant are made once in a process.
  for (const {embeddedIndex} of models.ofNoTenant().registries()) embeddedIndex.makeDeferredClasses();
  const held = [...registries.held()];
  const tenantStats = held.map(holding => bucketStats(holding, models));
  const totalTenantModels = sum(tenantStats.map(({modelCount}) => modelCount));
  const groups = [models.ofNoTenant(), ...held.map(({registry}) => models.of(registry))];
  const all = groups.flatMap(group => [...group.registries()]);
  return {
    ...counts,
    uniqueModels: totalTenantModels + models.size(groups[0]),
    tenantRegistries: held.length,
    tenantStats,
    totalTenantModels,
    liveModels: sum(groups.map(({size}) => size)),
    liveEmbeddedModels: sum(all.map(({embeddedIndex: embedded}) => embedded.size)),
    liveReuseCount: sum(all.map(registry => cleared.reusedBy(registry))),
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
    tenants[tenant] = {...bucketStats(holding, models), models: models.names(models.of(registry)), isDataSourceBased: false};
  }
  return {activeDataSources: active, activeTenants: active, tenants, globalModels: models.names(models.ofNoTenant())};
}

/** The models of a tenant's registry by name, with their registrations. */
export function registeredModels(
  registry: ModelRegistry,
  models: TenantModels,
  holding: HeldRegistry | undefined,
): Map<string, RegisteredModel> {
  const built = Date.now() - (holding?.age ?? 0);
  const registrations = models.registrationsIn(registry);
  const all = new Map<string, RegisteredModel>();
  for (const [name, model] of models.namedIn(models.of(registry))) {
    const {properties, registeredAt = built} = registrations.registrationOf(model) ?? {};
    all.set(name, {model, properties: properties ?? model.definition?.properties, registeredAt, tenant: registry.tenant!});
  }
  return all;
}

function bucketStats({tenant, registry, age, idle}: HeldRegistry, models: TenantModels): BucketStats {
  const now = Date.now();
  return {
    tenantCode: tenant,
    modelCount: models.size(models.of(registry)),
    creationTime: now - age,
    lastAccessed: now - idle,
    idleTime: idle,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
