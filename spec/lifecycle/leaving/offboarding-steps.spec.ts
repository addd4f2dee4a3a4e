import {inspect} from 'node:util';
import {expect} from 'chai';
import {TenantContext, TenantRegistries, type OffboardingEvent, type OffboardingReport} from '../../../lib/index';
import {FakeClock} from '../../support/fake-clock';
import {lookedAt} from '../../support/first-look';
import {codeOf, inShort, loggedRegistries, type LifeEvent} from '../../support/life-log';
import {nextJob} from '../../support/live-classes';
import {tenantDataSource, type AnyModel} from '../../support/service';

const STEPS = ['drain', 'abort', 'before-hooks', 'dispose', 'disconnect', 'after-hooks'];

describe('The steps of offboard()', () => {
  let clock: FakeClock;
  let registries: TenantRegistries;
  let log: LifeEvent[];
  beforeEach(() => {
    ({clock, registries, log} = loggedRegistries());
  });

  function define(): AnyModel {
    return lookedAt(tenantDataSource(registries, 'acme').createModel('Customer', {address: {street: String}}));
  }

  it('are done in their order, and the report lists them', async () => {
    const done: string[] = [];
    registries.observe({ended: () => void done.push('dispose')});
    const dataSource = tenantDataSource(registries, 'acme');
    await nextJob();
    const {disconnect} = dataSource;
    dataSource.disconnect = (callback: () => void) => {
      done.push('disconnect');
      disconnect.call(dataSource, callback);
    };
    for (const name of ['one', 'two']) {
      registries.beforeOffboard(() => void done.push(`before ${name}`));
      registries.onOffboard(() => void done.push(`after ${name}`));
    }
    const lease = registries.acquire('acme');
    lease.signal.addEventListener('abort', () => done.push('abort'));
    const running = registries.offboard('acme', {drainTimeout: 100});
    await clock.pass(100);
    const {steps} = await running;
    expect(done).to.deep.equal(['abort', 'before one', 'before two', 'dispose', 'disconnect', 'after two', 'after one']);
    expect(steps.map(({step}) => step)).to.deep.equal(STEPS);
    expect(steps.map(({errors}) => errors)).to.deep.equal(STEPS.map(() => []));
    expect(steps.map(({duration}) => duration)).to.deep.equal([100, 0, 0, 0, 0, 0]);
    expect(steps).to.be.frozen;
    for (const step of steps) expect(step).to.be.frozen;
    lease.release();
  });

  it('end the classes before the call returns where there is nothing to wait for', async () => {
    const Customer = define();
    const running = registries.offboard('acme');
    expect(codeOf(() => new Customer())).to.equal('TENANT_OFFBOARDED');
    expect(inShort(log).slice(1)).to.deep.equal(['state acme active > offboarding', 'ended acme 1 offboard']);
    expect(registries.state('acme')).to.equal('offboarding');
    await running;
    expect(inShort(log).slice(3)).to.deep.equal(['state acme offboarding > offboarded']);
    expect(clock.pending).to.equal(0);
  });

  describe('drain', () => {
    it('lets work in flight go on with its registry and end by itself, and refuses new work', async () => {
      const Customer = define();
      const lease = registries.acquire('acme');
      const running = registries.offboard('acme', {drainTimeout: 1_000});
      await clock.pass(999);
      expect(inShort(log).at(-1)).to.equal('leaving acme 1 offboard');
      for (const use of ['for', 'acquire'] as const) expect(codeOf(() => registries[use]('acme'))).to.equal('TENANT_OFFBOARDED');
      expect(codeOf(() => registries.run('acme', () => {}))).to.equal('TENANT_OFFBOARDED');
      expect(codeOf(() => registries.configure('acme', {}))).to.equal('TENANT_OFFBOARDED');
      expect(lease.run(() => registries.for('acme'))).to.equal(lease.registry);
      await lease.run(() => Customer.create({}));
      expect(lease.signal.aborted).to.equal(false);
      lease.release();
      const report = await running;
      expect(report).to.include({leasesDrained: 1, leasesForced: 0, operationsForced: 0, duration: 999, generation: 1});
      expect(codeOf(() => new Customer())).to.equal('TENANT_OFFBOARDED');
    });

    it('counts leases that ended and those that were cut', async () => {
      const leases = [1, 2, 3].map(() => registries.acquire('acme'));
      const running = registries.offboard('acme', {drainTimeout: 50});
      leases[0].release();
      await clock.pass(50);
      expect(await running).to.include({leasesDrained: 1, leasesForced: 2, duration: 50});
      for (const lease of leases) lease.release();
      expect(registries.stats().leaving).to.equal(0);
    });

    it('with a time of 0 ms waits for no work', async () => {
      const lease = registries.acquire('acme');
      const running = registries.offboard('acme', {drainTimeout: 0});
      expect(lease.registry.disposed).to.equal(true);
      expect(await running).to.include({leasesForced: 1, leasesDrained: 0});
      lease.release();
    });

    it('with a time of Infinity waits as long as the work takes, without a timer', async () => {
      const lease = registries.acquire('acme');
      const running = registries.offboard('acme', {drainTimeout: Infinity});
      await clock.pass(1e12);
      expect(clock.pending).to.equal(0);
      expect(registries.state('acme')).to.equal('offboarding');
      lease.release();
      expect(await running).to.include({leasesDrained: 1});
    });

    it('waits for the work of all generations that were let go before', async () => {
      const old = registries.acquire('acme');
      registries.evict('acme');
      const reloaded = registries.acquire('acme');
      const reload = registries.reload('acme');
      const young = registries.acquire('acme');
      const running = registries.offboard('acme');
      expect(await reload).to.include({ended: false, leasesLeft: 1});
      for (const lease of [young, reloaded, old]) {
        expect(lease.run(() => registries.for('acme'))).to.equal(lease.registry);
        expect(lease.registry.disposed).to.equal(false);
        lease.release();
        await nextJob();
      }
      expect(await running).to.include({generation: 3, leasesDrained: 3, leasesForced: 0});
      expect(inShort(log).filter(event => event.startsWith('ended'))).to.deep.equal(
        [1, 2, 3].map(generation => `ended acme ${generation} offboard`),
      );
    });

    it('of an evicted tenant whose work still runs counts that generation, and builds no other one', async () => {
      const lease = registries.acquire('acme');
      registries.evict('acme');
      const running = registries.offboard('acme');
      lease.release();
      expect(await running).to.include({generation: 1, leasesDrained: 1});
      expect(registries.stats().endings).to.include({manual: 0, offboard: 1});
    });

    it('does not wait for a caller within the tenant’s work, nor for the contexts around the caller', async () => {
      const other = registries.acquire('other');
      const report = await other.run(() =>
        registries.run('acme', () => TenantContext.run('other', () => registries.run('acme', () => registries.offboard('acme')))),
      );
      expect(report).to.include({leasesDrained: 0, leasesForced: 0, duration: 0});
      other.release();
      expect(registries.activeContexts('acme')).to.equal(0);
    });

    it('waits for the tenant’s other work where the caller is within the tenant’s work', async () => {
      const lease = registries.acquire('acme');
      const running = registries.run('acme', () => registries.offboard('acme', {drainTimeout: 10}));
      await clock.pass(10);
      expect(await running).to.include({leasesForced: 1, duration: 10});
      lease.release();
    });

    it('gives work that began before anything was built a registry', async () => {
      let finish!: () => void;
      const work = TenantContext.run('acme', async () => {
        await new Promise<void>(resolve => (finish = resolve));
        return registries.for('acme').disposed;
      });
      const running = registries.offboard('acme');
      finish();
      expect(await work).to.equal(false);
      expect(await running).to.include({leasesDrained: 1, generation: 1});
    });
  });

  describe('abort', () => {
    it('tells the work that is left, by its signal, with the reason', async () => {
      const lease = registries.acquire('acme');
      const seen: unknown[] = [];
      let released!: () => void;
      const work = registries.run('acme', () => {
        TenantContext.signal!.addEventListener('abort', () => seen.push('context'));
        return new Promise<void>(resolve => (released = resolve));
      });
      const {signal} = lease;
      const running = registries.offboard('acme', {drainTimeout: 10});
      await clock.pass(10);
      expect(signal.aborted).to.equal(true);
      expect(signal.reason).to.include({code: 'TENANT_OFFBOARDED', tenant: 'acme'});
      expect(seen).to.deep.equal(['context']);
      expect(await running).to.include({leasesForced: 2});
      expect(codeOf(() => lease.run(() => registries.for('acme')))).to.equal('TENANT_OFFBOARDED');
      // also who asks only now, and who is begun by it only now
      expect(lease.run(() => TenantContext.run('acme', () => TenantContext.signal!.aborted))).to.equal(true);
      lease.release();
      released();
      await work;
    });

    it('does not touch work that has ended, nor new work after a reinstatement', async () => {
      const lease = registries.acquire('acme');
      const {signal} = lease;
      const running = registries.offboard('acme', {drainTimeout: 10});
      lease.release();
      registries.reinstate('acme');
      const young = registries.acquire('acme');
      await clock.pass(10);
      await running;
      expect([signal.aborted, young.signal.aborted]).to.deep.equal([false, false]);
      young.release();
    });

    it('answers operations that are under way with the error, and counts them', async () => {
      const Customer = define();
      Customer.observe('access', () => new Promise(() => {}));
      const outcome = Customer.find().catch((error: unknown) => error);
      await nextJob();
      const running = registries.offboard('acme', {drainTimeout: 20});
      await clock.pass(20);
      expect(await outcome).to.include({code: 'TENANT_OFFBOARDED'});
      expect(await running).to.include({operationsForced: 1, leasesForced: 0});
    });

    it('lets a listener release its lease', async () => {
      const lease = registries.acquire('acme');
      lease.signal.addEventListener('abort', () => lease.release());
      const report = await registries.offboard('acme', {drainTimeout: 0});
      expect(report.leasesForced).to.equal(1);
      expect(registries.activeContexts('acme')).to.equal(0);
    });
  });

  describe('before-hooks', () => {
    it("run in the tenant's context, where its models still work, also through a datasource that follows", async () => {
      const following = tenantDataSource(registries);
      const Customer = TenantContext.run('acme', () => following.createModel('Customer', {name: String}));
      await TenantContext.run('acme', () => Customer.create({name: 'x'}));
      const seen: unknown[] = [];
      registries.beforeOffboard(async event => {
        seen.push(event, TenantContext.tenant, registries.for('acme').generation);
        seen.push(await TenantContext.run('acme', () => Customer.count()));
        seen.push(following.getModel('Customer') === Customer);
      });
      const report = await registries.offboard('acme');
      const event: OffboardingEvent = {tenant: 'acme', reason: 'offboard', models: 1, embeddedModels: 0};
      expect(seen).to.deep.equal([event, 'acme', 1, 1, true]);
      expect(seen[0]).to.be.frozen;
      expect(report).to.deep.include({models: 1, hookErrors: []});
    });

    it('run while all other work of the tenant is refused', async () => {
      define();
      let finish!: () => void;
      registries.beforeOffboard(() => new Promise<void>(resolve => (finish = resolve)));
      const running = registries.offboard('acme');
      await nextJob();
      expect(codeOf(() => registries.for('acme'))).to.equal('TENANT_OFFBOARDED');
      expect(registries.state('acme')).to.equal('offboarding');
      finish();
      await running;
    });

    it('cannot use the tenant after its classes are dropped', async () => {
      define();
      let late!: () => unknown;
      registries.beforeOffboard(() => {
        late = TenantContext.bind(() => codeOf(() => registries.for('acme')));
        return new Promise(() => {});
      });
      const running = registries.offboard('acme', {hookTimeout: 100});
      await clock.pass(100);
      const {hookErrors, steps} = await running;
      expect(String(hookErrors[0])).to.contain('did not settle within 100 ms');
      expect(steps[2].errors).to.deep.equal(hookErrors);
      expect(late()).to.equal('TENANT_OFFBOARDED');
    });

    it('get the generation that leaves, also where its tenant was reinstated and built anew meanwhile', async () => {
      registries.for('acme');
      let inside!: number;
      let finish!: () => void;
      registries.beforeOffboard(async () => {
        await new Promise<void>(resolve => (finish = resolve));
        inside = registries.for('acme').generation;
      });
      const running = registries.offboard('acme');
      await nextJob();
      registries.reinstate('acme');
      const outside = registries.for('acme');
      finish();
      await running;
      expect([inside, outside.generation]).to.deep.equal([1, 2]);
      expect(outside.disposed).to.equal(false);
      expect(registries.state('acme')).to.equal('active');
    });

    it('count as no context of the tenant', async () => {
      let active!: number;
      registries.beforeOffboard(() => void (active = registries.activeContexts('acme')));
      await registries.offboard('acme');
      expect(active).to.equal(0);
    });

    it('take functions only, and can be removed', async () => {
      for (const verb of ['beforeOffboard', 'onOffboard'] as const) {
        expect(codeOf(() => registries[verb](42 as never))).to.equal('INVALID_OPTION');
        registries[verb](() => {
          throw new Error('was removed');
        })();
      }
      expect((await registries.offboard('acme')).hookErrors).to.deep.equal([]);
    });
  });

  describe('after-hooks', () => {
    it('run in reverse order of registration; their errors come in order of registration, after those of the before-hooks', async () => {
      const ran: number[] = [];
      for (const i of [1, 2, 3]) {
        registries.onOffboard(() => {
          ran.push(i);
          throw new Error(`after ${i}`);
        });
        registries.beforeOffboard(() => Promise.reject(new Error(`before ${i}`)));
      }
      const {hookErrors, steps, errors} = await registries.offboard('acme');
      expect(ran).to.deep.equal([3, 2, 1]);
      const messages = (list: readonly unknown[]) => list.map(error => (error as Error).message);
      expect(messages(hookErrors)).to.deep.equal(['before 1', 'before 2', 'before 3', 'after 1', 'after 2', 'after 3']);
      expect(messages(steps[5].errors)).to.deep.equal(['after 1', 'after 2', 'after 3']);
      expect(errors).to.deep.equal([]);
    });

    it('find the tenant gone, and are waited for', async () => {
      define();
      let gone!: unknown;
      registries.onOffboard(async () => {
        await nextJob();
        gone = [codeOf(() => registries.for('acme')), registries.state('acme'), TenantContext.tenant];
      });
      await registries.offboard('acme');
      expect(gone).to.deep.equal(['TENANT_OFFBOARDED', 'offboarding', undefined]);
    });
  });

  it('are all done although hooks, listeners and disconnects fail or hang: the report has every error', async () => {
    const fail = (what: string) => () => {
      throw new Error(what);
    };
    registries.observe({ended: fail('observer')});
    registries.beforeOffboard(fail('before'));
    registries.beforeOffboard(() => new Promise(() => {}));
    registries.onOffboard(fail('after'));
    registries.onOffboard(() => new Promise(() => {}));
    const [throwing, hanging] = [tenantDataSource(registries, 'acme'), tenantDataSource(registries, 'acme')];
    await nextJob();
    throwing.connector.disconnect = fail('disconnect');
    hanging.connector.disconnect = () => {};
    const running = registries.offboard('acme', {drainTimeout: 0, hookTimeout: 100});
    await clock.pass(1_000);
    const report = await running;
    const texts = (errors: readonly unknown[]) => errors.map(error => inspect(error));
    expect(report.dataSources).to.equal(0);
    expect(report.duration).to.equal(300);
    expect(texts(report.hookErrors).map(text => /before|after|within 100 ms/.exec(text)?.[0])).to.deep.equal([
      'before',
      'within 100 ms',
      'after',
      'within 100 ms',
    ]);
    expect(texts(report.errors).map(text => /observer|Error: disconnect|within 100 ms/.exec(text)?.[0])).to.deep.equal([
      'observer',
      'Error: disconnect',
      'within 100 ms',
    ]);
    expect(report.steps.map(({errors}) => errors.length)).to.deep.equal([0, 0, 2, 1, 2, 2]);
    expect(registries.state('acme')).to.equal('offboarded');
  });

  describe('with retry', () => {
    it('run again only where they failed', async () => {
      const ran: string[] = [];
      let broken = true;
      const hook = (name: string, fails: boolean) => () => {
        ran.push(name);
        if (fails && broken) throw new Error(name);
      };
      registries.beforeOffboard(hook('before, good', false));
      registries.beforeOffboard(hook('before, bad', true));
      registries.onOffboard(hook('after, good', false));
      registries.onOffboard(hook('after, bad', true));
      const dataSources = [tenantDataSource(registries, 'acme'), tenantDataSource(registries, 'acme')];
      await nextJob();
      const {disconnect} = dataSources[1].connector;
      dataSources[1].connector.disconnect = hook('disconnect', true);
      const first = await registries.offboard('acme');
      expect(first).to.include({dataSources: 1});
      expect([first.errors.length, first.hookErrors.length]).to.deep.equal([1, 2]);
      ran.length = 0;
      expect(await registries.offboard('acme')).to.equal(first);
      expect(ran).to.deep.equal([]);

      const again = await registries.offboard('acme', {retry: true});
      expect(ran).to.deep.equal(['before, bad', 'disconnect', 'after, bad']);
      expect(again).not.to.equal(first);
      expect(again).to.include({dataSources: 1});

      broken = false;
      dataSources[1].connector.disconnect = disconnect;
      const [third, same] = await Promise.all([
        registries.offboard('acme', {retry: true}),
        registries.offboard('acme', {retry: true}),
      ]);
      expect(same).to.equal(third);
      expect(third).to.deep.include({dataSources: 2, errors: [], hookErrors: [], models: first.models, generation: 1});
      expect(third.steps.map(({step}) => step)).to.deep.equal(['before-hooks', 'disconnect', 'after-hooks']);
      expect(dataSources[1].connected).to.equal(false);
      expect(await registries.offboard('acme', {retry: true})).to.equal(third);
      expect(registries.stats().offboarded).to.equal(1);
    });

    it('do not run again where nothing failed', async () => {
      const report = await registries.offboard('acme');
      expect(await registries.offboard('acme', {retry: true})).to.equal(report);
    });

    it('keep no class of the tenant alive for the retry', async () => {
      registries.onOffboard(() => {
        throw new Error('down');
      });
      const work = leaseAndOffboard();
      await work;
      await nextJob();
      expect(registries.findLeaks()).to.deep.equal([]);
    });

    async function leaseAndOffboard(): Promise<void> {
      define();
      const lease = registries.acquire('acme');
      const running = registries.offboard('acme', {drainTimeout: 5});
      lease.release();
      await running;
    }

    it('are done before a later offboarding of the same tenant', async () => {
      const ran: string[] = [];
      let finish = () => {};
      registries.onOffboard(async () => {
        ran.push('begin');
        if (ran.length === 1) throw new Error('down');
        await new Promise<void>(resolve => (finish = resolve));
        ran.push('end');
      });
      await registries.offboard('acme');
      const retried = registries.offboard('acme', {retry: true});
      await nextJob();
      registries.reinstate('acme');
      registries.for('acme');
      const second = registries.offboard('acme');
      await nextJob();
      expect(ran).to.deep.equal(['begin', 'begin']);
      finish();
      await retried;
      await nextJob();
      finish();
      await second;
      expect(ran).to.deep.equal(['begin', 'begin', 'end', 'begin', 'end']);
      expect(registries.state('acme')).to.equal('offboarded');
    });
  });

  describe('with onlySuspended', () => {
    it('are an error for any tenant that still takes work', () => {
      registries.for('acme');
      for (const tenant of ['acme', 'unknown']) {
        expect(codeOf(() => registries.offboard(tenant, {onlySuspended: true}))).to.equal('TENANT_NOT_SUSPENDED');
      }
      expect(registries.state('acme')).to.equal('active');
      expect(registries.stats().offboarded).to.equal(0);
    });

    it('are done for a suspended one, and the second call gets the same report', async () => {
      await registries.suspend('acme');
      const running = registries.offboard('acme', {onlySuspended: true});
      expect(registries.offboard('acme', {onlySuspended: true})).to.equal(running);
      const report = await running;
      expect(await registries.offboard('acme', {onlySuspended: true})).to.equal(report);
    });
  });

  describe('of a tenant that was reinstated while they were under way', () => {
    async function twice(first: object, second: object, before: () => void = () => {}) {
      const leases = [registries.acquire('acme')];
      const one = registries.offboard('acme', first);
      registries.reinstate('acme');
      leases.push(registries.acquire('acme'));
      before();
      const two = registries.offboard('acme', second);
      await nextJob();
      return {leases, one, two};
    }

    it('go on beside the new work', async () => {
      const lease = registries.acquire('acme');
      const running = registries.offboard('acme');
      expect(registries.reinstate('acme')).to.equal(true);
      expect(registries.state('acme')).to.equal('leaving');
      const next = registries.for('acme');
      expect(next.generation).to.equal(2);
      expect(lease.run(() => registries.for('acme'))).to.equal(lease.registry);
      expect(registries.getMemoryStats().tenants).to.include({offboarding: 0, offboarded: 0});
      lease.release();
      expect(await running).to.include({generation: 1, leasesDrained: 1});
      expect([registries.state('acme'), next.disposed]).to.deep.equal(['active', false]);
    });

    it('leave each piece of work its generation and its deadline in a second offboarding', async () => {
      const {leases, one, two} = await twice({drainTimeout: 1_000}, {drainTimeout: 2_000});
      await clock.pass(900);
      for (const lease of leases) {
        expect(lease.registry.disposed).to.equal(false);
        expect(lease.signal.aborted).to.equal(false);
        expect(lease.run(() => registries.for('acme'))).to.equal(lease.registry);
      }
      await clock.pass(100);
      expect(leases.map(({signal}) => signal.aborted)).to.deep.equal([true, false]);
      expect(leases.map(({registry}) => registry.disposed)).to.deep.equal([true, false]);
      expect(await one).to.include({generation: 1, leasesForced: 1, duration: 1_000});
      leases[1].release();
      leases[0].release();
      expect(await two).to.include({generation: 2, leasesForced: 0});
      expect(registries.state('acme')).to.equal('offboarded');
    });

    it('come before those of the second one', async () => {
      const reports: (OffboardingReport | number)[] = [];
      registries.onOffboard(() => void reports.push(clock.now()));
      const {leases, one, two} = await twice({drainTimeout: 1_000}, {drainTimeout: 0});
      void one.then(report => reports.push(report));
      expect(reports).to.deep.equal([]);
      await clock.pass(1_000);
      await two;
      expect(reports.slice(0, 2)).to.deep.equal([1_000, await one]);
      expect(inShort(log).filter(event => event.startsWith('ended'))).to.deep.equal([
        'ended acme 1 offboard',
        'ended acme 2 offboard',
      ]);
      for (const lease of leases) lease.release();
      expect(registries.stats()).to.include({leaving: 0, offboarded: 2});
    });

    it('build no generation for the earlier work where no registry was built since', async () => {
      const lease = registries.acquire('acme');
      const one = registries.offboard('acme');
      registries.reinstate('acme');
      const two = registries.offboard('acme');
      lease.release();
      expect(await one).to.include({generation: 1});
      expect(await two).to.include({generation: undefined});
    });
  });

  it('return a frozen report', async () => {
    define();
    const report = await registries.offboard('acme');
    expect(Object.keys(report).sort()).to.deep.equal(
      [
        'tenant',
        'found',
        'generation',
        'models',
        'embeddedModels',
        'dataSources',
        'leasesDrained',
        'leasesForced',
        'operationsForced',
      ]
        .concat(['hookErrors', 'errors', 'steps', 'duration'])
        .sort(),
    );
    expect(report).to.include({generation: 1, models: 1, embeddedModels: 1, dataSources: 1});
    for (const part of [report, report.errors, report.hookErrors]) expect(part).to.be.frozen;
  });

  it('refuse unknown options and bad values', () => {
    const bad = [
      null,
      42,
      {drainTimeout: -1},
      {drainTimeout: NaN},
      {hookTimeout: '1'},
      {verify: 1},
      {onlySuspended: 'yes'},
      {mustExist: 1},
      {x: 1},
    ];
    for (const options of bad)
      expect(
        codeOf(() => registries.offboard('acme', options as never)),
        inspect(options),
      ).to.equal('INVALID_OPTION');
    expect(codeOf(() => registries.offboard(''))).to.equal('INVALID_TENANT_CODE');
    expect(registries.state('acme')).to.equal('unbuilt');
  });
});
