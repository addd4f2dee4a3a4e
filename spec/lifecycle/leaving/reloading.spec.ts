import {expect} from 'chai';
import {TenantContext, TenantRegistries, type ReloadReport} from '../../../lib/index';
import {FakeClock} from '../../support/fake-clock';
import {lookedAt} from '../../support/first-look';
import {codeOf, inShort, lifeLog, loggedRegistries, type LifeEvent} from '../../support/life-log';
import {nextJob} from '../../support/live-classes';
import {tenantDataSource} from '../../support/service';

describe('reload()', () => {
  let clock: FakeClock;
  let registries: TenantRegistries;
  let log: LifeEvent[];
  beforeEach(() => {
    ({clock, registries, log} = loggedRegistries());
  });

  it('ends the registry at once where no work is in flight; the next use builds the next one', async () => {
    const Customer = lookedAt(tenantDataSource(registries, 'acme').createModel('Customer', {address: {street: String}}));
    const running = registries.reload('acme');
    expect(codeOf(() => new Customer())).to.equal('REGISTRY_DISPOSED');
    expect(registries.state('acme')).to.equal('unbuilt');
    const report = await running;
    const expected: ReloadReport = {
      tenant: 'acme',
      generation: 1,
      ended: true,
      models: 1,
      embeddedModels: 1,
      leasesDrained: 0,
      leasesLeft: 0,
      errors: [],
      duration: 0,
    };
    expect(report).to.deep.equal(expected);
    for (const part of [report, report.errors]) expect(part).to.be.frozen;
    expect(registries.for('acme').generation).to.equal(2);
    expect(inShort(log)).to.deep.equal(['built acme 1', 'ended acme 1 reload', 'built acme 2']);
    expect(registries.stats().endings).to.include({reload: 1, manual: 0});
  });

  it("keeps the tenant's datasources connected", async () => {
    const dataSource = tenantDataSource(registries, 'acme');
    const Old = dataSource.createModel('Customer', {name: String});
    await Old.create({name: 'x'});
    await registries.reload('acme');
    expect(dataSource.connected).to.equal(true);
    const Customer = dataSource.createModel('Customer', {name: String, age: Number});
    expect(await Customer.count()).to.equal(1);
  });

  it('of a busy tenant lets work in flight go on with the old registry, which ends with the last of that work', async () => {
    const leases = [registries.acquire('acme'), registries.acquire('acme')];
    const running = registries.reload('acme');
    expect(registries.state('acme')).to.equal('leaving');
    const next = registries.for('acme');
    expect(next.generation).to.equal(2);
    for (const lease of leases) {
      expect(lease.run(() => registries.for('acme'))).to.equal(lease.registry);
      expect(lease.registry.disposed).to.equal(false);
      await clock.pass(10);
      lease.release();
    }
    expect(leases[0].registry.disposed).to.equal(true);
    expect(await running).to.include({generation: 1, ended: true, leasesDrained: 2, leasesLeft: 0, duration: 20});
    expect(inShort(log)).to.deep.equal(['built acme 1', 'leaving acme 1 reload', 'built acme 2', 'ended acme 1 reload']);
    expect(next.disposed).to.equal(false);
    expect(clock.pending).to.equal(0);
  });

  it('waits until the deadline at most, and aborts no work', async () => {
    const lease = registries.acquire('acme');
    const running = registries.reload('acme', {drainTimeout: 100});
    await clock.pass(100);
    expect(await running).to.include({ended: false, models: 0, leasesLeft: 1, leasesDrained: 0, duration: 100});
    expect(lease.signal.aborted).to.equal(false);
    expect(lease.registry.disposed).to.equal(false);
    lease.release();
    expect(lease.registry.disposed).to.equal(true);
    expect(registries.stats().endings.reload).to.equal(1);
  });

  it('does not wait for a caller within the tenant’s own work', async () => {
    const report = await registries.run('acme', async registry => {
      const done = await registries.reload('acme');
      expect(registries.for('acme')).to.equal(registry);
      return done;
    });
    expect(report).to.include({ended: false, leasesLeft: 1, duration: 0});
    expect(registries.stats().endings.reload).to.equal(1);
  });

  it('gives late work of the old generation the next one', () => {
    let late!: () => number;
    registries.run('acme', () => {
      void registries.reload('acme');
      late = TenantContext.bind(() => registries.for('acme').generation);
    });
    expect(late()).to.equal(2);
  });

  it('called again returns the same report until the next generation is built, then another one', async () => {
    const lease = registries.acquire('acme');
    const first = registries.reload('acme');
    expect(registries.reload('acme')).to.equal(first);
    const young = registries.acquire('acme');
    const second = registries.reload('acme');
    expect(second).not.to.equal(first);
    lease.release();
    young.release();
    expect((await first).generation).to.equal(1);
    expect((await second).generation).to.equal(2);
    expect(inShort(log).filter(event => event.startsWith('ended'))).to.deep.equal(['ended acme 1 reload', 'ended acme 2 reload']);
  });

  it('of a tenant that is not built does nothing', async () => {
    expect(await registries.reload('acme')).to.include({generation: undefined, ended: true, models: 0});
    expect(log).to.deep.equal([]);
  });

  it('ends an evicted registry that user code keeps alive, so that it does not come back', async () => {
    const registry = registries.for('acme');
    registries.shed(1);
    expect(await registries.reload('acme')).to.include({generation: 1, ended: true});
    expect(registry.disposed).to.equal(true);
  });

  it('takes over a registry that the LRU evicted under work in flight: it ends once', async () => {
    registries = new TenantRegistries({clock, max: 1, idleTtl: Infinity});
    log = lifeLog(registries);
    const lease = registries.acquire('acme');
    registries.for('other');
    const running = registries.reload('acme');
    lease.release();
    expect(await running).to.include({generation: 1, ended: true});
    expect(inShort(log).filter(event => event.startsWith('ended'))).to.deep.equal(['ended acme 1 reload']);
    expect(registries.stats().leaving).to.equal(0);
  });

  it('of a suspended tenant leaves it suspended', async () => {
    registries.for('acme');
    await registries.suspend('acme');
    expect(await registries.reload('acme')).to.include({generation: 1, ended: true});
    expect(registries.state('acme')).to.equal('suspended');
    registries.resume('acme');
    expect(registries.for('acme').generation).to.equal(2);
  });

  it('settles at once where the tenant is offboarded meanwhile, with `ended` false', async () => {
    const lease = registries.acquire('acme');
    const running = registries.reload('acme', {drainTimeout: Infinity});
    const offboarding = registries.offboard('acme');
    expect(await running).to.include({ended: false, leasesLeft: 1});
    expect(lease.run(() => registries.for('acme'))).to.equal(lease.registry);
    lease.release();
    expect(await offboarding).to.include({generation: 1, leasesDrained: 1});
    expect(registries.stats().endings).to.include({reload: 0, offboard: 1});
  });

  it('replaces the tenant’s settings at once; without new settings it keeps the old ones', async () => {
    registries.configure('acme', {host: 'a'});
    registries.for('acme');
    await registries.reload('acme');
    expect(registries.settings('acme')).to.deep.equal({host: 'a'});
    const running = registries.reload('acme', {settings: {host: 'b'}});
    expect(registries.settings('acme')).to.deep.equal({host: 'b'});
    expect(registries.settings('acme')).to.be.frozen;
    await running;
  });

  it('reports the error of an observer', async () => {
    registries.observe({
      ended() {
        throw new Error('observer down');
      },
    });
    const registry = registries.for('acme');
    const {errors} = await registries.reload('acme');
    expect(errors.map(String)).to.deep.equal(['Error: observer down']);
    expect(registry.disposed).to.equal(true);
  });

  it('lets an observer of `leaving` offboard the tenant: the registry ends once', async () => {
    registries.observe({
      leaving: ({reason, tenant}) => void (reason === 'reload' && registries.offboard(tenant, {drainTimeout: 0})),
    });
    const lease = registries.acquire('acme');
    expect(await registries.reload('acme')).to.include({generation: 1, ended: false});
    await nextJob();
    lease.release();
    expect(inShort(log).filter(event => event.startsWith('ended'))).to.deep.equal(['ended acme 1 offboard']);
  });

  it('refuses bad arguments', async () => {
    for (const options of [null, 42, {drainTimeout: 'x'}, {unknown: 1}, {settings: 42}]) {
      expect(codeOf(() => registries.reload('acme', options as never))).to.equal('INVALID_OPTION');
    }
    expect(codeOf(() => registries.reload(''))).to.equal('INVALID_TENANT_CODE');
    await registries.offboard('gone');
    expect(codeOf(() => registries.reload('gone', {settings: {}}))).to.equal('TENANT_OFFBOARDED');
    expect(registries.settings('gone')).to.equal(undefined);
    await registries.dispose();
    expect(codeOf(() => registries.reload('acme'))).to.equal('REGISTRIES_DISPOSED');
  });
});
