import {InvalidOptionError} from '../scoped-registry/errors';
import {assertMaker, type ClassMaker} from '../scoped-registry/registry/model-registry';
import {assertFunction, givenOptions} from '../scoped-registry/option-checks';
import {assertIdleTtl, assertLimit} from './limits';
import {assertClock, type Clock} from './time/clock';
import {TenantContext} from './context/tenant-context';

/** What work outside any tenant gets: the shared registry, or an error. */
export type Outside = 'shared' | 'refuse';

export interface TenantRegistriesOptions {
  /**
   * Tenants held at once; the least recently used leaves. A whole number from 1, or Infinity where maxModels
   * bounds; there are never more than 1,000,000.
   * @default 500
   */
  readonly max?: number;
  /**
   * Model classes held at once, over all tenants, embedded ones from their model's first use; the least recently used tenants leave. A tenant that exceeds it alone
   * is held alone. A whole number from 1, or Infinity where max bounds.
   * @default 50_000
   */
  readonly maxModels?: number;
  /**
   * Milliseconds without use and without work in flight after which a tenant is evicted. Infinity: never.
   * @default 1_800_000 (30 minutes)
   */
  readonly idleTtl?: number;
  /**
   * Milliseconds after the end of a tenant's last context after which it is evicted. 0: at once; Infinity: it is left to
   * `max`, `maxModels` and `idleTtl`, for to build a quiet tenant anew on each request costs milliseconds.
   * @default Infinity
   */
  readonly lastContextGrace?: number;
  /**
   * Offboarded tenants remembered; the one longest unasked for is forgotten first, and could then be built again. Where
   * there are more, let `isTenant` refuse them. A whole number from 1 to 1,000,000. It bounds the tenants that are suspended
   * and those that have settings as well: one more is an error, `TOO_MANY_TENANTS`.
   * @default 10_000
   */
  readonly maxTombstones?: number;
  /**
   * The tenant of the running work, undefined or null where none runs.
   * @default () => TenantContext.tenant
   */
  readonly currentTenant?: () => string | null | undefined;
  /**
   * What a builder or datasource that follows the running tenant does where none runs: use the shared registry, or refuse
   * all work, data access included, with the error `NO_TENANT`. Boot code needs the shared one; afterwards, set
   * `registries.outside` to 'refuse', and work that has lost its tenant is found out.
   * @default 'shared'
   */
  readonly outside?: Outside;
  /**
   * Whether the classes of a tenant share with each other, and with other tenants', what is equal for all ('light'), or are
   * juggler's own making ('stock'), some ten times as heavy. They behave alike.
   * @default 'light'
   */
  readonly embedded?: ClassMaker;
  /**
   * False for a code for which no registry is ever to be made. Asked before a registry is built, so keep it quick. It
   * answers at once: a promise is an error, `INVALID_OPTION`.
   * @default () => true
   */
  readonly isTenant?: (tenant: string) => boolean;
  /**
   * What time it is and when it will have passed, for all durations and deadlines.
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
  currentTenant: () => TenantContext.tenant,
  outside: 'shared',
  embedded: 'light',
  isTenant: () => true,
  clock: performance,
};

/**
 * The options with their defaults; an explicit undefined counts as left out.
 * @throws InvalidOptionError `INVALID_OPTION`
 */
export function resolveOptions(options: TenantRegistriesOptions): Required<TenantRegistriesOptions> {
  const resolved = {...DEFAULTS, ...givenOptions('TenantRegistries', options, Object.keys(DEFAULTS))};
  for (const name of ['max', 'maxModels'] as const) assertLimit(name, resolved[name]);
  const {maxTombstones} = resolved;
  // room for all of them is set aside at once
  if (!(Number.isSafeInteger(maxTombstones) && maxTombstones >= 1 && maxTombstones <= 1_000_000)) {
    throw new InvalidOptionError(`maxTombstones must be a whole number from 1 to 1,000,000, got ${String(maxTombstones)}.`);
  }
  if (resolved.max === Infinity && resolved.maxModels === Infinity) {
    throw new InvalidOptionError(
      'Without max and maxModels nothing bounds the memory (idleTtl alone does not). Give at least one of them.',
    );
  }
  assertIdleTtl(resolved.idleTtl);
  if (typeof resolved.lastContextGrace !== 'number' || !(resolved.lastContextGrace >= 0)) {
    throw new InvalidOptionError(
      `lastContextGrace must be a number of milliseconds from 0, or Infinity, got ${String(resolved.lastContextGrace)}.`,
    );
  }
  for (const name of ['currentTenant', 'isTenant'] as const) assertFunction(name, resolved[name]);
  assertOutside(resolved.outside);
  assertMaker(resolved.embedded);
  assertClock(resolved.clock);
  return resolved;
}

/** @throws InvalidOptionError `INVALID_OPTION` */
export function assertOutside(outside: unknown): asserts outside is Outside {
  if (outside !== 'shared' && outside !== 'refuse') {
    throw new InvalidOptionError(`outside must be 'shared' or 'refuse', got ${JSON.stringify(outside)}.`);
  }
}
