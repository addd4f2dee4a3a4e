import {expect} from 'chai';
import {TenantContext, TenantDataSources, TenantRegistries} from '../../lib/index';
import {lookedAt} from '../support/first-look';
import {liveClasses, nextJob} from '../support/live-classes';
import {keepingDataSource} from '../support/keeping-connector';
import {type AnyDataSource} from '../support/service';
import {NESTED} from '../support/structures';

/** Two models of one name, each with three embedded classes of the same structures. */
describe('A model of the same name on two datasources of a tenant', () => {
  let registries: TenantRegistries;
  beforeEach(() => (registries = new TenantRegistries()));
  afterEach(() => registries.dispose());

  const define = (dataSource: AnyDataSource) => lookedAt(dataSource.createModel('Customer', NESTED()));

  for (const tenant of ['acme', undefined])
    it(`is counted, and ends with the tenant (${tenant ? 'bound' : 'following'})`, async () => {
      const before = liveClasses();
      const dataSources = [keepingDataSource(registries, tenant), keepingDataSource(registries, tenant)];
      TenantContext.run('acme', () => dataSources.forEach(define));
      expect(registries.for('acme').stats()).to.include({models: 2, embeddedModels: 3});
      expect(registries.stats()).to.include({models: 5});
      expect(liveClasses() - before).to.equal(5);
      await nextJob();
      const views = TenantContext.run('acme', () => dataSources.map(({models, definitions}) => [models, definitions]));
      expect(await registries.offboard('acme', {verify: true})).to.deep.include({
        models: 2,
        embeddedModels: 3,
        survivors: 0,
        errors: [],
      });
      await nextJob();
      expect(liveClasses() - before).to.equal(0);
      for (const view of views.flat()) expect([Object.keys(view), view.Customer]).to.deep.equal([[], undefined]);
    });

  it('keeps its embedded classes listed, however many others come and go', async () => {
    const [main, archive] = [keepingDataSource(registries, 'acme'), keepingDataSource(registries, 'acme')];
    const Customer = define(main);
    define(archive);
    await nextJob();
    for (let day = 0; day < 100; day++) {
      lookedAt(archive.createModel('Custom', {fields: {[`f${day}`]: String}}));
      lookedAt(archive.createModel('Customer', {other: {[`f${day}`]: String}}));
      if (day % 10 === 0) await nextJob();
    }
    const {type} = Customer.definition.properties.addr;
    expect(main.models[type.modelName]).to.equal(type);
    Customer.defineProperty('more', {type: String});
    expect(Customer.definition.properties.addr.type).to.equal(type);
  });

  it('goes with its datasource, if code drops that without closing it', async () => {
    const before = liveClasses();
    const kept = keepingDataSource(registries, 'acme');
    for (let round = 0; round < 5; round++) {
      (() => define(keepingDataSource(registries, 'acme')))();
      await nextJob();
    }
    const Customer = define(kept);
    await nextJob();
    expect(liveClasses() - before).to.equal(4);
    expect(registries.for('acme').stats()).to.include({models: 1});
    expect(kept.getModel('Customer')).to.equal(Customer);
  });

  it('moves to the datasource that follows its own', async () => {
    const create = () => ({connector: 'memory'});
    const [main, archive] = [1, 2].map(() => new TenantDataSources({registries, create}));
    const get = () => [main, archive].map(sources => sources.get('acme') as AnyDataSource);
    const models = get().map(dataSource => {
      expect(dataSource.getModel('Customer')).to.equal(undefined);
      return define(dataSource);
    });
    for (let round = 0; round < 4; round++) {
      const dataSources = get();
      expect(dataSources.map(dataSource => dataSource.getModel('Customer'))).to.deep.equal(models);
      expect(models.map(({dataSource}) => dataSource)).to.deep.equal(dataSources);
      expect(registries.for('acme').stats()).to.include({models: 2, embeddedModels: 3});
      await archive.close('acme');
      await main.close('acme');
      expect(registries.for('acme').stats().models).to.be.at.most(1);
      await nextJob();
    }
  });

  it('is evicted with its tenant', async () => {
    const dataSources = [keepingDataSource(registries), keepingDataSource(registries)];
    const before = liveClasses();
    (() => TenantContext.run('acme', () => dataSources.forEach(define)))();
    await nextJob();
    expect(registries.evict('acme')).to.equal(true);
    await nextJob();
    expect(liveClasses() - before).to.equal(0);
  });
});
