import {queryObjects} from 'node:v8';
import {expect} from 'chai';
import {TenantContext, TenantRegistries} from '../../lib/index';
import {DataSource, ModelRegistry, ModelRegistryProxy} from '../../lib/compat';
import {deferred} from '../support/deferred';
import {lookedAt} from '../support/first-look';
import {liveClasses, nextJob} from '../support/live-classes';
import {freshDefault} from '../support/process-default';
import {keepingConnector, keepingDataSource} from '../support/keeping-connector';
import {type AnyModel} from '../support/service';
import {NESTED, NESTED_CLASSES} from '../support/structures';

const dataSourceOf = (tenant?: string) => keepingDataSource(TenantRegistries.default, tenant);

describe('cleanupTenant', () => {
  freshDefault();
  /** In a function of its own: it leaves no class in a variable. */
  const count = (expected: number) => expect(liveClasses()).to.equal(expected);

  it('frees every class of a tenant on a datasource that all tenants share: 100 tenants, 400 classes', async () => {
    // what earlier specs have dropped in this job is garbage in the next
    await nextJob();
    const before = liveClasses();
    const dataSource = dataSourceOf();
    for (let index = 0; index < 100; index++)
      TenantContext.run(`tenant${index}`, () => lookedAt(dataSource.createModel('Customer', NESTED())));
    count(before + 100 * NESTED_CLASSES);
    let names = 0;
    for (let index = 0; index < 100; index++) names += ModelRegistry.cleanupTenant(`tenant${index}`);
    expect(names).to.equal(100 * NESTED_CLASSES);
    expect(ModelRegistry.getStats()).to.include({tenantRegistries: 0, liveModels: 0, uniqueModels: 0});
    await nextJob();
    count(before);
    expect(dataSource.connector).to.be.an('object');
  });

  it('frees the classes of the tenant’s own datasource in the same call, also while user code holds the datasource', async () => {
    const before = liveClasses();
    const dataSources = Array.from({length: 50}, (_, index) => {
      const dataSource = dataSourceOf(`tenant${index}`);
      for (let model = 0; model < 5; model++) lookedAt(dataSource.createModel(`Model${model}`, {part: {[`of${model}`]: String}}));
      return dataSource;
    });
    count(before + 500);
    for (let index = 0; index < 50; index++) expect(ModelRegistry.cleanupTenant(`tenant${index}`)).to.equal(10);
    await nextJob();
    count(before);
    for (const dataSource of dataSources) expect(Object.keys(dataSource.models)).to.deep.equal([]);
  });

  it('leaves no model of the tenant that can be found by name, structure, datasource or application', () => {
    const dataSource = dataSourceOf('acme');
    const app = {models: {}};
    const look = () =>
      TenantContext.run('acme', () => [
        ModelRegistry.findModelByName('Customer') ?? ModelRegistry.findModelByName('ByHand'),
        ModelRegistry.findModelByStructure({street: String}),
        ...ModelRegistry.getModelsForOwner(dataSource),
        ...ModelRegistry.getModelsForOwner(app),
        ...Object.keys(new ModelRegistryProxy(dataSource, 'dataSource')),
      ]).filter(Boolean);
    const define = () => {
      lookedAt(dataSource.createModel('Customer', {address: {street: String}}));
      ModelRegistry.registerModelForApp(app, dataSource.createModel('Order', {total: Number}));
      TenantContext.run('acme', () => ModelRegistry.registerModel({modelName: 'ByHand'}));
    };
    define();
    expect(look()).to.have.lengthOf(5);
    expect(ModelRegistry.cleanupTenant('acme')).to.equal(4);
    expect(look()).to.deep.equal([]);
    expect(ModelRegistry.cleanupTenant('acme')).to.equal(0);
    // and it may come again
    define();
    expect(look()).to.have.lengthOf(5);
  });

  it('removes registrations by hand, also while user code keeps a class of the tenant', async () => {
    class Double {
      readonly modelName = 'ByHand';
    }
    const kept = dataSourceOf('acme').createModel('Customer', {name: String});
    TenantContext.run('acme', () => void ModelRegistry.registerModel(new Double()));
    expect(ModelRegistry.cleanupTenant('acme')).to.equal(2);
    await nextJob();
    expect(queryObjects(Double, {format: 'count'})).to.equal(0);
    expect(() => new kept({}))
      .to.throw()
      .with.property('code', 'REGISTRY_DISPOSED');
  });

  it('does not call a static method `cleanup` of the application’s model', () => {
    const model = dataSourceOf('acme').createModel('Order', {total: Number});
    model.cleanup = () => expect.fail('called');
    expect(ModelRegistry.cleanupTenant('acme')).to.equal(1);
  });

  it('cuts no work in flight: running work keeps its classes, and later work gets new ones', async () => {
    const before = liveClasses();
    const dataSource = dataSourceOf();
    const goOn = deferred();
    const work = TenantContext.run('acme', async () => {
      await dataSource.createModel('Customer', NESTED()).create({});
      await goOn.promise;
      expect(ModelRegistry.findModelByName('Customer')).to.equal(dataSource.models.Customer);
      return dataSource.models.Customer.count();
    });
    await nextJob();
    expect(ModelRegistry.cleanupTenant('acme')).to.equal(NESTED_CLASSES);
    TenantContext.run('acme', () => expect(ModelRegistry.findModelByName('Customer')).to.equal(undefined));
    goOn.resolve();
    expect(await work).to.equal(1);
    await nextJob();
    count(before);
  });

  it('does nothing for an invalid code, or for a tenant without a registry', () => {
    for (const code of [undefined, null, '', 'trap', 7, {}, 'nobody', '__proto__'])
      expect(ModelRegistry.cleanupTenant(code)).to.equal(0);
    expect(TenantRegistries.default.stats().tenants).to.equal(0);
  });

  it('of the code global removes registrations by hand, and leaves the shared classes', async () => {
    const model = dataSourceOf().createModel('Shared', {name: String});
    ModelRegistry.registerModel({modelName: 'ByHand'});
    expect(ModelRegistry.cleanupTenant('global')).to.equal(1);
    expect(ModelRegistry.findModelByName('ByHand')).to.equal(undefined);
    expect(ModelRegistry.findModelByName('Shared')).to.equal(model);
    expect(await model.create({name: 'Ann'})).to.have.property('name', 'Ann');
  });

  it('is done by clear() for all tenants; it also removes all registrations and resets the counters', () => {
    const app = {models: {}};
    lookedAt(dataSourceOf('acme').createModel('Customer', NESTED()));
    ModelRegistry.registerModelForApp(app, {modelName: 'ByHand', definition: {properties: {byHand: String}}});
    expect(ModelRegistry.findModelByStructure({byHand: String})).to.be.an('object');
    ModelRegistry.clear();
    expect(ModelRegistry.getStats()).to.include({totalModels: 0, reuseCount: 0, tenantRegistries: 0, totalTenantModels: 0});
    expect(ModelRegistry.findModelByName('ByHand')).to.equal(undefined);
    expect(ModelRegistry.getModelsForOwner(app)).to.deep.equal([]);
  });

  it('keeps no class in a list of models, also if user code keeps the datasource and the registry', async () => {
    const before = liveClasses();
    const dataSource = dataSourceOf('acme');
    const registry = TenantRegistries.default.for('acme');
    const define = () => {
      lookedAt(dataSource.createModel('Customer', NESTED()));
      expect(ModelRegistry.getModelsForOwner(dataSource)).to.have.lengthOf(1);
    };
    define();
    await TenantRegistries.default.offboard('acme');
    await nextJob();
    count(before);
    expect([dataSource.connector !== undefined, registry.disposed]).to.deep.equal([true, true]);
  });
});

describe('The global registry keeps nothing alive', () => {
  freshDefault();
  const count = (expected: number) => expect(liveClasses()).to.equal(expected);

  it('of the earlier classes of a name that is defined 300 times, nor their structures', async () => {
    const before = liveClasses();
    const dataSource = new DataSource({connector: keepingConnector(), modelRegistry: {tenant: 'acme'}}) as AnyModel;
    for (let index = 0; index < 300; index++) dataSource.createModel('Customer', {[`field${index}`]: String});
    TenantContext.run('acme', () => {
      expect(ModelRegistry.findModelByStructure({field5: String})).to.equal(null);
      expect(ModelRegistry.getStats()).to.include({totalModels: 300, uniqueModels: 1});
    });
    await nextJob();
    count(before + 1);
  });

  it('of dropped datasources that were used without a tenant, connected or not', async () => {
    const before = liveClasses();
    const use = () => {
      for (let index = 0; index < 30; index++) {
        const dataSource = new DataSource({connector: keepingConnector()}) as AnyModel;
        for (let model = 0; model < 10; model++)
          lookedAt(dataSource.createModel(`Model${model}`, {part: {[`of${index}`]: String}}));
      }
    };
    use();
    await nextJob();
    await nextJob();
    count(before);
    expect(ModelRegistry.getStats().uniqueModels).to.equal(0);
  });

  it('of dropped applications', async () => {
    const before = liveClasses();
    const use = () => {
      for (let index = 0; index < 30; index++) {
        const dataSource = new DataSource({connector: keepingConnector()}) as AnyModel;
        const app = {models: {}, dataSource};
        for (let model = 0; model < 10; model++)
          ModelRegistry.registerModelForApp(app, dataSource.createModel(`Model${model}`, {name: String}));
        expect(ModelRegistry.getModelsForOwner(app)).to.have.lengthOf(10);
      }
    };
    use();
    await nextJob();
    await nextJob();
    count(before);
  });

  it('of an offboarded tenant whose models were registered by hand, except the one class that the test keeps', async () => {
    const before = liveClasses();
    const use = () => {
      const dataSource = new DataSource({connector: keepingConnector(), modelRegistry: {tenant: 'acme'}}) as AnyModel;
      const models = Array.from({length: 10}, (_, index) => lookedAt(dataSource.createModel(`Model${index}`, NESTED())));
      const app = {models: {}};
      for (const model of models) ModelRegistry.registerModelForApp(app, model);
      return [models[0], app];
    };
    const kept = use();
    await TenantRegistries.default.offboard('acme');
    await nextJob();
    count(before + 1);
    expect(ModelRegistry.getModelsForOwner(kept[1])).to.deep.equal([]);
  });

  it('of work without a tenant when `outside` is refuse: a definition is an error and makes no class', async () => {
    const before = liveClasses();
    const dataSource = dataSourceOf();
    TenantRegistries.default.outside = 'refuse';
    for (let index = 0; index < 200; index++) {
      expect(() => dataSource.createModel(`Model${index}`, NESTED()))
        .to.throw()
        .with.property('code', 'NO_TENANT');
    }
    await nextJob();
    count(before);
  });
});
