import {expect} from 'chai';
import {execFile} from 'node:child_process';
import path from 'node:path';
import {promisify} from 'node:util';
import {TenantContext, TenantRegistries, type ShutdownReport} from '../../../lib/index';
import {FakeClock} from '../../support/fake-clock';
import {lookedAt} from '../../support/first-look';
import {codeOf, inShort, loggedRegistries, type LifeEvent} from '../../support/life-log';
import {nextJob} from '../../support/live-classes';
import {tenantDataSource} from '../../support/service';

describe('shutdown()', () => {
  let clock: FakeClock;
  let registries: TenantRegistries;
  let log: LifeEvent[];
  beforeEach(() => {
    ({clock, registries, log} = loggedRegistries());
  });

  it('ends every tenant and the shared registry, and returns a frozen report', async () => {
    for (const tenant of ['a', 'b'])
      lookedAt(tenantDataSource(registries, tenant).createModel('Customer', {address: {street: String}}));
    tenantDataSource(registries).createModel('Shared', {});
    const report = await registries.shutdown();
    const expected: ShutdownReport = {
      tenants: 2,
      models: 3,
      embeddedModels: 2,
      // a datasource that follows the running tenant belongs to no tenant
      dataSources: 2,
      leasesDrained: 0,
      leasesForced: 0,
      forced: [],
      errors: [],
      duration: 0,
    };
    expect(report).to.deep.equal(expected);
    for (const part of [report, report.errors, report.forced]) expect(part).to.be.frozen;
    expect(registries.shared.disposed).to.equal(true);
    expect(inShort(log).slice(2)).to.deep.equal(['ended a 1 shutdown', 'ended b 2 shutdown']);
    expect(registries.stats().endings).to.include({shutdown: 2, offboard: 0});
    expect(registries.stats()).to.include({tenants: 0, models: 0, leaving: 0, offboarded: 0});
  });

  it('refuses new work from the call on', () => {
    registries.for('acme');
    void registries.shutdown();
    for (const verb of ['for', 'acquire', 'suspend', 'offboard', 'reload'] as const) {
      expect(
        codeOf(() => registries[verb]('acme')),
        verb,
      ).to.equal('REGISTRIES_DISPOSED');
    }
    expect(codeOf(() => registries.run('acme', () => {}))).to.equal('REGISTRIES_DISPOSED');
    expect(codeOf(() => registries.current())).to.equal('REGISTRIES_DISPOSED');
    expect(codeOf(() => registries.configure('acme', {}))).to.equal('REGISTRIES_DISPOSED');
    expect([
      registries.evict('acme'),
      registries.evictAll(),
      registries.resume('acme'),
      registries.reinstate('acme'),
    ]).to.deep.equal([false, 0, false, false]);
  });

  it('drains all tenants to one deadline, then aborts what is left', async () => {
    const [quick, slow] = [registries.acquire('quick'), registries.acquire('slow')];
    const {signal} = slow;
    const running = registries.shutdown({drainTimeout: 100});
    await clock.pass(50);
    expect(slow.run(() => registries.for('slow'))).to.equal(slow.registry);
    quick.release();
    await clock.pass(49);
    expect(signal.aborted).to.equal(false);
    await clock.pass(1);
    expect(signal.reason).to.include({code: 'REGISTRIES_DISPOSED'});
    const report = await running;
    expect(report).to.deep.include({leasesDrained: 1, leasesForced: 1, forced: ['slow'], duration: 100});
    expect(codeOf(() => slow.run(() => registries.for('slow')))).to.equal('REGISTRIES_DISPOSED');
    slow.release();
    expect(inShort(log).slice(2)).to.deep.equal([
      'leaving quick 1 shutdown',
      'leaving slow 2 shutdown',
      'ended quick 1 shutdown',
      'ended slow 2 shutdown',
    ]);
    expect(clock.pending).to.equal(0);
  });

  it('answers operations that are under way with the error', async () => {
    const Customer = tenantDataSource(registries, 'acme').createModel('Customer', {});
    Customer.observe('access', () => new Promise(() => {}));
    const outcome = Customer.find().catch((error: unknown) => error);
    await nextJob();
    const running = registries.shutdown({drainTimeout: 10});
    await clock.pass(10);
    expect(await outcome).to.include({code: 'REGISTRIES_DISPOSED'});
    expect(await running).to.include({leasesForced: 0, duration: 10});
  });

  it('ends early where all work has ended', async () => {
    const lease = registries.acquire('acme');
    const running = registries.shutdown({drainTimeout: Infinity});
    await clock.pass(70);
    lease.release();
    expect(await running).to.include({leasesDrained: 1, duration: 70});
  });

  it('does not wait for a caller who is part of the work, nor for the contexts around it', async () => {
    const report = await registries.run('a', () =>
      TenantContext.run('b', () => registries.run('a', () => registries.shutdown())),
    );
    expect(report).to.deep.include({leasesForced: 0, forced: [], duration: 0});
  });

  it('ends generations that were let go and are still at work, each with its own work', async () => {
    const leases = ['evict', 'reload', 'none'].map(verb => {
      const lease = registries.acquire('acme');
      if (verb !== 'none') void registries[verb as 'evict']('acme');
      return lease;
    });
    const running = registries.shutdown();
    for (const lease of leases) expect(lease.run(() => registries.for('acme'))).to.equal(lease.registry);
    for (const lease of leases) lease.release();
    expect(await running).to.include({tenants: 1, leasesDrained: 3});
    expect(registries.stats().endings).to.deep.include({manual: 0, reload: 0, shutdown: 3});
  });

  it('ends an evicted registry that user code keeps alive', async () => {
    const registry = registries.for('acme');
    registries.evict('acme');
    expect(await registries.shutdown()).to.include({tenants: 1});
    expect(registry.disposed).to.equal(true);
  });

  it('is safe to call again, also while it runs: the same report comes back', async () => {
    const lease = registries.acquire('acme');
    const running = registries.shutdown();
    expect(registries.shutdown({drainTimeout: 0})).to.equal(running);
    lease.release();
    await running;
    expect(registries.shutdown()).to.equal(running);
    await registries.dispose();
  });

  it('lets offboardings under way wait for their work until its deadline, then aborts that work', async () => {
    const lease = registries.acquire('acme');
    const {signal} = lease;
    registries.beforeOffboard(() => void registries.for('acme').generation);
    const offboarding = registries.offboard('acme', {drainTimeout: Infinity});
    const running = registries.shutdown({drainTimeout: 100});
    await clock.pass(99);
    expect(lease.run(() => registries.for('acme'))).to.equal(lease.registry);
    expect(signal.aborted).to.equal(false);
    await clock.pass(1);
    expect(signal.reason).to.include({code: 'TENANT_OFFBOARDED'});
    const report = await running;
    expect(report).to.deep.include({tenants: 0, leasesForced: 0, duration: 100});
    expect(await offboarding).to.deep.include({leasesForced: 1, generation: 1, hookErrors: []});
    expect(registries.stats().endings).to.deep.include({offboard: 1, shutdown: 0});
    lease.release();
  });

  it('does not wait for its deadline where an offboarding under way is done before', async () => {
    const lease = registries.acquire('acme');
    const offboarding = registries.offboard('acme', {drainTimeout: 10});
    const running = registries.shutdown({drainTimeout: 100});
    await clock.pass(10);
    expect(await running).to.include({duration: 10});
    expect(await offboarding).to.include({leasesForced: 1});
    lease.release();
  });

  it('waits for a retry under way', async () => {
    let finish: (() => void) | undefined;
    registries.onOffboard(async () => {
      if (registries.stats().tombstones > 0 && registries.state('acme') === 'offboarding') throw new Error('down');
      await new Promise<void>(resolve => (finish = resolve));
    });
    await registries.offboard('acme');
    const retried = registries.offboard('acme', {retry: true});
    let over = false;
    const running = registries.shutdown().then(() => (over = true));
    await nextJob();
    expect(over).to.equal(false);
    finish!();
    await Promise.all([running, retried]);
  });

  it('runs no hooks: no tenant leaves for good', async () => {
    const ran: string[] = [];
    registries.beforeOffboard(() => void ran.push('before'));
    registries.onOffboard(() => void ran.push('after'));
    registries.for('acme');
    await registries.shutdown();
    expect(ran).to.deep.equal([]);
  });

  it('goes on although steps fail or hang: the report has every error', async () => {
    registries.observe({
      ended({tenant}) {
        throw new Error(`observer ${tenant}`);
      },
    });
    const dataSources = ['a', 'b', 'c'].map(tenant => tenantDataSource(registries, tenant));
    await nextJob();
    dataSources[0].connector.disconnect = () => {
      throw new Error('disconnect');
    };
    dataSources[1].connector.disconnect = () => {};
    const running = registries.shutdown({drainTimeout: 0, hookTimeout: 100});
    await clock.pass(100);
    const {errors, dataSources: disconnected, duration} = await running;
    expect([disconnected, duration, errors.length]).to.deep.equal([1, 100, 5]);
    expect(errors.slice(0, 3).map(error => (error as Error).message)).to.deep.equal(['observer a', 'observer b', 'observer c']);
    expect(dataSources[2].connected).to.equal(false);
  });

  it('lets no observer build a tenant anew on the way', async () => {
    const codes: (string | undefined)[] = [];
    registries.observe({
      leaving: () => void codes.push(codeOf(() => registries.for('new'))),
      ended: () => void codes.push(codeOf(() => registries.for('new'))),
    });
    const lease = registries.acquire('acme');
    const running = registries.shutdown({drainTimeout: 0});
    await running;
    lease.release();
    expect(codes).to.deep.equal(['REGISTRIES_DISPOSED', 'REGISTRIES_DISPOSED']);
    expect(registries.peek('new')).to.equal(undefined);
  });

  it('keeps no ended registry alive', async () => {
    await (async () => {
      tenantDataSource(registries, 'acme').createModel('Customer', {address: {street: String}});
      await registries.shutdown();
    })();
    await nextJob();
    expect(registries.findLeaks()).to.deep.equal([]);
  });

  it('names at most 100 of the tenants whose work was aborted', async () => {
    const leases = Array.from({length: 101}, (_, i) => registries.acquire(`t${i}`));
    const report = await registries.shutdown({drainTimeout: 0});
    expect(report).to.include({leasesForced: 101, tenants: 101});
    expect(report.forced).to.have.lengthOf(100);
    for (const lease of leases) lease.release();
  });

  it('refuses options that it does not know', () => {
    for (const options of [null, {drainTimeout: -1}, {verify: true}]) {
      expect(codeOf(() => registries.shutdown(options as never))).to.equal('INVALID_OPTION');
    }
    expect(registries.for('acme').disposed).to.equal(false);
  });

  describe('and dispose()', () => {
    it('ends everything without waiting', async () => {
      const lease = registries.acquire('acme');
      const running = registries.dispose();
      expect(lease.registry.disposed).to.equal(true);
      expect(registries.dispose()).to.equal(running);
      await running;
      expect(lease.signal.aborted).to.equal(true);
      lease.release();
    });

    it('cuts a shutdown short that still waits', async () => {
      const lease = registries.acquire('acme');
      const shutdown = registries.shutdown({drainTimeout: Infinity});
      await registries.dispose();
      expect(await shutdown).to.include({leasesForced: 1});
      expect(lease.registry.disposed).to.equal(true);
      lease.release();
    });

    it('rejects with all failures, after everything was ended; shutdown() never does', async () => {
      const dataSource = tenantDataSource(registries, 'acme');
      await nextJob();
      dataSource.connector.disconnect = () => {
        throw new Error('down');
      };
      const error: unknown = await registries[Symbol.asyncDispose]().catch((failure: unknown) => failure);
      expect(error).to.be.instanceOf(AggregateError);
      expect((error as AggregateError).errors).to.have.lengthOf(1);
      expect((await registries.shutdown()).errors).to.have.lengthOf(1);
      expect(registries.shared.disposed).to.equal(true);
    });
  });

  it('holds the process open until its deadline, so that a caller that awaits it gets the report', async () => {
    const script = `
      const {TenantRegistries} = require(${JSON.stringify(path.resolve(__dirname, '../../../lib/index.js'))});
      const registries = new TenantRegistries();
      const lease = registries.acquire('acme');
      registries.suspend('acme', {drainTimeout: 20})
        .then(() => registries.shutdown({drainTimeout: 20}))
        .then(({leasesForced}) => console.log('forced', leasesForced));
    `;
    const {stdout} = await promisify(execFile)(process.execPath, ['-e', script]);
    expect(stdout).to.equal('forced 1\n');
  });
});
