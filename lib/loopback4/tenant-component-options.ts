import type {RequestContext} from '@loopback/rest';
import type {TenantRequestsOptions} from '../http/tenant-requests-options';
import {resolveVerbOptions, SHUTDOWN_DEFAULTS, type ShutdownOptions} from '../lifecycle/leaving/offboarding-options';
import type {TenantDataSourcesOptions} from '../lifecycle/datasources/tenant-data-sources-options';
import {InvalidOptionError} from '../scoped-registry/errors';
import {got} from '../scoped-registry/got';
import {assertKnownNames} from '../scoped-registry/option-checks';

/** For each datasource name, the option `create` of the TenantDataSources of this name. */
export type DataSourceFactories = Readonly<Record<string, TenantDataSourcesOptions['create']>>;

/** The options of TenantComponent, set with `app.configure(TenantBindings.COMPONENT)`. */
export interface TenantComponentOptions {
  /**
   * How requests are served and refused. The tenant strategy, the registries and the look-up are not among these options:
   * the application binds them, see TenantBindings.
   * @default the defaults of TenantRequestsOptions
   */
  readonly requests?: Omit<TenantRequestsOptions<RequestContext>, 'tenant' | 'registries' | 'lookUp'>;
  /**
   * Set it when the strategy needs the authenticated user. The middleware then runs after LoopBack has found the route and
   * authenticated the user, and both happen without a tenant.
   * @default false
   */
  readonly afterAuthentication?: boolean;
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

const NAMES = ['requests', 'afterAuthentication', 'dataSources', 'shutdown'];

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
