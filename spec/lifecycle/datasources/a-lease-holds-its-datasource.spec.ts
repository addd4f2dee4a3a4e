import {expect} from 'chai';
import fc from 'fast-check';
import {TenantContext, TenantDataSources, TenantRegistries, type Lease, type TenantDataSourcesOptions} from '../../../lib/index';
import {assertProperty} from '../../support/assert-property';
import {deferred} from '../../support/deferred';
import {FakeClock} from '../../support/fake-clock';
import {FakeServer} from '../../support/fake-server';
import {nextJob} from '../../support/live-classes';
import {settled} from '../../support/settling';
import type {AnyDataSource} from '../../support/service';
import {keepingConnector} from '../../support/keeping-connector';

describe('A datasource that work was given stays open until the context or lease of that work has ended', () => {
  let registries: TenantRegistries;
  let server: FakeServer;

  beforeEach(() => {
    registries = new TenantRegistries();
    server = new FakeServer();
  });
  afterEach(() => registries.dispose());

  const sourcesOf = (options: Partial<TenantDataSourcesOptions> = {}) =>
    new TenantDataSources({
      registries,
      create: () => ({connector: keepingConnector(server.connector), connectionTimeout: 50}),
      ...options,
    });
  const noteIn = (dataSource: AnyDataSource) => dataSource.models.Note ?? dataSource.createModel('Note', {text: String});
  const use = (dataSource: AnyDataSource) => noteIn(dataSource).create({text: 'x'});

  it('max is passed for that time, and the datasource is closed at once when the lease ends', async () => {
    const sources = sourcesOf({max: 1});
    const lease = registries.acquire('a');
    const dataSource = await lease.run(() => sources.ensure('a'));
    for (const tenant of ['b', 'c']) await sources.ensure(tenant);
    await nextJob();
    expect(sources.stats()).to.include({open: 1, over: 1});
    expect(await lease.run(() => use(dataSource))).to.include({text: 'x'});
    expect(server.open).to.equal(2);
    lease.release();
    expect(sources.stats()).to.deep.include({open: 1, over: 0, closed: {lru: 2, idle: 0, manual: 0, reload: 0, ended: 0}});
    await nextJob();
    expect(dataSource.connected).to.equal(false);
    expect(server.open).to.equal(1);
  });

  it('idleTtl begins when the lease has ended', async () => {
    const clock = new FakeClock();
    const sources = sourcesOf({idleTtl: 1_000, clock});
    const lease = registries.acquire('a');
    const dataSource = await lease.run(() => sources.ensure('a'));
    clock.passAtOnce(10_000);
    expect(sources.stats()).to.include({open: 1});
    expect(await use(dataSource)).to.include({text: 'x'});
    lease.release();
    clock.passAtOnce(900);
    expect(sources.stats()).to.include({open: 1});
    clock.passAtOnce(2_000);
    expect(sources.stats()).to.include({open: 0});
  });

  const begin: Record<string, (sources: TenantDataSources, goOn: Promise<void>) => Promise<unknown>> = {
    'a context': (sources, goOn) =>
      TenantContext.run('a', async () => {
        const dataSource = sources.get('a');
        await goOn;
        return use(dataSource);
      }),
    'a context, by work of another tenant within it': (sources, goOn) =>
      TenantContext.run('a', async () => {
        const dataSource = TenantContext.run('z', () => sources.get('a'));
        await goOn;
        return use(dataSource);
      }),
    'the context around a context that was given it and has ended': (sources, goOn) =>
      TenantContext.run('a', async () => {
        const dataSource = await TenantContext.run('a', () => sources.ensure('a'));
        await goOn;
        return use(dataSource);
      }),
    'a context that outlives the one around it': async (sources, goOn) => {
      let inner!: Promise<unknown>;
      TenantContext.run('a', () => {
        inner = TenantContext.run('a', async () => {
          const dataSource = sources.get('a');
          await goOn;
          return use(dataSource);
        });
      });
      return inner;
    },
    'a context that waits within another tenant’s': (sources, goOn) =>
      TenantContext.run('a', async () => {
        const dataSource = sources.get('a');
        await TenantContext.run('z', () => goOn);
        return use(dataSource);
      }),
    'work in flight of a generation that was evicted': async (sources, goOn) => {
      const work = TenantContext.run('a', async () => {
        registries.for('a');
        const dataSource = sources.get('a');
        await goOn;
        return use(dataSource);
      });
      registries.evict('a');
      return work;
    },
  };
  for (const [holder, work] of Object.entries(begin)) {
    it(`the holder is ${holder}`, async () => {
      const sources = sourcesOf({max: 1});
      const {promise, resolve} = deferred<void>();
      const working = work(sources, promise);
      for (const tenant of ['b', 'c']) await sources.ensure(tenant);
      await nextJob();
      expect(server.open).to.equal(2);
      resolve();
      expect(await working).to.include({text: 'x'});
      await nextJob();
      expect(server.open).to.equal(1);
    });
  }

  it('work that outlives its context holds nothing', async () => {
    const sources = sourcesOf({max: 1});
    let late!: () => Promise<unknown>;
    TenantContext.run('a', () => (late = TenantContext.bind(() => sources.ensure('a'))));
    await late();
    await sources.ensure('b');
    await nextJob();
    expect(sources.stats()).to.include({open: 1, over: 0});
    expect(server.open).to.equal(1);
  });

  it('close waits for the lease too, but not for the work that calls it', async () => {
    const sources = sourcesOf();
    const lease = registries.acquire('a');
    const before = await lease.run(() => sources.ensure('a'));
    let isClosed = false;
    const closing = TenantContext.run('a', async () => {
      sources.get('a');
      await sources.close('a');
      isClosed = true;
    });
    expect(sources.get('a')).not.to.equal(before);
    await nextJob();
    expect([isClosed, before.connected]).to.deep.equal([false, true]);
    lease.release();
    await settled(closing);
    expect(before.connected).to.equal(false);

    // alone, and with a context around the caller's
    for (const nested of [false, true]) {
      const call = async () => (sources.get('a'), sources.close('a'));
      const alone = TenantContext.run('a', async () => (sources.get('a'), nested ? TenantContext.run('a', call) : call()));
      expect(await settled(alone)).to.equal(true);
    }
  });

  it('a reload closes it with the last of its work, and an offboarding ends it at the deadline', async () => {
    const sources = sourcesOf();
    const lease = registries.acquire('a');
    const dataSource = await lease.run(() => sources.ensure('a'));
    const reloading = registries.reload('a');
    await sources.ensure('a');
    expect(server.open).to.equal(2);
    lease.release();
    await reloading;
    await nextJob();
    expect([server.open, dataSource.connected]).to.deep.equal([1, false]);

    const forced = registries.acquire('a');
    forced.run(() => sources.get('a'));
    expect(await registries.offboard('a', {drainTimeout: 0})).to.include({leasesForced: 1, dataSources: 1});
    expect(server.open).to.equal(0);
    forced.release();
    expect(sources.stats()).to.include({open: 0, over: 0});
  });

  it('a context that never ends keeps nothing of the datasources that failed meanwhile', async () => {
    const sources = sourcesOf();
    const lease = registries.acquire('a');
    server.mode = 'down';
    const failed: WeakRef<object>[] = [];
    for (let attempt = 0; attempt < 20; attempt++) {
      failed.push(new WeakRef(lease.run(() => sources.get('a'))));
      await lease.run(() => sources.ensure('a')).catch(() => {});
    }
    for (let turn = 0; turn < 5; turn++) {
      await nextJob();
      global.gc?.();
    }
    // V8 may keep the last one a little longer
    if (global.gc) expect(failed.filter(ref => ref.deref()).length).to.be.at.most(2);
    lease.release();
  });

  it('in any order of gets, uses, ends and closes, no work meets a closed datasource, and none stays open for nothing', async () => {
    interface Work {
      readonly tenant: string;
      readonly lease: Lease;
      readonly dataSources: Set<AnyDataSource>;
    }
    const tenants = ['a', 'b', 'c', 'd'];
    const steps = fc.array(
      fc.record({
        verb: fc.constantFrom('begin', 'nest', 'get', 'get', 'use', 'use', 'end', 'close', 'evict'),
        pick: fc.nat(30),
        tenant: fc.constantFrom(...tenants),
      }),
      {minLength: 5, maxLength: 40},
    );
    await assertProperty(
      fc.asyncProperty(steps, fc.integer({min: 1, max: 3}), async (walk, max) => {
        const fake = new FakeServer();
        const own = new TenantRegistries();
        const sources = new TenantDataSources({registries: own, max, create: () => ({connector: fake.connector})});
        const works: Work[] = [];
        for (const {verb, pick, tenant} of walk) {
          const work = works[pick % Math.max(1, works.length)];
          if (verb === 'begin') works.push({tenant, lease: own.acquire(tenant), dataSources: new Set()});
          else if (verb === 'close') void sources.close(tenant);
          else if (verb === 'evict') own.evict(tenant);
          else if (!work) continue;
          else if (verb === 'nest')
            works.push({
              tenant: work.tenant,
              lease: work.lease.run(() => own.acquire(work.tenant)),
              dataSources: new Set(),
            });
          else if (verb === 'get') work.dataSources.add(await work.lease.run(() => sources.ensure(work.tenant)));
          else if (verb === 'use') {
            for (const dataSource of work.dataSources)
              await work.lease.run(
                () => new Promise<void>((resolve, reject) => dataSource.ping((e?: Error) => (e ? reject(e) : resolve()))),
              );
            for (const dataSource of work.dataSources) expect(dataSource.connected).to.equal(true);
          } else {
            work.lease.release();
            works.splice(works.indexOf(work), 1);
          }
        }
        for (const {lease} of works) lease.release();
        await nextJob();
        await nextJob();
        expect(sources.stats()).to.include({over: 0});
        expect(fake.open).to.equal(sources.stats().open).and.be.at.most(max);
        await own.dispose();
        expect(fake.open).to.equal(0);
      }),
      60,
    );
  });
});
