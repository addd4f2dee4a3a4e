import {RegistriesDisposedError} from '../../scoped-registry/errors';
import type {ModelRegistry} from '../../scoped-registry/registry/model-registry';
import type {Admission} from './admission';
import type {Clock} from '../time/clock';
import {disconnectAll, openDataSources} from './disconnecting';
import {leasesLeft, type Drain} from '../generations/drain';
import type {Generations} from '../generations/generations';
import type {Offboarding} from './offboarding';
import type {ShutdownOptions} from './offboarding-options';

/** What a shutdown came to. Frozen. */
export interface ShutdownReport {
  /** Tenants that had something to end. */
  readonly tenants: number;
  /** Named classes dropped, the shared ones included. */
  readonly models: number;
  /** Embedded classes dropped, the shared ones included. */
  readonly embeddedModels: number;
  /** Datasources that were disconnected. */
  readonly dataSources: number;
  /** Contexts and leases that ended by themselves before the deadline. */
  readonly leasesDrained: number;
  /** Contexts and leases that were cut at the deadline. */
  readonly leasesForced: number;
  /** The first 100 of the tenants that they belong to. */
  readonly forced: readonly string[];
  /** Everything that failed on the way. */
  readonly errors: readonly unknown[];
  /** Milliseconds from the call to the report. */
  readonly duration: number;
}

export interface ShutdownHost {
  readonly clock: Clock;
  readonly generations: Generations;
  readonly admission: Admission;
  readonly shared: ModelRegistry;
  /** Offboardings under way, each with its promise. */
  readonly offboardings: ReadonlyMap<Offboarding, Promise<unknown>>;
}

interface Tenant {
  readonly tenant: string;
  readonly drains: readonly Drain[];
  readonly leases: number;
  /** Lets its work in flight have the registries no longer. */
  readonly cut: () => void;
}

const MOST_NAMES = 100;
const error = () => new RegistriesDisposedError();

/** Ends all tenants: drains their work to one deadline, aborts what is left, disposes of everything. Never rejects. */
export class Shutdown {
  #tenants: readonly Tenant[] = [];

  constructor(private readonly host: ShutdownHost) {}

  async runSteps({drainTimeout, hookTimeout}: Required<ShutdownOptions>): Promise<ShutdownReport> {
    const {clock, generations, shared, offboardings} = this.host;
    const start = clock.now();
    this.#tenants = generations.tenants().flatMap(tenant => this.#take(tenant));
    const drains = [...this.#tenants, ...offboardings.keys()].flatMap(tenant => tenant.drains).filter(({over}) => !over);
    if (drainTimeout > 0 && drains.length > 0) await Promise.all(drains.map(drain => drain.wait(clock, drainTimeout)));
    const forced = this.#tenants.filter(tenant => leasesLeft(tenant.drains) > 0);
    const leasesForced = sum(forced, tenant => leasesLeft(tenant.drains));
    this.hurry();
    const registries = [...this.#tenants.flatMap(({drains}) => drains.flatMap(({registry}) => registry ?? [])), shared];
    const dataSources = openDataSources(registries);
    const ends = registries.map(registry =>
      registry === shared ? shared.endRegistry(error) : generations.end(registry, 'shutdown', error),
    );
    for (const {cut} of this.#tenants) cut();
    const disconnecting = await disconnectAll(dataSources, hookTimeout, clock);
    await Promise.allSettled(offboardings.values());
    const tenants = this.#tenants;
    // the report is asked for again and again, and this is kept with it
    this.#tenants = [];
    return Object.freeze({
      tenants: tenants.length,
      models: sum(ends, end => end.models),
      embeddedModels: sum(ends, end => end.embeddedModels),
      dataSources: disconnecting.disconnected,
      leasesDrained: sum(tenants, ({leases}) => leases) - leasesForced,
      leasesForced,
      forced: Object.freeze(forced.slice(0, MOST_NAMES).map(({tenant}) => tenant)),
      errors: Object.freeze([...ends.flatMap(end => end.errors), ...disconnecting.errors]),
      duration: clock.now() - start,
    });
  }

  /** Waits for no work any longer. */
  hurry(): void {
    for (const {drains} of this.#tenants) for (const drain of drains) drain.abort(error);
    for (const offboarding of this.host.offboardings.keys()) offboarding.hurry();
    this.host.admission.hurry();
  }

  /** @returns nothing for a tenant that an offboarding has taken already */
  #take(tenant: string): Tenant[] {
    const {generations} = this.host;
    const drains = generations.remove(tenant);
    if (drains.length === 0) return [];
    return [{tenant, drains, leases: leasesLeft(drains), cut: generations.departAll(tenant, drains, 'shutdown')}];
  }
}

function sum<T>(items: readonly T[], count: (item: T) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}
