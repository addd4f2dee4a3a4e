import {RegistriesDisposedError} from '../../scoped-registry/errors';
import type {ModelRegistry} from '../../scoped-registry/registry/model-registry';
import type {Admission} from './admission';
import type {Clock} from '../time/clock';
import {disconnectAll, openDataSources} from './disconnecting';
import {leasesLeft, type Drain} from '../generations/drain';
import type {Generations} from '../generations/generations';
import type {Offboarding} from './offboarding';
import type {ShutdownOptions} from './offboarding-options';

/** The result of `shutdown`. Frozen. */
export interface ShutdownReport {
  /** The number of tenants whose registries or datasources were ended. */
  readonly tenants: number;
  /** The number of named classes dropped, shared ones included. */
  readonly models: number;
  /** The number of embedded classes dropped, shared ones included. */
  readonly embeddedModels: number;
  /** The number of datasources that were disconnected. */
  readonly dataSources: number;
  /** The number of contexts and leases that ended by themselves before the deadline. */
  readonly leasesDrained: number;
  /** The number of contexts and leases that were aborted at the deadline. */
  readonly leasesForced: number;
  /** The codes of the first 100 tenants whose contexts and leases were aborted. */
  readonly forced: readonly string[];
  /** The errors of all steps. They did not stop the shutdown. */
  readonly errors: readonly unknown[];
  /** Milliseconds from the call to the report. */
  readonly duration: number;
}

/** The parts of TenantRegistries that a shutdown works on. */
export interface ShutdownHost {
  readonly clock: Clock;
  readonly generations: Generations;
  readonly admission: Admission;
  readonly shared: ModelRegistry;
  /** The offboardings under way, each with the promise of its report. */
  readonly offboardings: ReadonlyMap<Offboarding, Promise<unknown>>;
}

/** A tenant that this shutdown ends. */
interface Tenant {
  readonly tenant: string;
  readonly drains: readonly Drain[];
  /** The number of contexts and leases in flight when the shutdown began. */
  readonly leases: number;
  /** Takes the registries away from the work in flight. */
  readonly removeDepartures: () => void;
}

const MOST_NAMES = 100;
const disposedError = () => new RegistriesDisposedError();

/**
 * Ends all tenants and the shared registry: waits for all work in flight to one deadline, aborts the work that is left, ends
 * the registries and disconnects the datasources.
 */
export class Shutdown {
  #tenants: readonly Tenant[] = [];

  constructor(private readonly host: ShutdownHost) {}

  /** Never rejects. */
  async runSteps({drainTimeout, hookTimeout}: Required<ShutdownOptions>): Promise<ShutdownReport> {
    const {clock, generations, shared, offboardings} = this.host;
    const start = clock.now();
    this.#tenants = generations.tenants().flatMap(tenant => this.#take(tenant));
    const drains = [...this.#tenants, ...offboardings.keys()].flatMap(tenant => tenant.drains).filter(({over}) => !over);
    if (drainTimeout > 0 && drains.length > 0) await Promise.all(drains.map(drain => drain.wait(clock, drainTimeout)));
    const forced = this.#tenants.filter(tenant => leasesLeft(tenant.drains) > 0);
    const leasesForced = sum(forced, tenant => leasesLeft(tenant.drains));
    this.abortWork();
    const registries = [...this.#tenants.flatMap(({drains}) => drains.flatMap(({registry}) => registry ?? [])), shared];
    const dataSources = openDataSources(registries);
    const ends = registries.map(registry =>
      registry === shared ? shared.endRegistry(disposedError) : generations.end(registry, 'shutdown', disposedError),
    );
    for (const {removeDepartures} of this.#tenants) removeDepartures();
    const disconnecting = await disconnectAll(dataSources, hookTimeout, clock);
    await Promise.allSettled(offboardings.values());
    const tenants = this.#tenants;
    // TenantRegistries keeps this object as long as it lives, so it must keep no ended registry
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

  /** Aborts all work in flight now, also that of offboardings and suspensions under way. */
  abortWork(): void {
    for (const {drains} of this.#tenants) for (const drain of drains) drain.abort(disposedError);
    for (const offboarding of this.host.offboardings.keys()) offboarding.abortWork();
    this.host.admission.stopWaiting();
  }

  /** @returns an empty array where nothing is left to end, for example because an offboarding has taken the tenant */
  #take(tenant: string): Tenant[] {
    const {generations} = this.host;
    const drains = generations.remove(tenant);
    if (drains.length === 0) return [];
    const leases = leasesLeft(drains);
    return [{tenant, drains, leases, removeDepartures: generations.addDepartures(tenant, drains, 'shutdown')}];
  }
}

function sum<T>(items: readonly T[], count: (item: T) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}
