import type {TenantRegistries} from '../lifecycle/tenant-registries';
import type {TenantSettings} from '../lifecycle/tenant/tenant-settings';
import type {Clock} from '../lifecycle/time/clock';
import {withDeadline} from '../lifecycle/time/deadline';
import {settleStack, TenantRefusedError, TenantUnavailableError} from '../scoped-registry/errors';
import {failureOf} from './failures';
import {UnknownTenants} from './unknown-tenants';

type LookUpResult = TenantSettings | null | undefined;

/**
 * The application's function that looks a tenant up, in a database for example. It returns the tenant's settings, `{}` for
 * a tenant without settings. Undefined or null means that the tenant does not exist.
 */
export type TenantLookUp = (tenant: string) => LookUpResult | Promise<LookUpResult>;

interface Options {
  readonly lookUpTimeout: number;
  readonly unknownTtl: number;
  readonly retryAfter: number;
  readonly clock: Clock;
}

/** The most look-ups at once. A client that makes up codes must not fill the memory while the directory hangs. */
const MOST_RUNNING = 10_000;

/**
 * Calls the application's look-up function for tenants that have no registry yet. Requests that name the same tenant while
 * a look-up runs share that look-up. A tenant that does not exist is remembered for `unknownTtl` milliseconds.
 */
export class LookUp {
  readonly #running = new Map<string, Promise<TenantSettings>>();
  readonly #unknown: UnknownTenants;

  constructor(
    private readonly lookUp: TenantLookUp,
    private readonly registries: () => TenantRegistries,
    private readonly options: Options,
  ) {
    this.#unknown = new UnknownTenants(options.unknownTtl, options.clock);
  }

  /**
   * Looks up a tenant that has no registry. A look-up that takes longer than `lookUpTimeout` milliseconds is given up: what it
   * finds later is ignored, and the next request looks up anew.
   * @returns the tenant's settings; undefined when the tenant has a registry already
   * @throws TenantRefusedError `TENANT_REFUSED` when the tenant does not exist, TenantUnavailableError `TENANT_UNAVAILABLE`
   * when the look-up fails or is late or too many look-ups run, what `registries.for` throws for a tenant that takes no work, and this
   * library's error about this tenant when the application's function throws one
   */
  lookUpUnbuilt(tenant: string): Promise<TenantSettings> | undefined {
    const registries = this.registries();
    if (registries.peek(tenant)) return undefined;
    registries.assertTakesWork(tenant);
    if (this.#unknown.has(tenant)) throw new TenantRefusedError(tenant, 'lookUp');
    const running = this.#running.get(tenant);
    if (running) return running;
    if (this.#running.size >= MOST_RUNNING) {
      const cause = new Error(`${MOST_RUNNING} tenants are being looked up`);
      throw settleStack(new TenantUnavailableError(tenant, cause, this.options.retryAfter));
    }
    const begun = this.#lookUp(tenant);
    this.#running.set(tenant, begun);
    return begun;
  }

  async #lookUp(tenant: string): Promise<TenantSettings> {
    try {
      const settings = await this.#ask(tenant);
      if (settings !== undefined && settings !== null) return settings;
      this.#unknown.add(tenant);
      throw new TenantRefusedError(tenant, 'lookUp');
    } finally {
      this.#running.delete(tenant);
    }
  }

  /** Never throws at once: `#running` must have this look-up before it is over. */
  async #ask(tenant: string): Promise<LookUpResult> {
    const {lookUpTimeout, retryAfter, clock} = this.options;
    const late = () => new Error(`its look-up was given up after ${lookUpTimeout} ms`);
    try {
      const answer = Promise.resolve(this.lookUp(tenant));
      return await (lookUpTimeout === Infinity ? answer : withDeadline(clock, answer, lookUpTimeout, late));
    } catch (error) {
      throw failureOf(tenant, error, retryAfter);
    }
  }
}
