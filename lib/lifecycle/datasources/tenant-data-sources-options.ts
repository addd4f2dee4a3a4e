import type {RegistryOptions} from '../../scoped-registry/binding/registry-binding';
import {InvalidOptionError} from '../../scoped-registry/errors';
import {got} from '../../scoped-registry/got';
import {isPromise} from '../../scoped-registry/juggler/callback';
import {commonJsModule, type Juggler} from '../../scoped-registry/juggler/types';
import {assertFunction, givenOptions} from '../../scoped-registry/option-checks';
import {ignoreRejection} from '../../scoped-registry/primitives/promises';
import {MAX_DELAY} from '../../scoped-registry/primitives/timers';
import {assertOfThisCopy} from '../../scoped-registry/package-copy';
import {assertIdleTtl, assertLimit} from '../limits';
import {assertClock, type Clock} from '../time/clock';
import {ownJuggler, type DataSource} from '../scoped-classes';
import {TenantRegistries} from '../tenant-registries';
import type {TenantSettings} from '../tenant/tenant-settings';

/** Settings of a juggler datasource. TenantDataSources sets `modelRegistry` and `lazyConnect` itself. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- with `unknown`, an interface of the application would not fit
export type DataSourceSettings = Readonly<Record<string, any>> & {readonly connector: unknown};

export interface TenantDataSourcesOptions {
  /** The registries of the tenants that these datasources are for. A tenant's datasource ends with its tenant. */
  readonly registries: TenantRegistries;
  /**
   * Returns the settings of a tenant's datasource, or a new DataSource with the setting
   * `modelRegistry: {registries, tenant}`. Give such a DataSource the setting `lazyConnect: true` as well: otherwise juggler
   * reports a failed connection only after `connectionTimeout`. `create` must not return a promise. It runs for the tenant.
   * `get` throws what it throws, and the next `get` calls it again. `settings` are the tenant's settings, from
   * `registries.configure` or `reload`.
   */
  readonly create: (tenant: string, settings: TenantSettings | undefined) => DataSourceSettings | DataSource;
  /**
   * The copy of juggler that defines the application's models, as `require` or `import` returns it. LoopBack 3 may have a copy of its
   * own.
   * @default the copy that this package finds
   */
  readonly juggler?: Juggler;
  /**
   * The limit of open datasources. Beyond it, the one least recently used is closed. One that is in use is closed when that use
   * has ended, and does not count towards the limit until then, so the limit may be passed for that time. In use is a datasource
   * with an operation, a connector call or a transaction in flight, and one that work got in a context or lease that has not
   * ended. A whole number from 1, or Infinity.
   * @default 500
   */
  readonly max?: number;
  /**
   * Milliseconds without use (see `max`) after which a datasource is closed. A timer checks at least once a minute, so it may stay
   * open for up to a minute more. Infinity: idle datasources stay open.
   * @default 1_800_000 (30 minutes)
   */
  readonly idleTtl?: number;
  /**
   * The clock for `idleTtl`. The time limits of connections are Node's own.
   * @default performance, with Node's timers
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
 * Checks the options and adds the defaults. An option that is undefined counts as left out.
 * @throws InvalidOptionError `INVALID_OPTION`
 */
export function resolveDataSourcesOptions(options: TenantDataSourcesOptions): Required<TenantDataSourcesOptions> {
  const resolved = {...DEFAULTS, ...givenOptions('TenantDataSources', options, NAMES)};
  const {registries, create, max, idleTtl, clock} = resolved;
  assertOfThisCopy(registries, 'TenantDataSources gets the TenantRegistries of another copy');
  if (!(registries instanceof TenantRegistries))
    throw new InvalidOptionError(`registries must be a TenantRegistries, ${got(registries)}.`);
  assertFunction('create', create);
  assertLimit('max', max);
  assertIdleTtl(idleTtl);
  assertClock(clock);
  return {...resolved, juggler: commonJsModule(resolved.juggler)};
}

/**
 * Checks and completes the settings that `create` returned. With `lazyConnect` juggler itself begins to connect. Where the
 * connector begins and fails, juggler does not pass the error to the operations that it has queued (`postInit` in
 * datasource.js), and they time out.
 * @throws InvalidOptionError `INVALID_OPTION`
 */
export function settingsOf(made: object, modelRegistry: RegistryOptions): Record<string, unknown> {
  if (typeof made !== 'object' || made === null || isPromise(made)) {
    ignoreRejection(made);
    throw new InvalidOptionError(`create must return settings or a new DataSource at once, ${got(made)}.`);
  }
  const {connector, adapter = connector} = made as {connector?: unknown; adapter?: unknown};
  if (!adapter) {
    throw new InvalidOptionError(`create must return settings with a connector, its name or its module, ${got(made)}.`);
  }
  const settings: Record<string, unknown> = {...made, lazyConnect: true, modelRegistry};
  // juggler gives the time limit to a timer of Node, which fires a longer one at once
  if (Number(settings.connectionTimeout) > MAX_DELAY) settings.connectionTimeout = MAX_DELAY;
  return settings;
}
