import {expect} from 'chai';
import {TenantRegistries, type OffboardingEvent} from '../../../lib/index';
import {lookedAt} from '../../support/first-look';
import {liveClasses, nextJob} from '../../support/live-classes';
import {keepingDataSource} from '../../support/keeping-connector';
import {SHOP_CLASSES, useShop} from '../../support/service';

describe('offboard()', () => {
  let registries: TenantRegistries;
  beforeEach(() => {
    registries = new TenantRegistries();
  });

  it('returns a frozen report of what was dropped', async () => {
    await useShop(keepingDataSource(registries, 'acme'));
    const report = await registries.offboard('acme');
    expect(report).to.deep.include({
      tenant: 'acme',
      models: 2,
      embeddedModels: 4,
      dataSources: 1,
      leasesDrained: 0,
      leasesForced: 0,
      hookErrors: [],
      errors: [],
    });
    expect(report.duration).to.be.a('number').at.least(0);
    expect(report).not.to.have.property('survivors');
    expect(report).to.be.frozen;
  });

  it('counts survivors exactly, with verify', async () => {
    const dataSource = keepingDataSource(registries, 'acme');
    const kept = Array.from({length: 7}, (_, i) => lookedAt(dataSource.createModel(`Kept${i}`, {x: {y: Number}})));
    const report = await registries.offboard('acme', {verify: true});
    expect(report.survivors).to.equal(7);
    expect(kept).to.have.lengthOf(7);
  });

  it('disconnects the datasources of a tenant whose registry was evicted and is gone', async () => {
    const before = liveClasses();
    const dataSource = keepingDataSource(registries, 'acme');
    dataSource.createModel('Customer', {});
    await nextJob();
    registries.evict('acme');
    await nextJob();
    expect(liveClasses() - before).to.equal(0);
    expect(dataSource.connected).to.equal(true);

    expect(await registries.offboard('acme')).to.include({models: 0, dataSources: 1});

    expect(dataSource.connected).to.equal(false);
  });

  it('leaves datasources that a reinstated tenant can connect anew', async () => {
    const dataSource = keepingDataSource(registries, 'acme');
    await registries.offboard('acme');
    registries.reinstate('acme');
    const Customer = dataSource.createModel('Customer', {name: String});
    await dataSource.connect();
    await nextJob();
    expect(dataSource.connected).to.equal(true);
    expect(await Customer.create({name: 'x'})).to.have.property('id');
  });

  it('ends the tenant at once: before the first await, everything is refused', () => {
    const dataSource = keepingDataSource(registries, 'acme');
    dataSource.createModel('Customer', {});
    const running = registries.offboard('acme');
    expect(() => registries.for('acme'))
      .to.throw()
      .with.property('code', 'TENANT_OFFBOARDED');
    expect(() => dataSource.createModel('Late', {}))
      .to.throw()
      .with.property('code', 'TENANT_OFFBOARDED');
    return running;
  });

  it('is idempotent: concurrent and later calls get the same report, hooks run once', async () => {
    let calls = 0;
    registries.onOffboard(() => calls++);
    keepingDataSource(registries, 'acme').createModel('Customer', {});
    const [one, two] = await Promise.all([registries.offboard('acme'), registries.offboard('acme', {verify: true})]);
    expect([two, await registries.offboard('acme')]).to.deep.equal([one, one]);
    expect(two).to.equal(one);
    expect([calls, registries.stats().offboarded]).to.deep.equal([1, 1]);
  });

  it('of a tenant that was never built, or was evicted, works as well', async () => {
    expect(await registries.offboard('unknown', {verify: true})).to.include({found: false, models: 0, embeddedModels: 0});
    expect(() => registries.for('unknown'))
      .to.throw()
      .with.property('code', 'TENANT_OFFBOARDED');
    const Customer = keepingDataSource(registries, 'acme').createModel('Customer', {});
    registries.shed(1);
    expect(await registries.offboard('acme')).to.include({models: 1});
    expect(() => new Customer())
      .to.throw()
      .with.property('code', 'TENANT_OFFBOARDED');
  });

  it('runs all hooks even if some throw; the report has their errors in the order of the hooks', async () => {
    const events: OffboardingEvent[] = [];
    const [first, second] = [new Error('first'), new Error('second')];
    registries.onOffboard(() => {
      throw first;
    });
    registries.onOffboard(event => events.push(event));
    registries.onOffboard(async () => Promise.reject(second));
    const remove = registries.onOffboard(() => {
      throw new Error('was removed');
    });
    remove();
    remove();
    await useShop(keepingDataSource(registries, 'acme'));
    const report = await registries.offboard('acme');
    expect(report.hookErrors).to.deep.equal([first, second]);
    expect(report.models).to.equal(2);
    expect(events).to.deep.equal([{tenant: 'acme', reason: 'offboard', models: 2, embeddedModels: 4}]);
    expect(events[0]).to.be.frozen;
  });

  it('a hook may be registered twice, each with its own removal', async () => {
    let calls = 0;
    const hook = () => calls++;
    const remove = registries.onOffboard(hook);
    registries.onOffboard(hook);
    remove();
    await registries.offboard('acme');
    expect(calls).to.equal(1);
  });

  it('a hook that uses the tenant gets the error, and the rest goes on', async () => {
    registries.onOffboard(({tenant}) => registries.for(tenant));
    const {hookErrors} = await registries.offboard('acme');
    expect(hookErrors).to.have.lengthOf(1);
    expect(hookErrors[0]).to.have.property('code', 'TENANT_OFFBOARDED');
  });

  it('waits for a hook or a disconnect for hookTimeout at most, and reports an error then', async () => {
    const dataSource = keepingDataSource(registries, 'acme');
    dataSource.createModel('Customer', {});
    dataSource.connector.disconnect = () => {};
    await new Promise(setImmediate);
    registries.onOffboard(() => new Promise(() => {}));
    const report = await registries.offboard('acme', {hookTimeout: 5, verify: true});
    expect(report).to.include({models: 1, dataSources: 0, survivors: 0});
    expect(String(report.errors[0])).to.contain('"keeping memory" did not disconnect within 5 ms');
    expect(String(report.hookErrors[0])).to.contain('did not settle within 5 ms');
  });

  it('reports a disconnect that fails or throws, and goes on', async () => {
    const failure = new Error('still busy');
    const fail = [
      (done: (error: Error) => void) => done(failure),
      () => {
        throw failure;
      },
    ];
    for (const disconnect of fail) keepingDataSource(registries, 'acme').connector.disconnect = disconnect;
    keepingDataSource(registries, 'acme');
    await new Promise(setImmediate);
    const report = await registries.offboard('acme');
    expect(report.dataSources).to.equal(1);
    expect(report.errors).to.have.lengthOf(2);
    expect((report.errors[0] as Error).cause).to.equal(failure);
  });

  it('does not touch other tenants', async () => {
    const before = liveClasses();
    for (const tenant of ['a', 'b', 'c']) await useShop(keepingDataSource(registries, tenant));
    await registries.offboard('b', {verify: true});
    expect(liveClasses() - before).to.equal(2 * SHOP_CLASSES);
    expect(registries.stats()).to.include({tenants: 2, models: 2 * SHOP_CLASSES, tombstones: 1});
    await Promise.all(['a', 'c'].map(tenant => registries.offboard(tenant)));
  });
});
