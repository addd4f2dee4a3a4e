import type {TenantRegistries} from '../../lib/index';
import {install} from '../../lib/loopback3';

/** A LoopBack with models and a juggler of its own: what was installed into another one is none of its affair. */
export function freshLoopBack(): any {
  for (const file of Object.keys(require.cache)) if (/node_modules\/loopback\//.test(file)) delete require.cache[file];
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
