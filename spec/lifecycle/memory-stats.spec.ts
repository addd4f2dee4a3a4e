import {expect} from 'chai';
import {ModelBuilder, TenantContext, TenantRegistries} from '../../lib/index';
import {FakeClock} from '../support/fake-clock';
import {lookedAt} from '../support/first-look';
import {NESTED, NESTED_CLASSES} from '../support/structures';

describe('getMemoryStats()', () => {
  let registries: TenantRegistries;
  beforeEach(() => {
    registries = new TenantRegistries({clock: new FakeClock()});
  });
  afterEach(() => expect(registries.getMemoryStats().activeContexts).to.equal(0));

  /** Tenants by state, as they are listed one by one. */
  function listed(): Record<string, number> {
    const states: Record<string, number> = {active: 0, leaving: 0, suspended: 0, offboarding: 0, offboarded: 0};
    for (const {state} of registries.tenants()) if (state !== 'unbuilt') states[state]++;
    return states;
  }

  it('is frozen, with all its parts', () => {
    const stats = registries.getMemoryStats();
    for (const part of [stats, stats.memoryUsage, stats.tenants, stats.evictions]) expect(part).to.be.frozen;
  });

  it('counts the contexts and leases of the whole process, nested ones too', () => {
    const lease = registries.acquire('a');
    TenantContext.run('b', () => TenantContext.run('b', () => expect(registries.getMemoryStats().activeContexts).to.equal(3)));
    lease.release();
    expect(registries.getMemoryStats().activeContexts).to.equal(0);
  });

  it('tells the memory of the process', () => {
    const {memoryUsage} = registries.getMemoryStats();
    expect(memoryUsage).to.have.keys('rss', 'heapTotal', 'heapUsed', 'external', 'arrayBuffers');
    expect(memoryUsage.heapUsed).to.be.within(process.memoryUsage().heapUsed / 2, process.memoryUsage().heapUsed * 2);
  });

  it('counts 0 domains', () => {
    expect(registries.getMemoryStats().activeDomains).to.equal(0);
  });

  it('counts classes, embedded ones apart, and estimates the bytes of a tenant from them', () => {
    expect(registries.getMemoryStats()).to.include({modelCount: 0, embeddedModelCount: 0, bytesPerTenant: 0});
    for (const tenant of ['a', 'b']) lookedAt(new ModelBuilder({registries, tenant}).define('Customer', NESTED()));
    const {bytesPerTenant, ...counts} = registries.getMemoryStats();
    expect(counts).to.include({modelCount: 2 * NESTED_CLASSES, embeddedModelCount: 2 * (NESTED_CLASSES - 1)});
    const [a, b] = ['a', 'b'].map(tenant => registries.inspect(tenant).bytes);
    expect(bytesPerTenant).to.equal(Math.round((a + b) / 2));
    expect(bytesPerTenant / NESTED_CLASSES).to.be.within(1_000, 3_000);
  });

  it('agrees with stats()', async () => {
    registries.for('a');
    registries.for('a');
    registries.evict('a');
    await registries.offboard('b');
    const {hits, misses, evictions, offboarded} = registries.stats();
    expect(registries.getMemoryStats()).to.deep.include({hits, misses, evictions, offboardings: offboarded});
    expect([hits, misses, evictions.manual, offboarded]).to.deep.equal([1, 1, 1, 1]);
  });

  it('counts each tenant once, in the state that it is in', async () => {
    registries.for('active');
    registries.for('suspended and held');
    await registries.suspend('suspended and held');
    await registries.suspend('suspended');
    const leases = ['leaving', 'built anew', 'on its way out'].map(tenant => registries.acquire(tenant));
    const reports: Promise<unknown>[] = [registries.reload('leaving'), registries.reload('built anew')];
    registries.for('built anew');
    reports.push(registries.offboard('on its way out'));
    await registries.offboard('gone');
    expect(registries.getMemoryStats().tenants).to.deep.equal({
      active: 2,
      leaving: 1,
      suspended: 2,
      offboarding: 1,
      offboarded: 1,
    });
    expect(registries.getMemoryStats().tenants).to.deep.equal(listed());
    for (const lease of leases) lease.release();
    await Promise.all(reports);
    expect(registries.getMemoryStats().tenants).to.deep.equal(listed());
  });

  it('counts a tenant that was reinstated during its offboarding by its new state', async () => {
    const lease = registries.acquire('a');
    const report = registries.offboard('a');
    registries.reinstate('a');
    expect(registries.getMemoryStats().tenants).to.deep.include({leaving: 1, offboarding: 0, offboarded: 0});
    registries.for('a');
    expect(registries.getMemoryStats().tenants).to.deep.include({active: 1, leaving: 0, offboarding: 0, offboarded: 0});
    expect(registries.getMemoryStats().tenants).to.deep.equal(listed());
    lease.release();
    await report;
    expect(registries.getMemoryStats().tenants).to.deep.include({active: 1, offboarding: 0, offboarded: 0});
  });
});
