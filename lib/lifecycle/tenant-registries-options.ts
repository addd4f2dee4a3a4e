import {InvalidOptionError} from '../scoped-registry/errors';
import {got} from '../scoped-registry/got';
import {assertMaker, assertMaxDepth, DEFAULT_MAX_DEPTH, type ClassMaker} from '../scoped-registry/registry/model-registry';
import {assertBoolean, assertFunction, givenOptions} from '../scoped-registry/option-checks';
import {assertIdleTtl, assertLimit} from './limits';
import {assertClock, type Clock} from './time/clock';
import {runningTenant} from './context/tenant-context';

/** What work outside any tenant gets: 'shared', the shared registry; 'refuse', the error `NO_TENANT`. */
export type Outside = 'shared' | 'refuse';

export interface TenantRegistriesOptions {
  /**
   * The limit of tenants held at once. Beyond it, the least recently used tenant is evicted. A whole number from 1, or
   * Infinity if `maxModels` is finite. In any case at most 1,000,000 tenants are held.
   * @default 500
   */
  readonly max?: number;
  /**
   * The limit of model classes held at once, over all tenants. Beyond it, the least recently used tenants are evicted. An
   * embedded class counts from the first use of its model. A tenant that alone exceeds the limit is held alone. A whole
   * number from 1, or Infinity if `max` is finite.
   * @default 50_000
   */
  readonly maxModels?: number;
  /**
   * Milliseconds without use and without work in flight after which a tenant is evicted. Infinity: idle tenants stay.
   * @default 1_800_000 (30 minutes)
   */
  readonly idleTtl?: number;
  /**
   * Milliseconds after the end of a tenant's last context after which the tenant is evicted. 0: at once. Infinity: only
   * `max`, `maxModels` and `idleTtl` evict it. With a small value a quiet tenant is built anew on each request, which costs
   * milliseconds.
   * @default Infinity
   */
  readonly lastContextGrace?: number;
  /**
   * The limit of tombstones: offboarded tenants that are remembered. Beyond it, the tombstone that was not asked for longest
   * is forgotten, and that tenant could be built again. If more tenants leave, let `isTenant` refuse them. It also limits the
   * number of suspended tenants, and of tenants with settings by `configure` or `reload`: one more is the error
   * `TOO_MANY_TENANTS`. A whole number from 1 to 1,000,000.
   * @default 10_000
   */
  readonly maxTombstones?: number;
  /**
   * Returns the tenant code of the running work; undefined or null where no tenant runs.
   * @default () => TenantContext.tenant
   */
  readonly currentTenant?: () => string | null | undefined;
  /**
   * What a builder or datasource that follows the running tenant does where no tenant runs. 'shared': it uses the shared
   * registry. 'refuse': all its work, data access included, gets the error `NO_TENANT`. Boot code needs 'shared'. After boot,
   * set `registries.outside` to 'refuse': work that has lost its tenant then gets an error.
   * @default 'shared'
   */
  readonly outside?: Outside;
  /**
   * Whether a tenant's datasource, builder, model, instance or transaction may be used while another tenant runs. With false, each
   * data access and each define gets the error `TENANT_MISMATCH`. With true, nothing keeps code that has kept one tenant's repository,
   * for example in a singleton, from reading and writing that tenant's rows for all tenants. Models that `TenantDataSources.route`
   * routes are not affected: an instance of another tenant is always refused.
   * @default false
   */
  readonly allowCrossTenantUse?: boolean;
  /**
   * How classes are made. 'light': classes share their equal parts with each other and with other tenants' classes. 'stock':
   * juggler makes them, and each takes about ten times the memory. Both behave alike.
   * @default 'light'
   */
  readonly embedded?: ClassMaker;
  /**
   * The most levels of objects and arrays within each other in a definition, or in a document from which a model is made. The outermost
   * one counts. More is the error `STRUCTURE_TOO_DEEP`. A whole number from 1 to 200.
   * @default 100
   */
  readonly maxDepth?: number;
  /**
   * Returns false for a code that must never get a registry. It is called before a registry is built, so it should be quick.
   * It must not return a promise: that is the error `INVALID_OPTION`.
   * @default () => true
   */
  readonly isTenant?: (tenant: string) => boolean;
  /**
   * The clock and the timers for all durations and deadlines, in milliseconds.
   * @default performance
   */
  readonly clock?: Clock;
}

const DEFAULTS: Required<TenantRegistriesOptions> = {
  max: 500,
  maxModels: 50_000,
  idleTtl: 30 * 60_000,
  lastContextGrace: Infinity,
  maxTombstones: 10_000,
  currentTenant: runningTenant,
  outside: 'shared',
  allowCrossTenantUse: false,
  embedded: 'light',
  maxDepth: DEFAULT_MAX_DEPTH,
  isTenant: () => true,
  clock: performance,
};

/**
 * Checks the options and adds the defaults. An option that is undefined counts as left out.
 * @throws InvalidOptionError `INVALID_OPTION`
 */
export function resolveOptions(options: TenantRegistriesOptions): Required<TenantRegistriesOptions> {
  const resolved = {...DEFAULTS, ...givenOptions('TenantRegistries', options, Object.keys(DEFAULTS))};
  for (const name of ['max', 'maxModels'] as const) assertLimit(name, resolved[name]);
  const {maxTombstones} = resolved;
  // lru-cache allocates room for all tombstones at once, so Infinity is not allowed
  if (!(Number.isSafeInteger(maxTombstones) && maxTombstones >= 1 && maxTombstones <= 1_000_000)) {
    throw new InvalidOptionError(`maxTombstones must be a whole number from 1 to 1,000,000, ${got(maxTombstones)}.`);
  }
  if (resolved.max === Infinity && resolved.maxModels === Infinity) {
    throw new InvalidOptionError(
      'Without max and maxModels nothing bounds the memory (idleTtl alone does not). Give at least one of them.',
    );
  }
  assertIdleTtl(resolved.idleTtl);
  if (typeof resolved.lastContextGrace !== 'number' || !(resolved.lastContextGrace >= 0)) {
    throw new InvalidOptionError(
      `lastContextGrace must be a number of milliseconds from 0, or Infinity, ${got(resolved.lastContextGrace)}.`,
    );
  }
  for (const name of ['currentTenant', 'isTenant'] as const) assertFunction(name, resolved[name]);
  assertOutside(resolved.outside);
  assertBoolean('allowCrossTenantUse', resolved.allowCrossTenantUse);
  assertMaker(resolved.embedded);
  assertMaxDepth(resolved.maxDepth);
  assertClock(resolved.clock);
  return resolved;
}

/** @throws InvalidOptionError `INVALID_OPTION` */
export function assertOutside(outside: unknown): asserts outside is Outside {
  if (outside !== 'shared' && outside !== 'refuse') {
    throw new InvalidOptionError(`outside must be 'shared' or 'refuse', ${got(outside)}.`);
  }
}
