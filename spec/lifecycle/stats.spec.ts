import {expect} from 'chai';
import {ModelBuilder, TenantContext, TenantRegistries} from '../../lib/index';
import {FakeClock} from '../support/fake-clock';
import {lookedAt} from '../support/first-look';
import {NESTED, NESTED_CLASSES} from '../support/structures';

const NO_ENDINGS = {lru: 0, idle: 0, memory: 0, manual: 0, reload: 0, offboard: 0, shutdown: 0};

describe('stats()', () => {
  let clock: FakeClock;
  let registries: TenantRegistries;
  beforeEach(() => {
    clock = new FakeClock();
    registries = new TenantRegistries({clock, max: 5, idleTtl: 1_000});
  });
  afterEach(() => expect(registries.getMemoryStats().activeContexts).to.equal(0));

  const endings = () => registries.stats().endings;

  it('begins with zeros', () => {
    const {shared, ...stats} = registries.stats();
    expect(stats).to.deep.equal({
      tenants: 0,
      models: 0,
      leaving: 0,
      suspended: 0,
      tombstones: 0,
      hits: 0,
      misses: 0,
      evictions: {lru: 0, idle: 0, memory: 0, manual: 0},
      endings: NO_ENDINGS,
      offboarded: 0,
    });
    expect(shared).to.include({tenant: undefined, models: 0});
  });

  it('is frozen, with all its parts', () => {
    const stats = registries.stats();
    for (const part of [stats, stats.shared, stats.evictions, stats.endings]) expect(part).to.be.frozen;
  });

  it('counts the tenants and classes held, and the shared ones apart', () => {
    lookedAt(new ModelBuilder({registry: registries.shared}).define('Shared', NESTED()));
    for (const tenant of ['a', 'b']) lookedAt(new ModelBuilder({registries, tenant}).define('Customer', NESTED()));
    expect(registries.stats()).to.include({tenants: 2, models: 2 * NESTED_CLASSES});
    expect(registries.stats().shared).to.include({models: 1, embeddedModels: NESTED_CLASSES - 1});
    registries.evict('a');
    expect(registries.stats()).to.include({tenants: 1, models: NESTED_CLASSES});
  });

  it('counts a hit where for() found a registry, and a miss where it built one', () => {
    for (const tenant of ['a', 'b', 'a', 'a']) registries.for(tenant);
    registries.peek('c');
    registries.run('b', () => registries.current());
    expect(registries.stats()).to.include({misses: 2, hits: 4});
  });

  it('counts a registry that came back as a hit, and a refused tenant as neither', async () => {
    const kept = registries.for('a');
    registries.shed(1);
    expect(registries.for('a')).to.equal(kept);
    await registries.suspend('a');
    expect(() => registries.for('a')).to.throw();
    await registries.offboard('b');
    expect(() => registries.for('b')).to.throw();
    expect(registries.stats()).to.include({misses: 1, hits: 1});
  });

  it('counts endings by reason, and evictions among them', async () => {
    for (let i = 0; i < 7; i++) new ModelBuilder({registries, tenant: `tenant-${i}`}).define('Customer');
    expect(endings()).to.deep.equal({...NO_ENDINGS, lru: 2});
    registries.shed(1);
    expect(endings()).to.deep.equal({...NO_ENDINGS, lru: 2, memory: 1});
    registries.evict('tenant-3');
    expect(endings()).to.deep.equal({...NO_ENDINGS, lru: 2, memory: 1, manual: 1});
    await registries.reload('tenant-4');
    expect(endings()).to.deep.equal({...NO_ENDINGS, lru: 2, memory: 1, manual: 1, reload: 1});
    await registries.offboard('tenant-5');
    expect(endings()).to.deep.equal({...NO_ENDINGS, lru: 2, memory: 1, manual: 1, reload: 1, offboard: 1});
    clock.passAtOnce(5_000);
    expect(endings()).to.deep.equal({...NO_ENDINGS, lru: 2, idle: 1, memory: 1, manual: 1, reload: 1, offboard: 1});
    expect(registries.stats().evictions).to.deep.equal({lru: 2, idle: 1, memory: 1, manual: 1});
  });

  it('counts the registries that a shutdown ends', async () => {
    for (const tenant of ['a', 'b']) registries.for(tenant);
    await registries.shutdown();
    expect(endings()).to.deep.equal({...NO_ENDINGS, shutdown: 2});
    expect(registries.stats()).to.include({tenants: 0, models: 0, leaving: 0});
  });

  it('counts an ending once, when the last work in flight has ended, and none where the registry came back', async () => {
    for (const [reason, leave] of Object.entries({
      manual: () => registries.evict('a'),
      reload: () => registries.reload('a'),
    })) {
      const lease = registries.acquire('a');
      const left = leave();
      expect([registries.stats().leaving, endings()[reason as 'manual']]).to.deep.equal([1, 0]);
      lease.release();
      expect([registries.stats().leaving, endings()[reason as 'manual']]).to.deep.equal([0, 1]);
      await left;
    }

    const lease = registries.acquire('b');
    for (let i = 0; i < 5; i++) registries.for(`tenant-${i}`);
    expect(registries.stats()).to.include({leaving: 1});
    expect(registries.for('b')).to.equal(lease.registry);
    expect(registries.stats()).to.include({leaving: 0});
    lease.release();
    expect(endings().lru).to.equal(1);
  });

  it('counts each registry that is leaving, also two of one tenant', async () => {
    const leases = [registries.acquire('a')];
    const reports = [registries.reload('a')];
    leases.push(registries.acquire('a'));
    reports.push(registries.reload('a'));
    registries.for('a');
    expect(registries.stats()).to.include({leaving: 2, tenants: 1});
    for (const lease of leases) lease.release();
    await Promise.all(reports);
    expect(registries.stats()).to.include({leaving: 0, tenants: 1});
    expect(endings().reload).to.equal(2);
  });

  it('counts tenants that are suspended, being offboarded, and offboarded', async () => {
    await registries.suspend('a');
    const lease = registries.acquire('b');
    const report = registries.offboard('b');
    await registries.offboard('c');
    expect(registries.stats()).to.include({suspended: 1, tombstones: 2, offboarded: 2, leaving: 1});
    lease.release();
    await report;
    registries.resume('a');
    registries.reinstate('c');
    expect(registries.stats()).to.include({suspended: 0, tombstones: 1, offboarded: 2, leaving: 0});
  });

  it('counts an offboarding once, even if it is asked for again or retried', async () => {
    const remove = registries.onOffboard(() => {
      throw new Error('failed');
    });
    await Promise.all([registries.offboard('a'), registries.offboard('a')]);
    await registries.offboard('a', {retry: true});
    remove();
    expect(registries.stats()).to.include({offboarded: 1, tombstones: 1});
  });

  it('does not count a tenant that only TenantContext.run has touched: no registry was built', () => {
    TenantContext.run('a', () => expect(registries.stats()).to.include({tenants: 0, leaving: 0, misses: 0}));
  });
});
