import type {RegistryEnd} from '../../scoped-registry/registry/model-registry';
import type {Clock} from '../time/clock';
import type {Generations} from '../generations/generations';
import type {DrainOptions} from './offboarding-options';
import {isPartOfDrain} from './suspension';
import type {TenantSettings} from '../tenant/tenant-settings';

export interface ReloadOptions extends DrainOptions {
  /** Replaces the settings that were configured for the tenant. Left out: they stay as they are. */
  readonly settings?: TenantSettings;
}

/** The result of `reload`. Frozen. */
export interface ReloadReport {
  readonly tenant: string;
  /** The generation of the registry that was let go; undefined where the tenant had none. */
  readonly generation: number | undefined;
  /**
   * Whether that registry has ended. If false, it ends with the work that was still in flight at the deadline: a reload
   * aborts nothing. True where there was none.
   */
  readonly ended: boolean;
  /** The number of named classes dropped; 0 while the registry has not ended. */
  readonly models: number;
  /** The number of embedded classes dropped; 0 while the registry has not ended. */
  readonly embeddedModels: number;
  /** The number of contexts and leases that ended before the deadline. */
  readonly leasesDrained: number;
  /** The number of contexts and leases that were still in flight at the deadline. */
  readonly leasesLeft: number;
  /** The errors of the registry's end, for example of an observer. */
  readonly errors: readonly unknown[];
  /** Milliseconds from the call to the report. */
  readonly duration: number;
}

/** Runs reloads, and remembers the latest one of each tenant while it is under way. */
export class Reloads {
  readonly #running = new Map<string, Promise<ReloadReport>>();

  constructor(
    private readonly generations: Generations,
    private readonly clock: Clock,
  ) {}

  /**
   * Lets a tenant's registry go at once, so that new work builds the next one. Then waits for its work in flight, for
   * `timeout` milliseconds at most.
   */
  reload(tenant: string, timeout: number): Promise<ReloadReport> {
    const running = this.#running.get(tenant);
    // no next registry was built since that reload began, so there is nothing more to reload
    if (running && !this.generations.peek(tenant)) return running;
    const report = this.#reload(tenant, timeout).finally(() => {
      if (this.#running.get(tenant) === report) this.#running.delete(tenant);
    });
    this.#running.set(tenant, report);
    return report;
  }

  async #reload(tenant: string, timeout: number): Promise<ReloadReport> {
    const start = this.clock.now();
    const generation = this.generations.peek(tenant)?.generation;
    let end: RegistryEnd | undefined;
    const drain = this.generations.replace(tenant, 'reload', result => (end = result));
    const leases = drain?.leases ?? 0;
    if (drain && !drain.over) await drain.wait(this.clock, isPartOfDrain(drain, tenant) ? 0 : timeout);
    const leasesLeft = drain?.leasesLeft ?? 0;
    const {models = 0, embeddedModels = 0, errors = []} = end ?? {};
    return Object.freeze({
      tenant,
      generation,
      ended: !drain || end !== undefined,
      models,
      embeddedModels,
      leasesDrained: leases - leasesLeft,
      leasesLeft,
      errors: Object.freeze(errors),
      duration: this.clock.now() - start,
    });
  }
}
