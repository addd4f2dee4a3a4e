import type {TenantRegistries} from '../lifecycle/tenant-registries';
import type {TenantSettings} from '../lifecycle/tenant/tenant-settings';
import type {Clock} from '../lifecycle/time/clock';
import {withDeadline} from '../lifecycle/time/deadline';
import {TenantRefusedError} from '../scoped-registry/errors';
import {failureOf} from './failures';

type LookUpResult = TenantSettings | null | undefined;

/**
 * The application's function that looks a tenant up, in a database for example. It returns the tenant's settings, `{}` for
 * a tenant without settings. Undefined or null means that the tenant does not exist.
 */
export type TenantLookUp = (tenant: string) => LookUpResult | Promise<LookUpResult>;

interface Options {
  readonly lookUpTimeout: number;
  readonly retryAfter: number;
  readonly clock: Clock;
}

/**
 * Calls the application's look-up function for tenants that have no registry yet. Requests that name the same tenant while
 * a look-up runs share that look-up.
 */
export class LookUp {
  readonly #running = new Map<string, Promise<void>>();

  constructor(
    private readonly lookUp: TenantLookUp,
    private readonly registries: () => TenantRegistries,
    private readonly options: Options,
  ) {}

  /**
   * Looks up a tenant that has no registry, and stores its settings with `registries.configure`. A look-up that takes longer
   * than `lookUpTimeout` milliseconds is given up: what it finds later is ignored, and the next request looks up anew.
   * @returns undefined when the tenant has a registry already
   * @throws TenantRefusedError `TENANT_REFUSED` when the tenant does not exist, TenantUnavailableError `TENANT_UNAVAILABLE`
   * when the look-up fails or is late, what `registries.configure` throws, and this library's error about this tenant when the
   * application's function throws one
   */
  lookUpUnbuilt(tenant: string): Promise<void> | undefined {
    if (this.registries().peek(tenant)) return undefined;
    let running = this.#running.get(tenant);
    if (!running) this.#running.set(tenant, (running = this.#lookUp(tenant)));
    return running;
  }

  async #lookUp(tenant: string): Promise<void> {
    try {
      const settings = await this.#ask(tenant);
      if (settings === undefined || settings === null) throw new TenantRefusedError(tenant);
      const registries = this.registries();
      // Other code may have built the registry during the look-up: then `configure` would throw TENANT_BUILT.
      if (!registries.peek(tenant)) registries.configure(tenant, settings);
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
