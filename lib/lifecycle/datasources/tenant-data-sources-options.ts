import {InvalidOptionError} from '../../scoped-registry/errors';
import type {Juggler} from '../../scoped-registry/juggler/types';
import {assertFunction, givenOptions} from '../../scoped-registry/option-checks';
import {assertIdleTtl, assertLimit} from '../limits';
import {assertClock, type Clock} from '../time/clock';
import {ownJuggler, type DataSource} from '../scoped-classes';
import {TenantRegistries} from '../tenant-registries';
import type {TenantSettings} from '../tenant/tenant-settings';

/** Settings of a juggler datasource; `modelRegistry` is set for you. */
export type DataSourceSettings = Readonly<Record<string, unknown>> & {readonly connector: unknown};

export interface TenantDataSourcesOptions {
  /** Whose tenants these datasources are for; they end with their tenants. */
  readonly registries: TenantRegistries;
  /**
   * Says, at once, what a tenant's datasource is: its settings, or a new DataSource with the setting
   * `modelRegistry: {registries, tenant}` (then best with `lazyConnect`, for failures of connecting to be told in time).
   * Runs for the tenant; what it throws comes out of `get`, and the next call asks anew. Its second argument is what
   * `registries.configure` was given for the tenant.
   */
  readonly create: (tenant: string, settings: TenantSettings | undefined) => DataSourceSettings | DataSource;
  /**
   * The copy of juggler that the application's models are made by, as `require` returns it: LoopBack 3 may have one of its
   * own.
   * @default the one this package finds for itself
   */
  readonly juggler?: Juggler;
  /**
   * Datasources open at once; the one least recently used is closed. One with work in flight is closed once that has
   * ended, and does not count until then. A whole number from 1, or Infinity.
   * @default 500
   */
  readonly max?: number;
  /**
   * Milliseconds without work after which a datasource is closed, and up to one minute more. Infinity: never.
   * @default 1_800_000 (30 minutes)
   */
  readonly idleTtl?: number;
  /**
   * What time it is, for `idleTtl`.
   * @default performance
   */
  readonly clock?: Clock;
}

const DEFAULTS: Omit<Required<TenantDataSourcesOptions>, 'registries' | 'create'> = {
  max: 500,
  idleTtl: 30 * 60_000,
  juggler: ownJuggler,
  clock: performance,
};
const NAMES = ['registries', 'create', ...Object.keys(DEFAULTS)];

/**
 * The options with their defaults; an explicit undefined counts as left out.
 * @throws InvalidOptionError `INVALID_OPTION`
 */
export function resolveDataSourcesOptions(options: TenantDataSourcesOptions): Required<TenantDataSourcesOptions> {
  const resolved = {...DEFAULTS, ...givenOptions('TenantDataSources', options, NAMES)};
  const {registries, create, max, idleTtl, clock} = resolved;
  if (!(registries instanceof TenantRegistries)) throw new InvalidOptionError('registries must be a TenantRegistries.');
  assertFunction('create', create);
  assertLimit('max', max);
  assertIdleTtl(idleTtl);
  assertClock(clock);
  return resolved;
}
