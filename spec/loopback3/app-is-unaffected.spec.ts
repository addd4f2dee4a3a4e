import {expect} from 'chai';
import {TenantContext, TenantRegistries} from '../../lib/index';
import {Service} from '../support/http';
import {shopApp, type Shop} from '../support/loopback-app';
import {keepingConnector} from '../support/keeping-connector';

describe('Models of tenants do not show in a LoopBack 3 application', () => {
  let registries: TenantRegistries;
  let shop: Shop;
  let service: Service;
  before(async () => {
    registries = new TenantRegistries();
    shop = await shopApp(registries, () => ({connector: keepingConnector()}));
    const {app} = shop;
    require('loopback-component-explorer')(app, {mountPath: '/explorer'});
    service = await Service.start(app);
  });
  after(async () => {
    await service.stop();
    await registries.dispose();
  });

  const routes = (app: any) =>
    app
      .handler('rest')
      .adapter.allRoutes()
      .map(({verb, path}: any) => `${verb} ${path}`);
  const view = async () => ({
    models: shop.app.models().map(({modelName}: any) => modelName),
    names: Object.keys(shop.app.models),
    remoted: Object.keys(shop.app.remoteObjects()),
    classes: shop.app
      .remotes()
      .classes()
      .map(({name}: any) => name),
    types: Object.keys(shop.app.remotes()._typeRegistry._types ?? {}),
    routes: routes(shop.app),
    explorer: (await service.call('/explorer/swagger.json')).body,
    outside: Object.keys(shop.loopback.registry.modelBuilder.models),
  });

  const define = (tenant: string) =>
    TenantContext.run(tenant, async () => {
      const {loopback, sources} = shop;
      const properties = {[tenant]: 'string', place: {street: 'string', geo: {lat: 'number'}}, tags: [{name: 'string'}]};
      for (const base of ['PersistedModel', 'Customer', 'User']) {
        const Custom = loopback.createModel(`Custom${base}`, properties, {base});
        Custom.attachTo(sources.get(tenant));
        Custom.remoteMethod('greet', {returns: {arg: 'text', type: 'string'}});
      }
      await service.call('/api/Customers', {tenant, body: {name: tenant, address: {geo: {lat: 1}}}});
    });

  it('app.models, remoting, routes, the explorer and the names of shared models stay as they are', async () => {
    const before = await view();
    expect(before.models).to.deep.equal(['Customer', 'Order']);
    expect(before.routes).to.include('get /Customers');
    expect(Object.keys(before.explorer.definitions)).to.include('Customer');
    for (const tenant of ['acme', 'globex']) await define(tenant);
    expect(registries.for('acme').stats()).to.include({models: 3, embeddedModels: 3});
    expect(await view()).to.deep.equal(before);
    for (const tenant of ['acme', 'globex'])
      expect(await registries.offboard(tenant, {verify: true})).to.include({models: 3, embeddedModels: 3, survivors: 0});
    expect(await view()).to.deep.equal(before);
  });
});
