import type {IncomingMessage} from 'node:http';
import {assertClock, type Clock} from '../lifecycle/time/clock';
import {TenantRegistries} from '../lifecycle/tenant-registries';
import {InvalidOptionError} from '../scoped-registry/errors';
import {assertFunction, assertKnownNames, givenOptions, withoutUndefined} from '../scoped-registry/option-checks';
import type {ModelRegistry} from '../scoped-registry/registry/model-registry';
import {DEFAULT_STATUSES, type Statuses} from './request-error';
import type {TenantLookUp} from './look-up';
import type {TenantStrategy} from './tenant-strategy';

export interface TenantRequestsOptions<Request = IncomingMessage> {
  /** Where a request names its tenant. */
  readonly tenant: TenantStrategy<Request>;
  /** @default TenantRegistries.default, as it is at the first request */
  readonly registries?: TenantRegistries;
  /**
   * What a tenant code looks like; any other is malformed.
   * @default /^\w[\w.-]*$/
   */
  readonly pattern?: RegExp;
  /**
   * Whether a request that names no tenant is refused. Otherwise it goes on outside any tenant.
   * @default true
   */
  readonly required?: boolean;
  /**
   * Finds out whether there is such a tenant, before it is built, and its settings, for `registries.configure`: by a
   * database, say, for `isTenant` answers at once. What there is not is `TENANT_REFUSED`.
   * @default there is, without settings of its own
   */
  readonly lookUp?: TenantLookUp;
  /**
   * What a tenant needs before its first request is served: it defines its models, say, or connects its datasource. It
   * runs for the tenant, once for each registry that is built for it, and its promise is awaited; if it fails, that is 503,
   * and the next request tries anew.
   * @default nothing
   */
  readonly prepare?: (tenant: string, registry: ModelRegistry) => unknown;
  /**
   * Milliseconds that a request waits for that before it is answered by 503. Infinity: as long as it takes.
   * @default 5_000
   */
  readonly prepareTimeout?: number;
  /**
   * A MemoryPressure, or whatever else knows when there is no room: while it says `overloaded`, requests of tenants that
   * would have to be built are answered by 503.
   * @default never
   */
  readonly pressure?: {readonly overloaded: boolean};
  /**
   * Milliseconds for `Retry-After`, where the error has none of its own. It is sent in whole seconds, from 1.
   * @default 1_000
   */
  readonly retryAfter?: number;
  /**
   * Statuses by the code of the error, from 400 to 599, in place of the default ones: `{TENANT_REFUSED: 400}`.
   * @default {NO_TENANT: 400, INVALID_TENANT_CODE: 400, TENANT_REFUSED: 404, TENANT_SUSPENDED: 410, TENANT_OFFBOARDED: 410,
   * TENANT_UNAVAILABLE: 503, DATASOURCE_CLOSED: 503, REGISTRIES_DISPOSED: 503}
   */
  readonly status?: Statuses;
  /**
   * When `prepareTimeout` will have passed.
   * @default performance
   */
  readonly clock?: Clock;
}

type Defaults = Omit<Required<TenantRequestsOptions>, 'tenant' | 'registries' | 'lookUp'>;
export type ResolvedOptions<Request> = Defaults & Pick<TenantRequestsOptions<Request>, 'tenant' | 'registries' | 'lookUp'>;

const DEFAULTS: Defaults = {
  pattern: /^\w[\w.-]*$/,
  required: true,
  prepare: () => {},
  prepareTimeout: 5_000,
  pressure: {overloaded: false},
  retryAfter: 1_000,
  status: DEFAULT_STATUSES,
  clock: performance,
};
const NAMES = ['tenant', 'registries', 'lookUp', ...Object.keys(DEFAULTS)];

/**
 * The options with their defaults; an explicit undefined counts as left out.
 * @throws InvalidOptionError `INVALID_OPTION`
 */
export function resolveRequestsOptions<Request>(options: TenantRequestsOptions<Request>): ResolvedOptions<Request> {
  const resolved: ResolvedOptions<Request> = {...DEFAULTS, ...givenOptions('TenantRequests', options, NAMES)};
  const {registries, pattern, lookUp, required, prepare, pressure, status, clock} = resolved;
  if (registries !== undefined && !(registries instanceof TenantRegistries))
    throw new InvalidOptionError('registries must be a TenantRegistries.');
  // one with a memory would accept a code every other time
  if (!(pattern instanceof RegExp) || pattern.global || pattern.sticky)
    throw new InvalidOptionError('pattern must be a regular expression without the flags g and y.');
  if (typeof required !== 'boolean') throw new InvalidOptionError('required must be true or false.');
  if (lookUp !== undefined) assertFunction('lookUp', lookUp);
  assertFunction('prepare', prepare);
  for (const name of ['prepareTimeout', 'retryAfter'] as const) {
    const value = resolved[name];
    if (typeof value !== 'number' || !(value >= 0) || (value === Infinity && name === 'retryAfter'))
      throw new InvalidOptionError(`${name} must be a number of milliseconds from 0, got ${String(value)}.`);
  }
  if (typeof pressure?.overloaded !== 'boolean') throw new InvalidOptionError('pressure must be a MemoryPressure.');
  if (typeof status !== 'object' || status === null)
    throw new InvalidOptionError('status must be an object of statuses by code.');
  const codes = Object.keys(DEFAULT_STATUSES);
  assertKnownNames(status, codes, `TenantRequests takes ${codes.join(', ')}.`, 'status');
  const givenStatuses = withoutUndefined(status);
  for (const [code, value] of Object.entries(givenStatuses)) {
    if (!Number.isInteger(value) || Number(value) < 400 || Number(value) > 599)
      throw new InvalidOptionError(`The status of ${code} must be a whole number from 400 to 599, got ${String(value)}.`);
  }
  assertClock(clock);
  return {...resolved, status: {...DEFAULT_STATUSES, ...givenStatuses}};
}
