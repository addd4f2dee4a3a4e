import {expect} from 'chai';
import {ModelBuilder, TenantRegistries, type TenantState} from '../../lib/index';
import {FakeClock} from '../support/fake-clock';
import {lookedAt} from '../support/first-look';
import {tenantDataSource} from '../support/service';
import {NESTED, NESTED_CLASSES} from '../support/structures';

describe('tenants() and inspect()', () => {
  let clock: FakeClock;
  let registries: TenantRegistries;
  beforeEach(() => {
    clock = new FakeClock();
    registries = new TenantRegistries({clock, max: 4, idleTtl: Infinity});
  });
  afterEach(() => expect(registries.getMemoryStats().activeContexts).to.equal(0));

  const states = () => Object.fromEntries(registries.tenants().map(({tenant, state}) => [tenant, state]));

  it('return frozen snapshots of a tenant', () => {
    clock.passAtOnce(10);
    lookedAt(new ModelBuilder({registries, tenant: 'a'}).define('Customer', NESTED()));
    clock.passAtOnce(5);
    registries.for('a');
    clock.passAtOnce(5);
    const [snapshot, ...others] = registries.tenants();
    expect(others).to.deep.equal([]);
    const {bytes, ...facts} = snapshot;
    expect(facts).to.deep.equal({
      tenant: 'a',
      state: 'active',
      generation: 1,
      models: 1,
      embeddedModels: NESTED_CLASSES - 1,
      activeContexts: 0,
      operations: 0,
      since: 10,
      usedAt: 15,
    });
    expect(bytes / NESTED_CLASSES).to.be.within(1_000, 3_000);
    expect(snapshot).to.be.frozen;
    expect(registries.tenants()).to.be.frozen;
    expect(registries.inspect('a')).to.deep.equal(snapshot);
  });

  it('build nothing, and do not count as use', () => {
    for (const tenant of ['a', 'b', 'c', 'd']) registries.for(tenant);
    registries.inspect('a');
    registries.tenants();
    expect(registries.inspect('nobody')).to.deep.include({state: 'unbuilt', generation: undefined, models: 0, since: undefined});
    expect(registries.stats()).to.include({tenants: 4, hits: 0, misses: 4});
    registries.for('e');
    expect(states()).to.have.keys('b', 'c', 'd', 'e');
  });

  it('list a tenant in each state once, but not those that are unbuilt', async () => {
    registries.for('active');
    await registries.suspend('suspended');
    const leases = ['leaving', 'offboarding'].map(tenant => registries.acquire(tenant));
    const reports: Promise<unknown>[] = [registries.reload('leaving'), registries.offboard('offboarding')];
    await registries.offboard('offboarded');
    registries.for('unbuilt');
    registries.evict('unbuilt');
    const expected: Partial<Record<TenantState, TenantState>> = {};
    for (const state of ['active', 'suspended', 'leaving', 'offboarding', 'offboarded'] as const) expected[state] = state;
    expect(states()).to.deep.equal(expected);
    expect(registries.tenants()).to.have.lengthOf(5);
    for (const [tenant, state] of Object.entries(states())) expect(registries.state(tenant)).to.equal(state);
    for (const lease of leases) lease.release();
    await Promise.all(reports);
    expect(states()).to.deep.equal({
      active: 'active',
      suspended: 'suspended',
      offboarding: 'offboarded',
      offboarded: 'offboarded',
    });
  });

  it('list a tenant once even if it is held and also leaving', async () => {
    const lease = registries.acquire('a');
    const report = registries.reload('a');
    registries.for('a');
    expect(registries.tenants().map(({tenant, state, generation}) => [tenant, state, generation])).to.deep.equal([
      ['a', 'active', 2],
    ]);
    lease.release();
    await report;
  });

  it('list a tenant that was evicted under work in flight as leaving until that work has ended', () => {
    const lease = registries.acquire('a');
    for (const tenant of ['b', 'c', 'd', 'e']) registries.for(tenant);
    const held = {b: 'active', c: 'active', d: 'active', e: 'active'};
    expect(states()).to.deep.equal({a: 'leaving', ...held});
    lease.release();
    expect(states()).to.deep.equal(held);
  });

  it('count the contexts, and the operations of all generations', async () => {
    const dataSource = tenantDataSource(registries, 'a');
    const [answers, connector] = [[] as (() => void)[], dataSource.connector];
    connector.count = (_model: string, _where: object, _options: object, done: (error: null, count: number) => void) =>
      answers.push(() => done(null, 7));
    const count = () => dataSource.createModel('Customer', {}).count();
    await new Promise(setImmediate);

    const first = registries.run('a', count);
    const reloaded = registries.reload('a');
    const second = registries.run('a', count);
    await new Promise(setImmediate);
    expect(registries.inspect('a')).to.include({activeContexts: 2, operations: 2, generation: 2});
    const offboarded = registries.offboard('a');
    expect(registries.inspect('a')).to.include({activeContexts: 2, operations: 2, state: 'offboarding'});

    for (const answer of answers) answer();
    expect(await Promise.all([first, second])).to.deep.equal([7, 7]);
    await Promise.all([reloaded, offboarded]);
    expect(registries.inspect('a')).to.include({activeContexts: 0, operations: 0, state: 'offboarded'});
  });

  it('refuse a bad tenant code', () => {
    expect(() => registries.inspect(''))
      .to.throw()
      .with.property('code', 'INVALID_TENANT_CODE');
  });
});
