import {CONNECTOR_CALLS} from '../../scoped-registry/datasource/connector-calls';
import {NoTenantError} from '../../scoped-registry/errors';
import type {StockDataSource} from '../../scoped-registry/juggler/types';
import type {ModelRegistry} from '../../scoped-registry/registry/model-registry';
import type {ScopedDataSourceClass} from '../../scoped-registry/scoped-juggler';
import {nextTick} from '../../scoped-registry/primitives/timers';

/** Methods that applications and juggler call on a connector besides data access. */
const OTHER_CALLS = ['automigrate', 'autoupdate', 'isActual', 'ping', 'query'];

/** juggler reads the `length` of connector methods to see whether they take options. Its own methods have 5 parameters at most. */
const MOST_PARAMETERS = 5;

/**
 * Makes the datasource of routed models for work outside any tenant. Models can be defined, related and attached on it. Every
 * data access through it gets the error `NO_TENANT`.
 */
export function dataSourceOfNoTenant(DataSource: ScopedDataSourceClass, shared: ModelRegistry): StockDataSource {
  const connector: Record<string, unknown> = {name: 'no-tenant'};
  for (const name of [...CONNECTOR_CALLS, ...OTHER_CALLS]) {
    const refuse = (...args: unknown[]) => {
      const error = new NoTenantError(`The connector's ${name} is called for a routed model`);
      const callback = args.at(-1);
      if (typeof callback !== 'function') throw error;
      nextTick(callback, error);
    };
    connector[name] = Object.defineProperty(refuse, 'length', {value: MOST_PARAMETERS});
  }
  const initialize = (dataSource: StockDataSource, callback: () => void) => {
    dataSource.connector = connector;
    callback();
  };
  const settings = {name: 'no-tenant', connector: {name: 'no-tenant', initialize}, modelRegistry: {registry: shared}};
  return new DataSource(settings) as unknown as StockDataSource;
}
