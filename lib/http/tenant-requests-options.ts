import type {IncomingMessage} from 'node:http';
import {inspect} from 'node:util';
import {assertClock, type Clock} from '../lifecycle/time/clock';
import {TenantRegistries} from '../lifecycle/tenant-registries';
import {InvalidOptionError} from '../scoped-registry/errors';
import {got} from '../scoped-registry/got';
import {assertFunction, assertKnownNames, givenOptions, withoutUndefined} from '../scoped-registry/option-checks';
import {assertOfThisCopy} from '../scoped-registry/package-copy';
import type {ModelRegistry} from '../scoped-registry/registry/model-registry';
import {DEFAULT_STATUSES, type Statuses} from './request-error';
import type {TenantLookUp} from './look-up';
import type {TenantStrategy} from './tenant-strategy';

/** The options of the middleware, the same for each framework: how a request finds its tenant, and how requests are refused. */
export interface TenantRequestsOptions<Request = IncomingMessage> {
  /** Says where a request names its tenant. */
  readonly tenant: TenantStrategy<Request>;
  /** @default TenantRegistries.default, read at each request */
  readonly registries?: TenantRegistries;
  /**
   * A tenant code must match this pattern. A request with any other code is refused with `INVALID_TENANT_CODE`.
   * @default /^\w[\w.-]*$/
   */
  readonly pattern?: RegExp;
  /**
   * Whether a request that names no tenant is refused with `NO_TENANT`. When false, such a request is served without a tenant.
   * @default true
   */
  readonly required?: boolean;
  /**
   * Paths that are served without a tenant, each with all paths below it: `['/health', '/admin']`. They are compared with the path of the
   * request as the client sent it, letter by letter.
   * @default none
   */
  readonly except?: readonly string[];
  /**
   * Called before a tenant's registry is built, to learn whether the tenant exists and which settings it has.
   * `registries.settings` returns them for as long as that registry lives; they replace what the tenant was configured with. It is
   * called again when the registry is built again, and not for an offboarded or suspended tenant. This function may be asynchronous, so it can ask a database; the option `isTenant`
   * of TenantRegistries must answer synchronously. A tenant that does not exist is refused with `TENANT_REFUSED`.
   * @default every tenant exists, and has no settings
   */
  readonly lookUp?: TenantLookUp;
  /**
   * Milliseconds that `lookUp` may take. After that the waiting requests are answered with 503, what it returns later is
   * ignored, and the next request calls it again. Infinity: without a limit.
   * @default 5_000
   */
  readonly lookUpTimeout?: number;
  /**
   * Milliseconds for which a tenant that `lookUp` has not found is refused without another call. The last 10,000 of these tenants
   * are remembered. A tenant that is created within this time is refused until it is over. 0: none is remembered.
   * @default 5_000
   */
  readonly unknownTtl?: number;
  /**
   * Called once for each registry that is built for a tenant, in the tenant's context, before its first request is served:
   * to define the tenant's models or to connect its datasource, for example. Requests wait for its promise. When it fails or
   * is given up, the waiting requests are answered with 503, and the next request calls it again.
   * @default does nothing
   */
  readonly prepare?: (tenant: string, registry: ModelRegistry) => unknown;
  /**
   * Milliseconds that `prepare` may take. After that it is given up: it is no longer work in flight, its
   * `TenantContext.signal` is aborted, and if it goes on, its next use of the tenant throws `TENANT_UNAVAILABLE`. Infinity:
   * without a limit.
   * @default 5_000
   */
  readonly prepareTimeout?: number;
  /**
   * A MemoryPressure, or another object with the property `overloaded`. While `overloaded` is true, requests of tenants
   * without a registry are answered with 503.
   * @default an object whose `overloaded` is always false
   */
  readonly pressure?: {readonly overloaded: boolean};
  /**
   * Milliseconds for the header `Retry-After`, unless the error has its own. It is sent in whole seconds, rounded up, at
   * least 1.
   * @default 1_000
   */
  readonly retryAfter?: number;
  /**
   * HTTP statuses by error code, from 400 to 599. Each replaces the default of its code: `{TENANT_REFUSED: 400}`.
   * @default {NO_TENANT: 400, INVALID_TENANT_CODE: 400, TENANT_REFUSED: 404, TENANT_SUSPENDED: 410, TENANT_OFFBOARDED: 410,
   * TENANT_UNAVAILABLE: 503, DATASOURCE_CLOSED: 503, REGISTRIES_DISPOSED: 503}
   */
  readonly status?: Statuses;
  /**
   * The clock that measures `lookUpTimeout`, `unknownTtl` and `prepareTimeout`.
   * @default performance, with the global timers
   */
  readonly clock?: Clock;
}

type Defaults = Omit<Required<TenantRequestsOptions>, 'tenant' | 'registries' | 'lookUp'>;
export type ResolvedOptions<Request> = Defaults & Pick<TenantRequestsOptions<Request>, 'tenant' | 'registries' | 'lookUp'>;

const DEFAULTS: Defaults = {
  pattern: /^\w[\w.-]*$/,
  required: true,
  except: [],
  lookUpTimeout: 5_000,
  unknownTtl: 5_000,
  prepare: () => {},
  prepareTimeout: 5_000,
  pressure: {overloaded: false},
  retryAfter: 1_000,
  status: DEFAULT_STATUSES,
  clock: performance,
};
const NAMES = ['tenant', 'registries', 'lookUp', ...Object.keys(DEFAULTS)];

/**
 * Checks the options and adds the defaults. An option that is undefined gets its default.
 * @throws InvalidOptionError `INVALID_OPTION`
 */
export function resolveRequestsOptions<Request>(options: TenantRequestsOptions<Request>): ResolvedOptions<Request> {
  const resolved: ResolvedOptions<Request> = {...DEFAULTS, ...givenOptions('TenantRequests', options, NAMES)};
  const {registries, pattern, lookUp, required, except, prepare, pressure, status, clock} = resolved;
  assertOfThisCopy(registries, 'A middleware gets the TenantRegistries of another copy');
  if (registries !== undefined && !(registries instanceof TenantRegistries))
    throw new InvalidOptionError(`registries must be a TenantRegistries, ${got(registries)}.`);
  // A pattern with the flag g or y keeps `lastIndex` between calls of `test`, and would refuse a valid code now and then.
  if (!(pattern instanceof RegExp) || pattern.global || pattern.sticky)
    throw new InvalidOptionError(`pattern must be a regular expression without the flags g and y, ${got(pattern)}.`);
  if (typeof required !== 'boolean') throw new InvalidOptionError(`required must be true or false, ${got(required)}.`);
  if (!Array.isArray(except) || !except.every(path => typeof path === 'string' && path.startsWith('/') && !/[?#]/.test(path)))
    throw new InvalidOptionError(`except must be a list of paths like '/health', got ${inspect(except)}.`);
  if (lookUp !== undefined) assertFunction('lookUp', lookUp);
  assertFunction('prepare', prepare);
  for (const name of ['lookUpTimeout', 'unknownTtl', 'prepareTimeout', 'retryAfter'] as const) {
    const value = resolved[name];
    const mayBeInfinite = name === 'lookUpTimeout' || name === 'prepareTimeout';
    if (typeof value !== 'number' || !(value >= 0) || (value === Infinity && !mayBeInfinite))
      throw new InvalidOptionError(`${name} must be a number of milliseconds from 0, ${got(value)}.`);
  }
  if (typeof pressure?.overloaded !== 'boolean')
    throw new InvalidOptionError(`pressure must be a MemoryPressure, ${got(pressure)}.`);
  if (typeof status !== 'object' || status === null)
    throw new InvalidOptionError(`status must be an object of statuses by code, ${got(status)}.`);
  const codes = Object.keys(DEFAULT_STATUSES);
  assertKnownNames(status, codes, `TenantRequests takes ${codes.join(', ')}.`, 'status');
  const givenStatuses = withoutUndefined(status);
  for (const [code, value] of Object.entries(givenStatuses)) {
    if (!Number.isInteger(value) || Number(value) < 400 || Number(value) > 599)
      throw new InvalidOptionError(`The status of ${code} must be a whole number from 400 to 599, ${got(value)}.`);
  }
  assertClock(clock);
  return {...resolved, status: {...DEFAULT_STATUSES, ...givenStatuses}};
}
