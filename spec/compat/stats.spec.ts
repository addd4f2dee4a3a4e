import {expect} from 'chai';
import {TenantContext, TenantRegistries} from '../../lib/index';
import {Context, DataSource, ModelRegistry} from '../../lib/compat';
import {FakeClock} from '../support/fake-clock';
import {freshDefault} from '../support/process-default';
import {tenantDataSource, type AnyDataSource} from '../support/service';
import {NESTED, NESTED_CLASSES} from '../support/structures';

describe('The statistics of the global registry', () => {
  const clock = new FakeClock();
  freshDefault({clock});
  const dataSourceOf = (tenant?: string): AnyDataSource =>
    new DataSource({connector: 'memory', modelRegistry: tenant === undefined ? {} : {tenant}});

  it('have the members that dashboards read, and live counts', () => {
    dataSourceOf().createModel('Shared', {name: String});
    dataSourceOf('acme').createModel('Customer', NESTED());
    clock.jump(1_000);
    const now = Date.now();
    const {tenantStats, evictions, liveReuseCount, ...stats} = ModelRegistry.getStats();
    expect(stats).to.deep.equal({
      totalModels: 2,
      reuseCount: 0,
      uniqueModels: 1 + NESTED_CLASSES,
      tenantRegistries: 1,
      totalTenantModels: NESTED_CLASSES,
      liveModels: 1 + NESTED_CLASSES,
      liveEmbeddedModels: NESTED_CLASSES - 1,
      activeContexts: 0,
    });
    expect(liveReuseCount).to.equal(TenantRegistries.default.for('acme').stats().reused);
    expect(evictions).to.deep.equal({lru: 0, idle: 0, memory: 0, manual: 0});
    expect(tenantStats).to.have.lengthOf(1);
    const [{creationTime, lastAccessed, ...bucket}] = tenantStats;
    expect(bucket).to.deep.equal({tenantCode: 'acme', modelCount: NESTED_CLASSES, idleTime: 1_000});
    for (const time of [creationTime, lastAccessed]) expect(time).to.be.closeTo(now - 1_000, 500);
  });

  it('count every registration, and each structure that was registered by hand once: 50 tenants, 20 models each', () => {
    for (let tenant = 0; tenant < 50; tenant++) {
      TenantContext.run(`tenant${tenant}`, () => {
        for (let model = 0; model < 20; model++)
          ModelRegistry.registerModel({modelName: `Model${model}`, definition: {properties: {name: String}}});
      });
    }
    expect(ModelRegistry.getStats()).to.include({totalModels: 1_000, uniqueModels: 50, tenantRegistries: 50});
    expect(ModelRegistry.cleanupTenant('tenant0')).to.equal(20);
    expect(ModelRegistry.getStats()).to.include({totalModels: 1_000, uniqueModels: 49, tenantRegistries: 49});
  });

  it('count the models found by structure, and the classes that juggler has reused', () => {
    const dataSource = dataSourceOf('acme');
    for (let index = 0; index < 5; index++) dataSource.createModel(`Model${index}`, {address: {street: String}});
    expect(ModelRegistry.getStats().reuseCount).to.equal(0);
    expect(ModelRegistry.getStats().liveReuseCount).to.be.at.least(4);
    TenantContext.run('acme', () => {
      for (let time = 0; time < 7; time++) ModelRegistry.findModelByStructure({street: String});
    });
    ModelRegistry.findModelByStructure({street: String});
    expect(ModelRegistry.getStats().reuseCount).to.equal(7);
  });

  it('count work in flight', () => {
    Context.runAsTenant('acme', () => expect(ModelRegistry.getStats().activeContexts).to.equal(1));
  });

  it('list the tenants with the names of their models, by any code', () => {
    for (const tenant of ['acme', '7', '__proto__', 'ds_memory_1a2b3c4d'])
      dataSourceOf(tenant).createModel('Customer', {name: String});
    dataSourceOf().createModel('Shared', {name: String});
    const info = ModelRegistry.getTenantRegistryInfo();
    expect(info)
      .to.include({activeTenants: 4, activeDataSources: 4})
      .and.deep.include({globalModels: ['Shared']});
    expect(Object.keys(info.tenants)).to.have.members(['acme', '7', '__proto__', 'ds_memory_1a2b3c4d']);
    for (const bucket of Object.values(info.tenants))
      expect(bucket).to.deep.include({models: ['Customer'], modelCount: 1, isDataSourceBased: false});
  });

  it('do not take a tenant for a datasource, whatever its code', () => {
    const [one, other] = [dataSourceOf('ds_memory_1a2b3c4d'), dataSourceOf('acme')];
    const models = [one, other].map(dataSource => dataSource.createModel('Customer', {name: String}));
    expect(ModelRegistry.getModelsForOwner(one)).to.deep.equal([models[0]]);
    expect(ModelRegistry.cleanupTenant('ds_memory_1a2b3c4d', other)).to.equal(1);
    expect(ModelRegistry.getModelsForOwner(other)).to.deep.equal([models[1]]);
  });
});

describe('All models of the global registry', () => {
  freshDefault();

  it('are those of the running tenant or of a named one, with the time of registration', () => {
    const model = tenantDataSource(TenantRegistries.default, 'acme').createModel('Customer', {name: String});
    tenantDataSource(TenantRegistries.default).createModel('Shared', {name: String});
    const before = Date.now();
    const byHand = TenantContext.run('acme', () => ModelRegistry.registerModel({modelName: 'ByHand'}, {hand: String}));
    const all = TenantContext.run('acme', () => ModelRegistry.getAllModels());
    expect([...all.keys()]).to.deep.equal(['Customer', 'ByHand']);
    expect(all.get('Customer')).to.include({model, tenant: 'acme', properties: model.definition.properties});
    expect(all.get('ByHand')).to.deep.include({model: byHand, properties: {hand: String}});
    for (const {registeredAt} of all.values()) expect(registeredAt).to.be.within(before - 5_000, Date.now());
    expect([...ModelRegistry.getAllModels('acme').keys()]).to.deep.equal([...all.keys()]);
    expect(ModelRegistry.getAllModels('nobody').size + ModelRegistry.getAllModels().size).to.equal(0);
    TenantContext.run('globex', () => expect(ModelRegistry.getAllModels().size).to.equal(0));
  });

  it('can be listed by tenant and name for all tenants, also when tenants use the same names', () => {
    const tenants = ['acme', 'globex', 'initech'];
    for (const tenant of tenants) tenantDataSource(TenantRegistries.default, tenant).createModel('Customer', {name: String});
    const all = ModelRegistry.getAllModelsByTenant();
    expect([...all.keys()]).to.have.members(tenants);
    expect(new Set([...all.values()].map(models => models.get('Customer')!.model)).size).to.equal(3);
  });

  it('have a name; registerModel returns a value without one and does not count it', () => {
    for (const value of [null, undefined, {}, 7]) {
      expect(ModelRegistry.registerModel(value)).to.equal(value);
      expect(ModelRegistry.registerModelForApp({}, value)).to.equal(value);
    }
    expect(ModelRegistry.registerModelForApp(null as never, {modelName: 'Customer'})).to.deep.equal({modelName: 'Customer'});
    expect(ModelRegistry.getStats().totalModels).to.equal(0);
  });
});
