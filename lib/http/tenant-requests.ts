import type {IncomingMessage, ServerResponse} from 'node:http';
import type {Lease} from '../lifecycle/context/lease';
import {TenantContext} from '../lifecycle/context/tenant-context';
import {TenantRegistries} from '../lifecycle/tenant-registries';
import {InvalidTenantCodeError, NoTenantError, ScopedRegistryError, TenantUnavailableError} from '../scoped-registry/errors';
import {tenantCode} from '../scoped-registry/tenant-code';
import {LookUp} from './look-up';
import {Preparation} from './preparation';
import {TenantRequestError} from './request-error';
import {resolveRequestsOptions, type ResolvedOptions, type TenantRequestsOptions} from './tenant-requests-options';
import {resolverOf} from './tenant-strategy';

/** Where a request is served: in its tenant's context, or outside any. */
export interface Place {
  run<Result>(work: () => Result): Result;
}

const OUTSIDE: Place = {run: work => work()};

/** The leases of a response. */
const held = new WeakMap<ServerResponse, Lease[]>();

/**
 * Requests and their tenants, whatever framework serves them. A request holds a lease on its tenant until its response is
 * over: sent to the end, as a stream too, or cut off by the client.
 */
export class TenantRequests<Request = IncomingMessage> {
  readonly #options: ResolvedOptions<Request>;
  readonly #resolve: ReturnType<typeof resolverOf<Request>>;
  readonly #lookUp: LookUp | undefined;
  readonly #preparation: Preparation;

  /** @throws InvalidOptionError `INVALID_OPTION` */
  constructor(options: TenantRequestsOptions<Request>) {
    this.#options = resolveRequestsOptions(options);
    this.#resolve = resolverOf(this.#options.tenant);
    const {lookUp} = this.#options;
    this.#lookUp = lookUp && new LookUp(lookUp, () => this.registries);
    this.#preparation = new Preparation(this.#options);
  }

  get registries(): TenantRegistries {
    return this.#options.registries ?? TenantRegistries.default;
  }

  /**
   * Takes the lease. What listens to the request or the response from then on runs for the tenant, so that readers of the
   * body, which their socket calls back, keep it.
   * @param subject what a strategy of the user's is given, where a framework has a request of its own
   * @returns where to serve the request; undefined where nobody waits for the response any more
   * @throws TenantRequestError, and what a strategy of the user's throws
   */
  async admit(request: IncomingMessage, response: ServerResponse, subject = request as Request): Promise<Place | undefined> {
    try {
      const tenant = await this.#resolve(subject, request);
      if (tenant === undefined || tenant === null) return this.#withoutTenant();
      this.#assertWellFormed(tenant);
      await this.#lookUp?.lookUpUnbuilt(tenant);
      // a lease would be released by no event any more
      if (response.destroyed) return undefined;
      const lease = this.#acquire(tenant, response);
      await this.#preparation.prepareFor(lease);
      if (lease.released) return undefined;
      for (const emitter of [request, response]) lease.run(TenantContext.bindEmitter, emitter);
      return lease;
    } catch (error) {
      throw this.#refuse(error, response, (error as Partial<ScopedRegistryError> | undefined)?.tenant);
    }
  }

  /**
   * What is to be told of an error that a request has come to: for this library's errors one that is fit for the client,
   * any other as it is. An error about another tenant than the request's is the service's own fault.
   */
  refuse(error: unknown, response: ServerResponse): unknown {
    return this.#refuse(error, response, held.get(response)?.at(-1)?.tenant);
  }

  #refuse(error: unknown, response: ServerResponse, tenant: string | undefined): unknown {
    if (!(error instanceof ScopedRegistryError) || error instanceof TenantRequestError) return error;
    const {status, retryAfter} = this.#options;
    const isOwn = error.tenant === tenant || error.code === 'REGISTRIES_DISPOSED';
    const chosen = isOwn ? (status as Record<string, number | undefined>)[error.code] : undefined;
    const refusal = new TenantRequestError(error, chosen ?? 500, retryAfter);
    // not every framework's error handler sends an error's headers
    if (!response.headersSent) for (const [name, value] of Object.entries(refusal.headers)) response.setHeader(name, value);
    return refusal;
  }

  #withoutTenant(): Place {
    if (this.#options.required) throw new NoTenantError('A request names no tenant');
    return OUTSIDE;
  }

  #assertWellFormed(tenant: string): void {
    const {pattern} = this.#options;
    if (!pattern.test(tenantCode(tenant))) throw new InvalidTenantCodeError(`A tenant code must match ${String(pattern)}.`);
  }

  #acquire(tenant: string, response: ServerResponse): Lease {
    const {pressure, retryAfter} = this.#options;
    if (pressure.overloaded && !this.registries.peek(tenant))
      throw new TenantUnavailableError(tenant, new Error('there is no room for another one'), retryAfter);
    const lease = this.registries.acquire(tenant);
    const leases = held.get(response);
    if (leases) leases.push(lease);
    else {
      held.set(response, [lease]);
      response.once('close', release);
    }
    return lease;
  }
}

/** One function for all responses. */
function release(this: ServerResponse): void {
  for (const lease of held.get(this)!) lease.release();
}
