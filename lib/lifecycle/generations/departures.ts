import type {ModelRegistry, RegistryEnd} from '../../scoped-registry/registry/model-registry';
import type {Drain} from './drain';
import {TenantContext} from '../context/tenant-context';

/** A generation that new work does not get any more. */
export interface Departure {
  readonly registry: ModelRegistry;
  readonly drain: Drain;
  /**
   * Told what its end came to; undefined where the end of its tenant came first. Left out where it is the end of its tenant
   * that it waits for.
   */
  readonly settled?: (end: RegistryEnd | undefined) => void;
}

/** Generations that only the work in flight gets that began with them, by tenant. */
export class Departures {
  readonly #byTenant = new Map<string, Set<Departure>>();

  /** How many of them work in flight still uses. */
  get atWork(): number {
    let count = 0;
    for (const departures of this.#byTenant.values()) for (const {drain} of departures) if (!drain.over) count++;
    return count;
  }

  add(tenant: string, departure: Departure): void {
    const departures = this.#byTenant.get(tenant) ?? new Set();
    this.#byTenant.set(tenant, departures.add(departure));
  }

  delete(tenant: string, departure: Departure): void {
    const departures = this.#byTenant.get(tenant);
    if (departures?.delete(departure) && departures.size === 0) this.#byTenant.delete(tenant);
  }

  has(tenant: string): boolean {
    return this.#byTenant.has(tenant);
  }

  /** Those of a tenant, the one that was let go first at the head. */
  departuresOf(tenant: string): Departure[] {
    return [...(this.#byTenant.get(tenant) ?? [])];
  }

  tenants(): IterableIterator<string> {
    return this.#byTenant.keys();
  }

  /** The generation that the running work began with. Costs nothing where none is leaving. */
  inFlight(tenant: string): ModelRegistry | undefined {
    if (this.#byTenant.size === 0) return undefined;
    for (const {registry, drain} of this.#byTenant.get(tenant) ?? []) {
      // also a context around the present one
      if (drain.holds(TenantContext.current?.innermostOf(tenant))) {
        registry.assertUsable();
        return registry;
      }
    }
    return undefined;
  }
}
