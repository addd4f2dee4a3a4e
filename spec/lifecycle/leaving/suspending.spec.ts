import {expect} from 'chai';
import {TenantContext, TenantRegistries} from '../../../lib/index';
import {FakeClock} from '../../support/fake-clock';
import {lookedAt} from '../../support/first-look';
import {codeOf, inShort, lifeLog, type LifeEvent} from '../../support/life-log';
import {liveClasses, nextJob} from '../../support/live-classes';
import {keepingDataSource} from '../../support/keeping-connector';

describe('suspend()', () => {
  let clock: FakeClock;
  let registries: TenantRegistries;
  let log: LifeEvent[];
  beforeEach(() => {
    clock = new FakeClock();
    registries = new TenantRegistries({clock, idleTtl: Infinity, maxTombstones: 3});
    log = lifeLog(registries);
  });

  it('refuses new work, and keeps the tenant with its registry', async () => {
    const registry = registries.for('acme');
    const report = await registries.suspend('acme');
    for (const use of ['for', 'acquire'] as const) expect(codeOf(() => registries[use]('acme'))).to.equal('TENANT_SUSPENDED');
    expect(codeOf(() => registries.run('acme', () => {}))).to.equal('TENANT_SUSPENDED');
    expect(codeOf(() => TenantContext.run('acme', () => registries.current()))).to.equal('TENANT_SUSPENDED');
    expect(registries.peek('acme')).to.equal(registry);
    expect(registries.state('acme')).to.equal('suspended');
    expect(registries.stats().suspended).to.equal(1);
    expect(report).to.deep.equal({tenant: 'acme', leasesDrained: 0, leasesLeft: 0, duration: 0});
    expect(report).to.be.frozen;
    expect(inShort(log).slice(1)).to.deep.equal(['state acme active > suspended']);
  });

  it('lets work in flight go on, and waits for it', async () => {
    const lease = registries.acquire('acme');
    const running = registries.suspend('acme', {drainTimeout: 100});
    await clock.pass(60);
    expect(lease.run(() => registries.for('acme'))).to.equal(lease.registry);
    const nested = lease.run(() => registries.acquire('acme'));
    lease.release();
    nested.release();
    expect(await running).to.include({leasesDrained: 1, leasesLeft: 0, duration: 60});
    expect(codeOf(() => registries.for('acme'))).to.equal('TENANT_SUSPENDED');
    expect(clock.pending).to.equal(0);
  });

  it('cuts nothing at the deadline: work that is left goes on', async () => {
    const lease = registries.acquire('acme');
    const running = registries.suspend('acme', {drainTimeout: 100});
    await clock.pass(100);
    expect(await running).to.include({leasesDrained: 0, leasesLeft: 1, duration: 100});
    expect(lease.signal.aborted).to.equal(false);
    expect(lease.run(() => registries.for('acme'))).to.equal(lease.registry);
    lease.release();
    expect(codeOf(() => lease.run(() => registries.for('acme')))).to.equal('TENANT_SUSPENDED');
  });

  it('lets work in flight build its tenant', async () => {
    let finish!: () => void;
    const work = TenantContext.run('acme', async () => {
      await new Promise<void>(resolve => (finish = resolve));
      return registries.for('acme').generation;
    });
    void registries.suspend('acme');
    finish();
    expect(await work).to.equal(1);
    expect(registries.state('acme')).to.equal('suspended');
  });

  it('does not wait for a caller within the tenant’s own work', async () => {
    const report = await registries.run('acme', () => TenantContext.run('other', () => registries.suspend('acme')));
    expect(report).to.include({leasesLeft: 1, duration: 0});
    expect(clock.pending).to.equal(0);
  });

  it('is safe to call again: the same report comes back', async () => {
    const lease = registries.acquire('acme');
    const running = registries.suspend('acme');
    expect(registries.suspend('acme', {drainTimeout: 0})).to.equal(running);
    lease.release();
    await running;
    expect(registries.suspend('acme')).to.equal(running);
    expect(log.filter(({name}) => name === 'state')).to.have.lengthOf(1);
  });

  it('works for a tenant that was never built', async () => {
    await registries.suspend('acme');
    expect([registries.state('acme'), registries.peek('acme')]).to.deep.equal(['suspended', undefined]);
    expect(codeOf(() => registries.for('acme'))).to.equal('TENANT_SUSPENDED');
  });

  it('keeps no registry that is evicted meanwhile', async () => {
    const before = liveClasses();
    lookedAt(keepingDataSource(registries, 'acme').createModel('Customer', {address: {street: String}}));
    await nextJob();
    await registries.suspend('acme');
    registries.evict('acme');
    await nextJob();
    expect(liveClasses() - before).to.equal(0);
    expect(registries.state('acme')).to.equal('suspended');
  });

  it('is an error for a tenant that is leaving for good or has left', async () => {
    const lease = registries.acquire('acme');
    const running = registries.offboard('acme');
    expect(codeOf(() => registries.suspend('acme'))).to.equal('TENANT_OFFBOARDED');
    lease.release();
    await running;
    expect(codeOf(() => registries.suspend('acme'))).to.equal('TENANT_OFFBOARDED');
    expect(registries.stats().suspended).to.equal(0);
  });

  it('is an error when maxTombstones tenants are suspended already', async () => {
    for (const tenant of ['a', 'b', 'c']) await registries.suspend(tenant);
    expect(codeOf(() => registries.suspend('d'))).to.equal('TOO_MANY_TENANTS');
    expect(registries.state('d')).to.equal('unbuilt');
    await registries.suspend('a');
    registries.resume('a');
    await registries.suspend('d');
    expect(registries.stats().suspended).to.equal(3);
  });

  it('settles at once where the tenant is offboarded or resumed meanwhile', async () => {
    for (const verb of ['offboard', 'resume'] as const) {
      const lease = registries.acquire(verb);
      const running = registries.suspend(verb, {drainTimeout: Infinity});
      const other = registries[verb](verb);
      expect(await running).to.include({leasesLeft: 1, leasesDrained: 0});
      lease.release();
      await other;
    }
  });

  it('settles by the deadline of a shutdown, even if its own deadline is later', async () => {
    const lease = registries.acquire('acme');
    const running = registries.suspend('acme', {drainTimeout: Infinity});
    const shutdown = registries.shutdown({drainTimeout: 10});
    await clock.pass(10);
    expect(await running).to.include({leasesLeft: 1});
    expect(await shutdown).to.include({leasesForced: 1});
    lease.release();
  });

  it('refuses unknown options, and throws after a shutdown', async () => {
    for (const options of [{drainTimeout: -1}, {hookTimeout: 1}, null]) {
      expect(codeOf(() => registries.suspend('acme', options as never))).to.equal('INVALID_OPTION');
    }
    expect(codeOf(() => registries.suspend(''))).to.equal('INVALID_TENANT_CODE');
    await registries.dispose();
    expect(codeOf(() => registries.suspend('acme'))).to.equal('REGISTRIES_DISPOSED');
  });

  describe('and resume()', () => {
    it('takes work again, with the same registry, and says whether it was suspended', async () => {
      const registry = registries.for('acme');
      await registries.suspend('acme');
      expect([registries.resume('acme'), registries.resume('acme')]).to.deep.equal([true, false]);
      expect(registries.for('acme')).to.equal(registry);
      expect(registries.stats().suspended).to.equal(0);
      expect(inShort(log).slice(1)).to.deep.equal(['state acme active > suspended', 'state acme suspended > active']);
      expect(codeOf(() => registries.resume(''))).to.equal('INVALID_TENANT_CODE');
    });

    it('is false for any other tenant', async () => {
      registries.for('active');
      await registries.offboard('gone');
      expect(['active', 'gone', 'unknown'].map(tenant => registries.resume(tenant))).to.deep.equal([false, false, false]);
      expect(registries.state('gone')).to.equal('offboarded');
    });

    it('can be done again and again', async () => {
      for (let i = 0; i < 3; i++) {
        await registries.suspend('acme');
        registries.resume('acme');
        registries.for('acme');
      }
      expect(registries.stats()).to.include({suspended: 0, misses: 1});
    });

    it('lets the next suspension wait for the same work in flight again', async () => {
      const lease = registries.acquire('acme');
      const first = registries.suspend('acme');
      registries.resume('acme');
      expect(await first).to.include({leasesLeft: 1});
      const second = registries.suspend('acme');
      expect(second).not.to.equal(first);
      lease.release();
      expect(await second).to.include({leasesDrained: 1});
    });
  });

  it('goes on where an observer throws', async () => {
    const warned = new Promise<Error>(resolve => process.once('warning', resolve));
    registries.observe({
      state() {
        throw new Error('observer down');
      },
    });
    await registries.suspend('acme');
    expect((await warned).message).to.equal("An observer of 'state' failed: Error: observer down");
    expect(registries.state('acme')).to.equal('suspended');
  });
});
