import {expect} from 'chai';
import {TenantContext, TenantRegistries} from '../../lib/index';
import {liveClasses} from '../support/live-classes';
import {keepingDataSource} from '../support/keeping-connector';
import {SHOP_CLASSES, useShop} from '../support/service';

describe('After offboarding, a DataSource that is still held keeps no class alive', () => {
  const registries = new TenantRegistries();
  after(() => registries.dispose());

  it('of the tenant: it is disconnected, and using it is an error', async () => {
    const before = liveClasses();
    const dataSource = keepingDataSource(registries, 'acme');
    await useShop(dataSource);
    expect(registries.stats()).to.include({tenants: 1, models: SHOP_CLASSES});

    const report = await registries.offboard('acme', {verify: true});

    expect(report).to.deep.include({models: 2, embeddedModels: 4, dataSources: 1, survivors: 0, errors: []});
    expect(liveClasses() - before).to.equal(0);
    expect(dataSource.connected).to.equal(false);
    for (const use of [
      () => dataSource.createModel('Customer'),
      () => dataSource.models,
      () => dataSource.getModel('Customer'),
      () => dataSource.ready({}, Object.assign([], {callee() {}})),
      () => keepingDataSource(registries, 'acme'),
    ]) {
      expect(use).to.throw().with.property('code', 'TENANT_OFFBOARDED');
    }
  });

  it('that follows the running tenant: it still serves the other tenants', async () => {
    const before = liveClasses();
    const dataSource = keepingDataSource(registries);
    await TenantContext.run('a', useShop, dataSource);
    await TenantContext.run('b', useShop, dataSource);

    const report = await registries.offboard('a', {verify: true});

    expect(report).to.include({dataSources: 0, survivors: 0});
    expect(liveClasses() - before).to.equal(SHOP_CLASSES);
    expect(() => TenantContext.run('a', () => dataSource.createModel('X')))
      .to.throw()
      .with.property('code', 'TENANT_OFFBOARDED');
    await TenantContext.run('b', async () => {
      expect(Object.keys(dataSource.models)).to.include.members(['Customer', 'Order']);
      expect(await dataSource.models.Customer.count()).to.equal(2); // one store, by the name of the model
    });
    expect(Object.keys(dataSource.models)).to.deep.equal([]);
  });
});
