import type {ModelRegistry, ModelRegistryStats} from '../scoped-registry/registry/model-registry';
import type {Admission} from './leaving/admission';
import {activeContexts, allActiveContexts} from './context/cohort';
import type {EndReason} from './tenant/end-reason';
import type {Generations} from './generations/generations';
import type {TenantState} from './tenant/tenant-state';
import type {TenantVerbs} from './leaving/tenant-verbs';

/** A snapshot of all registries. Frozen. It costs the same for any number of tenants, but for those that are leaving. */
export interface TenantRegistriesStats {
  /** Tenants held by the LRU. */
  readonly tenants: number;
  /** Classes held by the LRU, over all tenants. */
  readonly models: number;
  /** The registry for work outside any tenant. */
  readonly shared: ModelRegistryStats;
  /** Registries that were let go while work in flight still uses them. */
  readonly leaving: number;
  /** Tenants that take no new work until they are resumed. */
  readonly suspended: number;
  /** Offboarded tenants remembered, those on their way out included. */
  readonly tombstones: number;
  /** Asked for and there, since the start. */
  readonly hits: number;
  /** Asked for and built, since the start. */
  readonly misses: number;
  /** Tenants that were evicted, since the start, by reason. */
  readonly evictions: Readonly<Record<'lru' | 'idle' | 'memory' | 'manual', number>>;
  /** Registries that were let go, since the start, by reason: evictions and all other endings. */
  readonly endings: Readonly<Record<EndReason, number>>;
  /** Tenants that were offboarded, since the start. */
  readonly offboarded: number;
}

/** What the registries hold, and what the process does. Frozen. It costs what there are tenants held, suspended or at work. */
export interface MemoryStats {
  /** Contexts and leases that have not ended, in the whole process. */
  readonly activeContexts: number;
  /** Node domains in use: none is ever made. */
  readonly activeDomains: 0;
  /** The process's memory, in bytes. */
  readonly memoryUsage: Readonly<NodeJS.MemoryUsage>;
  /** Embedded classes (juggler: anonymous models) held by the LRU, over all tenants. */
  readonly embeddedModelCount: number;
  /** Classes held by the LRU, over all tenants. */
  readonly modelCount: number;
  /** Tenants in each state; those that are unbuilt are not counted. */
  readonly tenants: Readonly<Record<Exclude<TenantState, 'unbuilt'>, number>>;
  readonly hits: number;
  readonly misses: number;
  readonly evictions: TenantRegistriesStats['evictions'];
  readonly offboardings: number;
  /** What the classes of a tenant weigh on average, in bytes: an estimate, from their number. */
  readonly bytesPerTenant: number;
}

/** A tenant as it is now. Frozen. */
export interface TenantSnapshot {
  readonly tenant: string;
  readonly state: TenantState;
  /** The number of the registry that new work gets, undefined where there is none. */
  readonly generation: number | undefined;
  /** Named classes. */
  readonly models: number;
  readonly embeddedModels: number;
  /** What its classes weigh, in bytes: an estimate, from their number. */
  readonly bytes: number;
  /** Contexts and leases that have not ended. */
  readonly activeContexts: number;
  /** Operations that have no answer yet, also of registries that were let go. */
  readonly operations: number;
  /** When it was built, or came back, on the registries' clock; undefined where it is not held. */
  readonly since: number | undefined;
  /** When it was used last, on the registries' clock; undefined where it is not held. */
  readonly usedAt: number | undefined;
}

/** What one class weighs with all that juggler makes for it, as measured. */
const BYTES_PER_CLASS = 11_000;

/** Makes the snapshots. */
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
    let embeddedModelCount = 0;
    for (const tenant of generations.leastRecentlyUsed()) embeddedModelCount += generations.peek(tenant)!.counts().embeddedModels;
    let active = generations.size;
    for (const tenant of admission.suspendedTenants()) if (generations.has(tenant)) active--;
    const leaving = [...generations.letGo()].filter(tenant => this.verbs.state(tenant) === 'leaving').length;
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
      bytesPerTenant: Math.round((generations.models * BYTES_PER_CLASS) / Math.max(1, generations.size)),
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
      bytes: (models + embeddedModels) * BYTES_PER_CLASS,
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
