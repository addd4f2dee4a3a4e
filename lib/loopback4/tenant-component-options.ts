import type {RequestContext} from '@loopback/rest';
import type {TenantRequestsOptions} from '../http/tenant-requests-options';
import {resolveVerbOptions, SHUTDOWN_DEFAULTS, type ShutdownOptions} from '../lifecycle/leaving/offboarding-options';
import type {TenantDataSourcesOptions} from '../lifecycle/datasources/tenant-data-sources-options';
import {InvalidOptionError} from '../scoped-registry/errors';
import {got} from '../scoped-registry/got';
import {assertKnownNames} from '../scoped-registry/option-checks';

/** For each datasource name, the option `create` of the TenantDataSources of this name. */
export type DataSourceFactories = Readonly<Record<string, TenantDataSourcesOptions['create']>>;

/**
 * Whose classes the models of a datasource are. `shared`: each model is one class for all tenants, and its data access goes to the running
 * tenant's datasource. `tenant`: each tenant has classes of its own, which is right where tenants define different models of one name,
 * or have connectors of different kinds.
 */
export type ModelsOf = 'shared' | 'tenant';

/** The options of TenantComponent, set with `app.configure(TenantBindings.COMPONENT)`. */
export interface TenantComponentOptions {
  /**
   * How requests are served and refused. The tenant strategy, the registries and the look-up are not among these options:
   * the application binds them, see TenantBindings.
   * @default the defaults of TenantRequestsOptions
   */
  readonly requests?: Omit<TenantRequestsOptions<RequestContext>, 'tenant' | 'registries' | 'lookUp' | 'except'>;
  /**
   * Paths that are served without a tenant, each with all paths below it: `['/explorer', '/health', '/admin']`.
   * @default none
   */
  readonly except?: readonly string[];
  /**
   * Set it when the strategy needs the authenticated user. The middleware then runs after LoopBack has found the route and
   * authenticated the user, and both happen without a tenant.
   * @default false
   */
  readonly afterAuthentication?: boolean;
  /**
   * Whose classes the models are: for all datasources, or by datasource name. A datasource that is not named has shared models.
   * @default 'shared'
   */
  readonly models?: ModelsOf | Readonly<Record<string, ModelsOf>>;
  /**
   * The limits of each TenantDataSources that the component makes, one for each datasource name.
   * @default the defaults of TenantDataSources
   */
  readonly dataSources?: Omit<TenantDataSourcesOptions, 'registries' | 'create'>;
  /**
   * How long the application's `stop` waits for work in flight: the options of `registries.shutdown`, also where the registries are the
   * process's and only the application's own requests and datasources end.
   * @default the defaults of registries.shutdown
   */
  readonly shutdown?: ShutdownOptions;
}

const NAMES = ['requests', 'except', 'afterAuthentication', 'models', 'dataSources', 'shutdown'];

/**
 * Checks the component's own options. TenantRequests and TenantDataSources check `requests` and `dataSources`, also before
 * the application has started.
 * @throws InvalidOptionError `INVALID_OPTION`
 */
export function resolveComponentOptions(options: TenantComponentOptions): TenantComponentOptions {
  assertKnownNames(options, NAMES, `TenantComponent takes ${NAMES.join(', ')}.`);
  const {afterAuthentication = false, shutdown = {}} = options;
  if (typeof afterAuthentication !== 'boolean')
    throw new InvalidOptionError(`afterAuthentication must be true or false, ${got(afterAuthentication)}.`);
  // Only `stop` uses these options. A wrong option must fail at the start, not at the stop.
  resolveVerbOptions('shutdown', shutdown, SHUTDOWN_DEFAULTS);
  return options;
}

/**
 * Returns whose classes the models of each datasource are.
 * @param dataSources the names of the datasources
 * @throws InvalidOptionError `INVALID_OPTION`
 */
export function modelsByDataSource(
  models: TenantComponentOptions['models'] = 'shared',
  dataSources: readonly string[],
): (dataSource: string) => ModelsOf {
  const byName = typeof models === 'object' && models !== null ? models : undefined;
  for (const value of byName ? Object.values(byName) : [models]) {
    if (value !== 'shared' && value !== 'tenant') {
      throw new InvalidOptionError(`models must be "shared" or "tenant", or one of these by datasource name; ${got(value)}.`);
    }
  }
  assertKnownNames(byName ?? {}, dataSources, `models takes the names of the datasources: ${dataSources.join(', ')}.`);
  return name => (byName ? (byName[name] ?? 'shared') : (models as ModelsOf));
}
