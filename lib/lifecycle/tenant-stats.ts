import type {ModelRegistry, ModelRegistryStats} from '../scoped-registry/registry/model-registry';
import type {Admission} from './leaving/admission';
import {activeContexts, allActiveContexts} from './context/cohort';
import type {EndReason} from './tenant/end-reason';
import type {Generations} from './generations/generations';
import type {TenantState} from './tenant/tenant-state';
import type {TenantVerbs} from './leaving/tenant-verbs';

/** A snapshot of all registries. Frozen. Making it does not walk over the held tenants, only over those that are leaving. */
export interface TenantRegistriesStats {
  /** The number of tenants that the LRU holds. */
  readonly tenants: number;
  /** The number of classes that the LRU holds, over all tenants. */
  readonly models: number;
  /** The registry for work outside any tenant. */
  readonly shared: ModelRegistryStats;
  /** The number of registries that were let go and that work in flight still uses. */
  readonly leaving: number;
  /** The number of suspended tenants. */
  readonly suspended: number;
  /** The number of offboarded tenants that are remembered, and of tenants that are being offboarded. */
  readonly tombstones: number;
  /** How often `for` found a registry, since the start. */
  readonly hits: number;
  /** How often `for` built a registry, since the start. */
  readonly misses: number;
  /** The number of evictions since the start, by reason. */
  readonly evictions: Readonly<Record<'lru' | 'idle' | 'memory' | 'manual', number>>;
  /** The number of registries that were let go since the start, by reason, evictions included. */
  readonly endings: Readonly<Record<EndReason, number>>;
  /** The number of offboardings since the start. */
  readonly offboarded: number;
}

/** A snapshot with the figures of all tenants summed up. Frozen. Making it walks over the tenants. */
export interface MemoryStats {
  /** The number of contexts and leases that have not ended, in the whole process. */
  readonly activeContexts: number;
  /** Always 0: no Node domain is ever made. */
  readonly activeDomains: 0;
  /** `process.memoryUsage()`, in bytes. */
  readonly memoryUsage: Readonly<NodeJS.MemoryUsage>;
  /** The number of embedded classes (juggler: anonymous models) that the LRU holds, over all tenants. */
  readonly embeddedModelCount: number;
  /** The number of classes that the LRU holds, over all tenants. */
  readonly modelCount: number;
  /** The number of tenants in each state, except unbuilt ones. */
  readonly tenants: Readonly<Record<Exclude<TenantState, 'unbuilt'>, number>>;
  readonly hits: number;
  readonly misses: number;
  readonly evictions: TenantRegistriesStats['evictions'];
  /** The number of offboardings since the start. */
  readonly offboardings: number;
  /** The average of `bytes` of the tenants that the LRU holds. */
  readonly bytesPerTenant: number;
}

/** A snapshot of one tenant. Frozen. */
export interface TenantSnapshot {
  readonly tenant: string;
  readonly state: TenantState;
  /** The generation of the registry that new work gets; undefined where there is none. */
  readonly generation: number | undefined;
  /** The number of named classes. */
  readonly models: number;
  /** The number of embedded classes. */
  readonly embeddedModels: number;
  /**
   * What its classes take in the heap, in bytes. Reckoned from the kinds of the classes, from the number of their properties and from
   * whether code has read their definitions; not measured. Rows, instances and datasources do not count.
   */
  readonly bytes: number;
  /** The number of contexts and leases that have not ended. */
  readonly activeContexts: number;
  /** The number of operations that have no answer yet, of all generations. */
  readonly operations: number;
  /** When its registry was built or came back, on the registries' clock; undefined where it is not held. */
  readonly since: number | undefined;
  /** When its registry was last used, on the registries' clock; undefined where it is not held. */
  readonly usedAt: number | undefined;
}

/** Makes the snapshots for `stats`, `getMemoryStats`, `inspect` and `tenants`. */
export class TenantStats {
  constructor(
    private readonly generations: Generations,
    private readonly admission: Admission,
    private readonly verbs: TenantVerbs,
    private readonly shared: ModelRegistry,
  ) {}

  registries(hits: number, misses: number): TenantRegistriesStats {
    const {generations, admission} = this;
    return Object.freeze({
      tenants: generations.size,
      models: generations.models,
      shared: this.shared.stats(),
      leaving: generations.leaving,
      suspended: admission.suspended,
      tombstones: admission.offboarding + admission.offboarded,
      hits,
      misses,
      evictions: this.#evictions(),
      endings: Object.freeze({...generations.ended}),
      offboarded: this.verbs.offboarded,
    });
  }

  memory(hits: number, misses: number): MemoryStats {
    const {generations, admission} = this;
    let [embeddedModelCount, bytes] = [0, 0];
    for (const tenant of generations.leastRecentlyUsed()) {
      const registry = generations.peek(tenant)!;
      embeddedModelCount += registry.counts().embeddedModels;
      bytes += registry.totalBytes();
    }
    let active = generations.size;
    for (const tenant of admission.suspendedTenants()) if (generations.has(tenant)) active--;
    const leaving = [...generations.tenantsLetGo()].filter(tenant => this.verbs.state(tenant) === 'leaving').length;
    return Object.freeze({
      activeContexts: allActiveContexts(),
      activeDomains: 0,
      memoryUsage: Object.freeze(process.memoryUsage()),
      embeddedModelCount,
      modelCount: generations.models,
      tenants: Object.freeze({
        active,
        leaving,
        suspended: admission.suspended,
        offboarding: admission.offboarding,
        offboarded: admission.offboarded,
      }),
      hits,
      misses,
      evictions: this.#evictions(),
      offboardings: this.verbs.offboarded,
      bytesPerTenant: Math.round(bytes / Math.max(1, generations.size)),
    });
  }

  inspect(tenant: string): TenantSnapshot {
    const registry = this.generations.peek(tenant);
    const {models = 0, embeddedModels = 0} = registry?.counts() ?? {};
    const {since, usedAt} = this.generations.times(tenant) ?? {};
    return Object.freeze({
      tenant,
      state: this.verbs.state(tenant),
      generation: registry?.generation,
      models,
      embeddedModels,
      bytes: registry?.totalBytes() ?? 0,
      activeContexts: activeContexts(tenant),
      operations: this.generations.operations(tenant),
      since,
      usedAt,
    });
  }

  tenants(): readonly TenantSnapshot[] {
    const known = new Set([...this.generations.known(), ...this.admission.tenants()]);
    return Object.freeze([...known].map(tenant => this.inspect(tenant)));
  }

  #evictions(): TenantRegistriesStats['evictions'] {
    const {lru, idle, memory, manual} = this.generations.ended;
    return Object.freeze({lru, idle, memory, manual});
  }
}
