import type {IncomingMessage, ServerResponse} from 'node:http';
import type {Lease} from '../lifecycle/context/lease';
import {setResponseOfContext} from '../lifecycle/context/response-of-context';
import {TenantContext} from '../lifecycle/context/tenant-context';
import {TenantRegistries} from '../lifecycle/tenant-registries';
import type {TenantSettings} from '../lifecycle/tenant/tenant-settings';
import {InvalidTenantCodeError, NoTenantError, ScopedRegistryError, TenantUnavailableError} from '../scoped-registry/errors';
import {tenantCode} from '../scoped-registry/tenant-code';
import type {ApplicationWork} from './application-work';
import {Exchange} from './exchange';
import {LookUp} from './look-up';
import {Preparation} from './preparation';
import {TenantRequestError} from './request-error';
import {resolveRequestsOptions, type ResolvedOptions, type TenantRequestsOptions} from './tenant-requests-options';
import {resolverOf} from './tenant-strategy';

/** Runs the handlers of a request: in the context of its tenant, or without a tenant. */
export interface RequestScope {
  run<Result>(work: () => Result): Result;
}

const WITHOUT_TENANT: RequestScope = {run: work => work()};

/**
 * Admits requests to their tenants; the middleware of every framework calls it. An admitted request holds a lease on its
 * tenant until its exchange is over, either because the last byte was sent or because the client has disconnected.
 */
export class TenantRequests<Request = IncomingMessage> {
  readonly #options: ResolvedOptions<Request>;
  readonly #resolve: ReturnType<typeof resolverOf<Request>>;
  readonly #lookUp: LookUp | undefined;
  readonly #preparation: Preparation;
  readonly #isExcepted: (request: IncomingMessage) => boolean;

  /**
   * @param work of an application that can stop without the end of the registries
   * @throws InvalidOptionError `INVALID_OPTION`
   */
  constructor(
    options: TenantRequestsOptions<Request>,
    private readonly work?: ApplicationWork,
  ) {
    this.#options = resolveRequestsOptions(options);
    this.#isExcepted = exceptedPaths(this.#options.except);
    this.#resolve = resolverOf(this.#options.tenant);
    const {lookUp} = this.#options;
    this.#lookUp = lookUp && new LookUp(lookUp, () => this.registries, this.#options);
    this.#preparation = new Preparation(this.#options);
  }

  get registries(): TenantRegistries {
    return this.#options.registries ?? TenantRegistries.default;
  }

  /**
   * Reads the tenant of a request, takes a lease on it and waits until the tenant's registry is prepared. It also binds the
   * request and the response to the tenant's context, so that their listeners, such as those of a body parser, run for the
   * tenant. Without this they would run in the context of the socket, which serves requests of many tenants.
   * @param subject the framework's own request object, which a strategy that is a function gets
   * @returns the scope that must serve the request; undefined when the client has disconnected
   * @throws TenantRequestError, and what the application's function `tenant` throws
   */
  async admit(
    request: IncomingMessage,
    response: ServerResponse,
    subject = request as Request,
  ): Promise<RequestScope | undefined> {
    const exchange = Exchange.of(request, response);
    try {
      this.work?.assertGoesOn();
      if (this.#isExcepted(request)) return WITHOUT_TENANT;
      const named = await this.#resolve(subject, request);
      if (named === undefined || named === null) return this.#withoutTenant();
      const tenant = this.#wellFormed(named);
      this.#assertRoom(tenant);
      const looking = this.#lookUp?.lookUpUnbuilt(tenant);
      const found = looking && (await looking);
      if (exchange.over) return undefined;
      const lease = this.#acquire(tenant, found);
      exchange.hold(lease);
      await this.#preparation.prepareFor(lease);
      // The client has disconnected during the preparation.
      if (lease.released) return undefined;
      for (const emitter of [request, response]) lease.run(TenantContext.bindEmitter, emitter);
      lease.run(setResponseOfContext, response);
      return lease;
    } catch (error) {
      // of no other error is anything read: user code throws anything
      throw this.#refuse(error, response, error instanceof ScopedRegistryError ? error.tenant : undefined);
    }
  }

  /**
   * Turns an error of this library, thrown while a request was served, into a TenantRequestError for the client. Returns any
   * other error unchanged. An error about another tenant than the request's becomes a 500: the service has confused tenants,
   * and the client must not learn of the other tenant.
   */
  refuse(error: unknown, response: ServerResponse): unknown {
    return this.#refuse(error, response, Exchange.tenantOf(response));
  }

  #refuse(error: unknown, response: ServerResponse, tenant: string | undefined): unknown {
    if (!(error instanceof ScopedRegistryError) || error instanceof TenantRequestError) return error;
    const {status, retryAfter} = this.#options;
    // A request without a tenant may ask for one in its handler. A refused code is no tenant, so the error tells of none.
    const isRefusedHere = tenant === undefined && error.code === 'TENANT_REFUSED';
    const isAboutThisRequest = error.tenant === tenant || error.code === 'REGISTRIES_DISPOSED' || isRefusedHere;
    const chosen = isAboutThisRequest ? (status as Record<string, number | undefined>)[error.code] : undefined;
    const refusal = new TenantRequestError(error, chosen ?? 500, retryAfter);
    // LoopBack's error handler (strong-error-handler) does not send an error's `headers`.
    if (!response.headersSent) for (const [name, value] of Object.entries(refusal.headers)) response.setHeader(name, value);
    return refusal;
  }

  #withoutTenant(): RequestScope {
    if (this.#options.required) throw new NoTenantError('A request names no tenant');
    return WITHOUT_TENANT;
  }

  #wellFormed(tenant: string): string {
    const {pattern} = this.#options;
    const code = tenantCode(tenant);
    if (!pattern.test(code)) throw new InvalidTenantCodeError(`A tenant code must match ${String(pattern)}.`);
    return code;
  }

  /** Called before the look-up too: a tenant that cannot be built need not be looked up. */
  #assertRoom(tenant: string): void {
    const {pressure, retryAfter} = this.#options;
    if (pressure.overloaded && !this.registries.peek(tenant))
      throw new TenantUnavailableError(tenant, new Error('there is no room for another one'), retryAfter);
  }

  #acquire(tenant: string, found: TenantSettings | undefined): Lease {
    this.#assertRoom(tenant);
    // not by its truth: what a look-up returns may be anything
    if (found !== undefined) this.registries.buildLookedUp(tenant, found);
    return this.work ? this.work.acquire(this.registries, tenant) : this.registries.acquire(tenant);
  }
}

/** Returns whether a request asks for one of the paths, or for a path below one of them. */
function exceptedPaths(paths: readonly string[]): (request: IncomingMessage) => boolean {
  const prefixes = paths.map(path => path.replace(/\/+$/, ''));
  return request => {
    // routers shorten `url`; Express keeps what the client sent
    const {url = '', originalUrl = url} = request as IncomingMessage & {originalUrl?: string};
    const [path] = originalUrl.split('?', 1);
    return prefixes.some(prefix => path === prefix || path.startsWith(`${prefix}/`));
  };
}
