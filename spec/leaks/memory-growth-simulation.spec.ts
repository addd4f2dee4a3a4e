import {expect} from 'chai';
import {TenantRegistries} from '../../lib/index';
import {lookedAt} from '../support/first-look';
import {liveClasses} from '../support/live-classes';
import {keepingDataSource} from '../support/keeping-connector';
import {SHOP_CLASSES, useShop} from '../support/service';

describe('Memory growth, simulated', () => {
  it('tenants that come and go through a small LRU leave no more classes than it holds', async () => {
    const registries = new TenantRegistries({max: 5});
    const before = liveClasses();
    const counts: number[] = [];
    for (let tenant = 0; tenant < 60; tenant++) {
      await useShop(keepingDataSource(registries, `tenant-${tenant}`));
      await new Promise(setImmediate);
      if (tenant % 20 === 19) counts.push(liveClasses() - before);
    }
    expect(counts).to.deep.equal([5 * SHOP_CLASSES, 5 * SHOP_CLASSES, 5 * SHOP_CLASSES]);
    expect(registries.stats()).to.deep.include({
      tenants: 5,
      models: 5 * SHOP_CLASSES,
      evictions: {lru: 55, idle: 0, memory: 0, manual: 0},
    });
    await registries.dispose();
    expect(liveClasses() - before).to.equal(0);
  });

  it('tenants that are offboarded and reinstated repeatedly leave no classes', async () => {
    const registries = new TenantRegistries();
    const before = liveClasses();
    for (let round = 0; round < 20; round++) {
      await useShop(keepingDataSource(registries, 'acme'));
      await registries.offboard('acme');
      registries.reinstate('acme');
    }
    expect(liveClasses() - before).to.equal(0);
  });

  it('datasources that come and go within a living tenant leave no classes, and the registry forgets them', async () => {
    const registries = new TenantRegistries();
    const before = liveClasses();
    for (let round = 0; round < 100; round++)
      lookedAt(keepingDataSource(registries, 'acme').createModel('Session', {user: {name: String}}));
    await new Promise(setImmediate);
    expect(liveClasses() - before).to.equal(2);
    liveClasses();
    expect([...registries.for('acme').dataSources].length).to.be.at.most(1);
    await registries.offboard('acme');
  });
});
