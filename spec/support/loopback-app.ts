import {TenantDataSources, type TenantDataSourcesOptions, type TenantRegistries} from '../../lib/index';
import {install, jugglerOf, tenantMiddleware, type TenantRequestsOptions} from '../../lib/loopback3';

/** A LoopBack with models and a juggler of its own: what was installed into another one is none of its affair. */
export function freshLoopBack(): any {
  // LoopBack's messages add their root to a prototype of cldrjs, and keep what was there before: every earlier copy of LoopBack
  const isOfLoopBack = (file: string) => /node_modules\/(loopback|cldrjs)\//.test(file);
  for (const file of Object.keys(require.cache)) if (isOfLoopBack(file)) delete require.cache[file];
  // a module lists those that it was the first to require, which would keep them too
  module.children = module.children.filter(({filename}) => !isOfLoopBack(filename));
  return require('loopback');
}

export function installed(registries: TenantRegistries): any {
  const loopback = freshLoopBack();
  install(loopback, {registries});
  return loopback;
}

/** Boots an application from what its JSON files would say. */
export async function boot(app: any, config: object): Promise<any> {
  await new Promise<void>((resolve, reject) => {
    const done = (error?: Error) => (error ? reject(error) : resolve());
    require('loopback-boot')(app, {appRootDir: __dirname, models: {}, dataSources: {}, ...config}, done);
  });
  return app;
}

/** Models as from common/models/*.json, in the form that loopback-boot takes them inline. */
export const CUSTOMER = {
  name: 'Customer',
  base: 'PersistedModel',
  properties: {name: {type: 'string', required: true}, mark: 'string', address: {street: 'string', geo: {lat: 'number'}}},
  relations: {orders: {type: 'hasMany', model: 'Order', foreignKey: 'customerId'}},
};
export const ORDER = {
  name: 'Order',
  base: 'PersistedModel',
  properties: {total: 'number', mark: 'string', lines: [{product: 'string'}]},
  relations: {customer: {type: 'belongsTo', model: 'Customer', foreignKey: 'customerId'}},
};

/** An application with the middleware and both models, which each tenant has in a datasource of its own. */
export async function shopApp(
  registries: TenantRegistries,
  create: TenantDataSourcesOptions['create'],
  options: Partial<TenantRequestsOptions> = {},
  // as `lb` writes it into config.json
  rest = {handleErrors: false},
  limits: Pick<TenantDataSourcesOptions, 'max' | 'idleTtl'> = {},
): Promise<Shop> {
  const loopback = installed(registries);
  const app = loopback();
  const sources = new TenantDataSources({registries, juggler: jugglerOf(loopback), create, ...limits});
  const prepare = (tenant: string) => sources.ensure(tenant);
  const tenants = tenantMiddleware({registries, tenant: {header: 'X-Tenant'}, prepare, ...options});
  app.set('env', 'test');
  app.set('remoting', {rest});
  app.middleware('initial', '/api', tenants);
  app.middleware('routes', '/api', loopback.rest());
  app.middleware('final:after', tenants.errors);
  app.middleware('final:after', require('strong-error-handler')({log: false}));
  await boot(app, {
    modelDefinitions: [{definition: CUSTOMER}, {definition: ORDER}],
    dataSources: {db: {connector: 'memory'}},
    models: {Customer: {dataSource: 'db'}, Order: {dataSource: null}},
  });
  for (const name of ['Customer', 'Order']) sources.route(app.models[name]);
  return {loopback, app, sources};
}

export interface Shop {
  readonly loopback: any;
  readonly app: any;
  readonly sources: TenantDataSources;
}
