import type {Method} from '../../scoped-registry/juggler/callback';
import type {Juggler, StockDataSource} from '../../scoped-registry/juggler/types';
import {isAnsweredLater} from '../../scoped-registry/datasource/own-tenant-methods';
import {answerWithError} from '../../scoped-registry/operations/answer-with-error';

/** The methods of juggler's DataSource that speak of models. The shared models are those of the datasource of no tenant. */
const OF_MODELS = new Set([
  ...[
    'define',
    'createModel',
    'attach',
    'getModel',
    'getModelDefinition',
    'deleteModelByName',
    'deleteAllModels',
    'buildModelFromInstance',
  ],
  ...['defineProperty', 'defineForeignKey', 'defineRelations', 'defineScopes', 'setupDataAccess', 'mixin', 'copyModel'],
  ...['idName', 'idNames', 'idProperty', 'operations', 'getOperation', 'defineOperation', 'enableRemote', 'disableRemote'],
  ...['setup', '_setupConnector', 'getMaxOfflineRequests'],
]);

/** The properties of a datasource that are the running tenant's. */
const OF_TENANT = [
  'connector',
  'adapter',
  'connected',
  'connecting',
  'initialized',
  'settings',
  'pendingConnectCallbacks',
] as const;

/**
 * Makes the one DataSource that an application has for all tenants. See `TenantDataSources.shared`.
 * @param noTenant the datasource on which the shared models are defined
 * @param isRunning whether a tenant runs
 * @param running returns the running tenant's datasource; throws `NO_TENANT` where no tenant runs
 */
export function sharedDataSource(
  noTenant: StockDataSource,
  juggler: Juggler,
  isRunning: () => boolean,
  running: (use: string) => StockDataSource,
): StockDataSource {
  const shared = Object.create(noTenant) as StockDataSource & Record<string, unknown>;
  const own = (name: string, value: unknown) => Object.defineProperty(shared, name, {value, writable: true, configurable: true});
  for (const name of methodNames(juggler)) {
    const method = (noTenant as unknown as Record<string, Method>)[name];
    if (OF_MODELS.has(name)) own(name, (...args: unknown[]) => method.apply(noTenant, args));
    else own(name, ofRunningTenant(name, juggler, running));
  }
  for (const name of OF_TENANT) {
    const of = () => running(`The ${name} of a datasource that all tenants share is read`) as unknown as Record<string, unknown>;
    const set = (value: unknown) => void (of()[name] = value);
    Object.defineProperty(shared, name, {get: () => of()[name], set, enumerable: true, configurable: true});
  }
  // without a tenant too, because log lines name the datasource
  const nameNow = () => (isRunning() ? running('The name of a datasource is read') : noTenant).name;
  Object.defineProperty(shared, 'name', {get: nameNow, set() {}, enumerable: true, configurable: true});
  return shared;
}

/** The names of juggler's own methods of DataSource, without those of EventEmitter. */
function methodNames({DataSource}: Juggler): string[] {
  const prototype = DataSource.prototype as Record<string, unknown>;
  return Object.keys(prototype).filter(name => typeof prototype[name] === 'function' && name !== 'constructor');
}

function ofRunningTenant(name: string, {ModelBaseClass}: Juggler, running: (use: string) => StockDataSource): Method {
  return (...args) => {
    let dataSource;
    try {
      dataSource = running(`${name}() is called on a datasource that all tenants share`);
    } catch (error) {
      if (!isAnsweredLater(name, args)) throw error;
      return answerWithError(name === 'transaction' ? args.slice(1) : args, error, ModelBaseClass);
    }
    return (dataSource as unknown as Record<string, Method>)[name](...args);
  };
}
