import type {RequestContext} from '@loopback/rest';
import type {TenantRequestsOptions} from '../http/tenant-requests-options';
import {resolveVerbOptions, SHUTDOWN_DEFAULTS, type ShutdownOptions} from '../lifecycle/leaving/offboarding-options';
import type {TenantDataSourcesOptions} from '../lifecycle/datasources/tenant-data-sources-options';
import {InvalidOptionError} from '../scoped-registry/errors';
import {assertKnownNames} from '../scoped-registry/option-checks';

/** By the name of the datasource: see `create` of TenantDataSources. */
export type DataSourceFactories = Readonly<Record<string, TenantDataSourcesOptions['create']>>;

export interface TenantComponentOptions {
  /**
   * How requests are served, and refused; what has a binding key is no option.
   * @default those of TenantRequestsOptions
   */
  readonly requests?: Omit<TenantRequestsOptions<RequestContext>, 'tenant' | 'registries' | 'lookUp'>;
  /**
   * Whether the strategy needs to know who is authenticated: then the route is found, and the user, outside any tenant.
   * @default false
   */
  readonly afterAuthentication?: boolean;
  /**
   * The limits of the datasources of each name.
   * @default those of TenantDataSources
   */
  readonly dataSources?: Omit<TenantDataSourcesOptions, 'registries' | 'create'>;
  /**
   * How long the application's `stop` waits for work in flight.
   * @default those of registries.shutdown
   */
  readonly shutdown?: ShutdownOptions;
}

const NAMES = ['requests', 'afterAuthentication', 'dataSources', 'shutdown'];

/**
 * Those of requests and of datasources are checked where they are used, which is before the application has started.
 * @throws InvalidOptionError `INVALID_OPTION`
 */
export function resolveComponentOptions(options: TenantComponentOptions): TenantComponentOptions {
  assertKnownNames(options, NAMES, `TenantComponent takes ${NAMES.join(', ')}.`);
  const {afterAuthentication = false, shutdown = {}} = options;
  if (typeof afterAuthentication !== 'boolean') throw new InvalidOptionError('afterAuthentication must be true or false.');
  // when the application stops it is too late
  resolveVerbOptions('shutdown', shutdown, SHUTDOWN_DEFAULTS);
  return options;
}
