import type {ModelRegistry, RegistryEnd} from '../../scoped-registry/registry/model-registry';
import type {Drain} from './drain';
import {TenantContext} from '../context/tenant-context';

/** A generation that was let go: new work does not get it, and its work in flight still uses it. */
export interface Departure {
  readonly registry: ModelRegistry;
  readonly drain: Drain;
  /**
   * Called with the result of the registry's end, or with undefined where an offboarding or a shutdown takes the registry
   * over. Left out where an offboarding or a shutdown itself has added this departure.
   */
  readonly settled?: (end: RegistryEnd | undefined) => void;
}

/**
 * The generations of each tenant that were let go. Work in flight that began with such a generation finds it here, while
 * new work gets the next one.
 */
export class Departures {
  readonly #byTenant = new Map<string, Set<Departure>>();

  /** The number of departures whose work in flight has not ended. */
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

  /** The departures of a tenant, the one that was let go first at the head. */
  departuresOf(tenant: string): Departure[] {
    return [...(this.#byTenant.get(tenant) ?? [])];
  }

  tenants(): IterableIterator<string> {
    return this.#byTenant.keys();
  }

  /**
   * Returns the generation that the running work began with, where that was let go. Each use of a tenant calls this, so it
   * is cheap while no generation is leaving.
   */
  registryOfRunningWork(tenant: string): ModelRegistry | undefined {
    if (this.#byTenant.size === 0) return undefined;
    for (const {registry, drain} of this.#byTenant.get(tenant) ?? []) {
      // innermostOf also finds a context around the present one
      if (drain.holds(TenantContext.current?.innermostOf(tenant))) return registry;
    }
    return undefined;
  }
}
