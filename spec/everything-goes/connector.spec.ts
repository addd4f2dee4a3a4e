import {expect} from 'chai';
import juggler from 'loopback-datasource-juggler';
import {ModelBuilder, TenantContext, TenantRegistries} from '../../lib/index';
import {lookedAt} from '../support/first-look';
import {liveClasses, nextJob} from '../support/live-classes';
import {keepingDataSource} from '../support/keeping-connector';
import {NESTED} from '../support/structures';
import {SHOP_CLASSES, useShop} from '../support/service';

describe('After offboarding, a connector that is still held keeps no class alive', () => {
  const registries = new TenantRegistries();
  after(() => registries.dispose());

  for (const name of ['memory', 'transient', 'kv-memory']) {
    it(`${name}, with its table of models and its log function`, async () => {
      const before = liveClasses();
      const [connector, log] = (() => {
        const dataSource = keepingDataSource(registries, name, {connector: name});
        lookedAt(dataSource.createModel('Session', {user: {name: String}}));
        return [dataSource.connector, dataSource.connector.log];
      })();

      await registries.offboard(name, {verify: true});

      expect(liveClasses() - before).to.equal(0);
      expect(connector.dataSource).to.be.an('object');
      expect(log).to.be.a('function');
    });
  }

  it('and an entry of its table has no properties, whether it was read before the end or not', async () => {
    const entries = (() => {
      const dataSource = keepingDataSource(registries, 'entries');
      return ['Looked', 'Unseen'].map(name => {
        dataSource.createModel(name, {user: {name: String}});
        const entry = dataSource.connector._models[name];
        if (name === 'Looked') expect(Object.keys(entry.properties)).to.deep.equal(['user', 'id']);
        return entry;
      });
    })();
    await registries.offboard('entries');
    for (const entry of entries)
      expect(Object.values(entry.properties).flatMap(property => Object.values(property as object))).to.be.empty;
  });

  it('shared by all tenants: each tenant sees its own table', async () => {
    const before = liveClasses();
    const dataSource = keepingDataSource(registries);
    dataSource.createModel('Country', {code: String});
    await TenantContext.run('a', useShop, dataSource);
    await TenantContext.run('b', useShop, dataSource);
    const {connector} = dataSource;
    expect(Object.keys(connector._models)).to.deep.equal(['Country']);
    const tableOf = (tenant: string) => TenantContext.run(tenant, () => connector._models);
    expect(Object.keys(tableOf('a'))).to.deep.equal(['Customer', 'Order']);
    expect(tableOf('a').Customer.model).not.to.equal(tableOf('b').Customer.model);
    expect(tableOf('a').Country.model).to.equal(tableOf('b').Country.model);

    await registries.offboard('a', {verify: true});

    expect(liveClasses() - before).to.equal(SHOP_CLASSES + 1);
    expect(Object.keys(tableOf('b'))).to.deep.equal(['Customer', 'Order']);
  });

  it('of a stock datasource that was given the tenant’s builder', async () => {
    const before = liveClasses();
    const builder = new ModelBuilder({registries, tenant: 'stock'});
    const dataSource = new (juggler.DataSource as any)({connector: 'memory'}, undefined, builder);
    lookedAt(dataSource.createModel('Session', {user: {name: String}}));
    expect(liveClasses() - before).to.equal(2);

    await registries.offboard('stock', {verify: true});

    expect(liveClasses() - before).to.equal(0);
    expect(Object.keys(dataSource.connector._models)).to.deep.equal([]);
  });

  it('nor do the options of an operation, in which user code has passed an instance', async () => {
    const before = liveClasses();
    const dataSource = keepingDataSource(registries);
    const options = await TenantContext.run('optional', async () => {
      const User = dataSource.createModel('User', NESTED());
      const Note = dataSource.createModel('Note', {text: String});
      const given: {user?: object} = {user: await User.create({})};
      await Note.create({text: 'x'}, given);
      await Note.find({}, given);
      await Note.updateAll({}, {text: 'y'}, given);
      expect(given.user).to.be.instanceOf(User);
      delete given.user;
      return given;
    });

    const report = await registries.offboard('optional', {verify: true});

    expect(report.survivors).to.equal(0);
    expect(liveClasses() - before).to.equal(0);
    expect(options).to.deep.equal({});
  });

  it('of tenants that are evicted, which called it in each way', async () => {
    const before = liveClasses();
    const dataSource = keepingDataSource(registries);
    await TenantContext.run('evicted', async () => {
      await useShop(dataSource);
      await new Promise(resolve => dataSource.models.Customer.find({}, resolve));
      await dataSource.models.Customer.find({where: null, limit: -1}).catch(() => {});
    });
    registries.evict('evicted');
    await nextJob();
    expect(liveClasses() - before).to.equal(0);
  });
});
