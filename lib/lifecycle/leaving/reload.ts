import type {RegistryEnd} from '../../scoped-registry/registry/model-registry';
import type {Clock} from '../time/clock';
import type {Generations} from '../generations/generations';
import type {DrainOptions} from './offboarding-options';
import {ownWorkWaits} from './suspension';
import type {TenantSettings} from '../tenant/tenant-settings';

export interface ReloadOptions extends DrainOptions {
  /** Takes the place of what was configured for the tenant. Left out: that stays. */
  readonly settings?: TenantSettings;
}

/** What a reload came to. Frozen. */
export interface ReloadReport {
  readonly tenant: string;
  /** The number of the registry that was let go, undefined where the tenant had none. */
  readonly generation: number | undefined;
  /** Whether it has ended; if not, it ends with the work that was in flight at the deadline, for a reload cuts nothing. */
  readonly ended: boolean;
  /** Named classes dropped. */
  readonly models: number;
  /** Embedded classes dropped. */
  readonly embeddedModels: number;
  /** Contexts and leases that ended before the deadline. */
  readonly leasesDrained: number;
  /** Contexts and leases still in flight at the deadline. */
  readonly leasesLeft: number;
  /** Everything that failed on the way. */
  readonly errors: readonly unknown[];
  /** Milliseconds from the call to the report. */
  readonly duration: number;
}

/** Reloads under way, one for each tenant. */
export class Reloads {
  readonly #running = new Map<string, Promise<ReloadReport>>();

  constructor(
    private readonly generations: Generations,
    private readonly clock: Clock,
  ) {}

  /** Lets a tenant's registry go at once, so that new work builds the next one, and waits for the work in flight. */
  reload(tenant: string, timeout: number): Promise<ReloadReport> {
    const running = this.#running.get(tenant);
    // nothing has taken the place of what is being let go: there is nothing more to reload
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
    if (drain && !drain.over) await drain.wait(this.clock, ownWorkWaits(drain, tenant) ? 0 : timeout);
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
