import {expect} from 'chai';
import {TenantContext, TenantRegistries} from '../../lib/index';
import {Context, ModelRegistry, registryManager} from '../../lib/compat';
import {FakeClock} from '../support/fake-clock';
import {lookedAt} from '../support/first-look';
import {nextJob} from '../support/live-classes';
import {freshDefault} from '../support/process-default';
import {tenantDataSource} from '../support/service';
import {NESTED} from '../support/structures';

describe('Idle tenants in the global registry', () => {
  const clock = new FakeClock();
  freshDefault({clock, max: 20_000});
  const use = (tenant: string) => lookedAt(tenantDataSource(TenantRegistries.default, tenant).createModel('Customer', NESTED()));
  const held = () => [...TenantRegistries.default.held()].map(({tenant}) => tenant).sort();

  it('are evicted after the idle time; tenants in use stay', () => {
    for (const tenant of ['acme', 'globex', 'initech']) use(tenant);
    clock.jump(60_000);
    // by a datasource as well as by name
    expect(tenantDataSource(TenantRegistries.default, 'globex').models).to.have.property('Customer');
    expect(ModelRegistry.cleanupInactiveTenants(60_000)).to.equal(2);
    expect(held()).to.deep.equal(['globex']);
    clock.jump(30 * 60_000 - 1);
    expect(ModelRegistry.cleanupInactiveTenants()).to.equal(0);
    clock.jump(1);
    expect(ModelRegistry.cleanupInactiveTenants()).to.equal(1);
  });

  it('stay idle when a look-up of other work visits them', () => {
    for (let index = 0; index < 50; index++) use(`tenant${index}`);
    clock.jump(1_000);
    ModelRegistry.findModelByName('Nothing');
    ModelRegistry.getStats();
    ModelRegistry.getTenantRegistryInfo();
    expect(ModelRegistry.cleanupInactiveTenants(1_000)).to.equal(50);
  });

  it('are never those with work in flight, not even with forceCleanup', async () => {
    use('globex');
    await Context.runAsTenant('acme', async () => {
      use('acme');
      clock.jump(60_000);
      expect(registryManager.forceCleanup()).to.equal(1);
      expect(held()).to.deep.equal(['acme']);
    });
    expect(registryManager.forceCleanup()).to.equal(1);
  });

  it('come back as they were when one of their classes is still in use', async () => {
    const model = use('acme');
    expect(registryManager.forceCleanup()).to.equal(1);
    expect(await model.create({addr: {street: 'here'}})).to.have.nested.property('addr.street', 'here');
    TenantContext.run('acme', () => expect(ModelRegistry.findModelByName('Customer')).to.equal(model));
  });
});

describe('The registry manager', () => {
  freshDefault();
  // the library takes its timers from there
  const timers = require('../../lib/scoped-registry/primitives/timers');
  const {setInterval, clearInterval} = timers;
  let intervals: {work: () => void; ms: number; ref: boolean; context: string | undefined}[];
  beforeEach(() => {
    intervals = [];
    timers.setInterval = (work: () => void, ms: number) => {
      const interval = {work, ms, ref: true, context: TenantContext.tenant, unref: () => ((interval.ref = false), interval)};
      intervals.push(interval);
      return interval;
    };
    timers.clearInterval = (interval: unknown) => void (intervals = intervals.filter(each => each !== interval));
  });
  afterEach(() => {
    Object.assign(timers, {setInterval, clearInterval});
    Object.assign(registryManager, {cleanupInterval: 300_000, maxIdleTime: 1_800_000});
  });

  it('has settings that may be changed', () => {
    expect(registryManager).to.include({cleanupInterval: 300_000, maxIdleTime: 1_800_000, timer: null});
    expect(registryManager.getStats()).to.deep.include({cleanupInterval: 300_000, maxIdleTime: 1_800_000, isActive: false});
    expect(registryManager.getStats().registryStats).to.deep.equal(ModelRegistry.getStats());
  });

  it('cleans up periodically once it is started, with one timer that keeps neither the process open nor a tenant alive', () => {
    expect(intervals).to.deep.equal([]);
    registryManager.cleanupInterval = 1_000;
    TenantContext.run('acme', () => registryManager.startPeriodicCleanup());
    registryManager.startPeriodicCleanup();
    expect(intervals).to.have.lengthOf(1);
    expect(intervals[0]).to.include({ms: 1_000, ref: false, context: undefined});
    expect(registryManager.getStats().isActive).to.equal(true);
    TenantRegistries.default.for('acme');
    intervals[0].work();
    expect(TenantRegistries.default.stats().tenants).to.equal(1);
    registryManager.maxIdleTime = 0;
    intervals[0].work();
    expect(TenantRegistries.default.stats().tenants).to.equal(0);
  });

  it('evicts many tenants in several turns of the event loop, until it is stopped', async () => {
    const held = () => TenantRegistries.default.stats().tenants;
    const idle = () => {
      for (let index = 0; index < 250; index++) TenantRegistries.default.for(`tenant${index}`);
    };
    registryManager.startPeriodicCleanup();
    registryManager.maxIdleTime = 0;
    idle();
    intervals[0].work();
    const left = [held()];
    while (left.at(-1)! > 0) {
      await nextJob();
      left.push(held());
    }
    expect(left).to.deep.equal([150, 50, 0]);

    idle();
    intervals[0].work();
    registryManager.stopPeriodicCleanup();
    await nextJob();
    expect(held()).to.equal(150);
  });

  for (const stop of ['stopPeriodicCleanup', 'reset'] as const) {
    it(`stops with ${stop}, which may be called again`, () => {
      registryManager.startPeriodicCleanup();
      registryManager[stop]();
      registryManager[stop]();
      expect(intervals).to.deep.equal([]);
      expect(registryManager.getStats().isActive).to.equal(false);
    });
  }

  it('is started and stopped by the shared Context as well', () => {
    Context.startPeriodicCleanup(2_000);
    expect(intervals[0].ms).to.equal(2_000);
    Context.stopPeriodicCleanup();
    expect(intervals).to.deep.equal([]);
  });
});
