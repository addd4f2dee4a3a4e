import {CONNECTOR_CALLS} from '../../scoped-registry/datasource/connector-calls';
import {NoTenantError} from '../../scoped-registry/errors';
import type {StockDataSource} from '../../scoped-registry/juggler/types';
import type {ModelRegistry} from '../../scoped-registry/registry/model-registry';
import type {ScopedDataSourceClass} from '../../scoped-registry/scoped-juggler';

/** What applications and juggler call on a connector besides data access. */
const OTHERS = ['automigrate', 'autoupdate', 'isActual', 'ping', 'query'];

/** juggler counts a connector's parameters: more than these no method of its own has. */
const MOST_PARAMETERS = 5;

/**
 * The datasource that routed models are on where no tenant runs: models can be defined, related and attached there, and
 * all data access, by whichever way it comes, is answered with the error.
 */
export function dataSourceOfNoTenant(DataSource: ScopedDataSourceClass, shared: ModelRegistry): StockDataSource {
  const connector: Record<string, unknown> = {name: 'no-tenant'};
  for (const name of [...CONNECTOR_CALLS, ...OTHERS]) {
    const refuse = (...args: unknown[]) => {
      const error = new NoTenantError(`The connector's ${name} is called for a routed model`);
      const callback = args.at(-1);
      if (typeof callback !== 'function') throw error;
      process.nextTick(callback, error);
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
