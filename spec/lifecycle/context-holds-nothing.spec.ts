import {EventEmitter} from 'node:events';
import {queryObjects} from 'node:v8';
import {expect} from 'chai';
import {TenantContext, TenantRegistries, type Context} from '../../lib/index';
import {allActiveContexts, Cohort, tenantsAtWork} from '../../lib/lifecycle/cohort';
import {Context as ContextClass} from '../../lib/lifecycle/context';
import {deferred} from '../support/deferred';
import {liveClasses, nextJob} from '../support/live-classes';
import {tenantDataSource, useShop} from '../support/service';

class Value {}
const nothing = () => {};

const alive = (type: abstract new (...args: never[]) => unknown) => queryObjects(type, {format: 'count'});

describe('A context that has ended', () => {
  it('holds no class, no value, no listener and no callback, whoever has captured it', async () => {
    const registries = new TenantRegistries();
    const dataSource = tenantDataSource(registries);
    const captured: unknown[] = [];
    const before = {classes: liveClasses(), values: alive(Value)};

    // a function of its own: those that are made in one share what they refer to
    const capture = () => {
      captured.push(TenantContext.current, TenantContext.bind(nothing), TenantContext.bindEmitter(new EventEmitter()));
      captured.push(setTimeout(nothing, 60_000));
    };
    const work = async () => {
      TenantContext.set('model', dataSource.models.Customer);
      TenantContext.set('value', new Value());
      const held = new Value();
      TenantContext.signal!.addEventListener('abort', () => void held);
      TenantContext.current!.onEnd(() => void held);
      capture();
      await nextJob();
    };
    await TenantContext.run('globex', async () => {
      TenantContext.set('value', new Value());
      await TenantContext.run('acme', async () => {
        await useShop(dataSource);
        await TenantContext.run('acme', work);
      });
    });
    await registries.offboard('acme');
    await nextJob();

    expect(liveClasses() - before.classes).to.equal(0);
    expect(alive(Value) - before.values).to.equal(0);
    clearTimeout(captured[3] as NodeJS.Timeout);
  });

  it('holds none of the contexts around it', async () => {
    const before = alive(ContextClass);
    const captured = await (async () =>
      TenantContext.run('globex', () =>
        TenantContext.run('acme', () => TenantContext.run('acme', () => TenantContext.current)),
      ))();
    for (let turn = 0; turn < 3; turn++) await nextJob();
    expect(alive(ContextClass) - before).to.equal(1);
    expect(captured).to.have.property('ended', true);
  });

  it('does not hold registries that everybody has dropped, though they followed it', async () => {
    const before = alive(TenantRegistries);
    const captured = (() => {
      const registries = new TenantRegistries({lastContextGrace: 60_000});
      return TenantContext.run('acme', () => {
        registries.current();
        void registries.suspend('acme');
        return TenantContext.current;
      });
    })();
    await nextJob();
    await nextJob();
    expect(alive(TenantRegistries) - before).to.equal(0);
    expect(captured).to.have.property('ended', true);
  });

  it('does not pile up where each context begins the next one', async () => {
    const before = alive(ContextClass);
    let most = 0;
    const next = async (left: number): Promise<void> => {
      await nextJob();
      if (left % 20 === 0) most = Math.max(most, alive(ContextClass) - before);
      // the next one begins in this one, which ends at once
      if (left > 0) done = TenantContext.run('acme', next, left - 1);
      else finished.resolve();
    };
    const finished = deferred();
    let done = TenantContext.run('acme', next, 100);
    await finished.promise;
    await done;
    expect(most).to.be.at.most(6);
  });
});

describe('Contexts and leases leave nothing behind', () => {
  it('the numbers and the maps are as before when all have ended', async () => {
    const registries = new TenantRegistries({max: 5});
    expect([allActiveContexts(), tenantsAtWork().size]).to.deep.equal([0, 0]);
    const before = {cohorts: alive(Cohort), contexts: alive(ContextClass)};
    await (async () => {
      const gates: (() => void)[] = [];
      const work = Array.from({length: 40}, (_, index) =>
        registries.run(`tenant${index % 10}`, () => new Promise<void>(resolve => gates.push(resolve))),
      );
      const leases = Array.from({length: 10}, (_, index) => registries.acquire(`tenant${index}`));
      for (let index = 0; index < 10; index++) registries.evict(`tenant${index}`);
      const reports = [registries.reload('tenant0'), registries.suspend('tenant1'), registries.offboard('tenant2')];
      expect([allActiveContexts(), tenantsAtWork().size]).to.deep.equal([50, 10]);
      expect(registries.getMemoryStats().activeContexts).to.equal(50);
      for (const open of gates) open();
      for (const lease of leases) lease.release();
      await Promise.all([...work, ...reports]);
    })();
    expect([allActiveContexts(), tenantsAtWork().size, registries.stats().leaving]).to.deep.equal([0, 0, 0]);
    for (let turn = 0; turn < 3; turn++) await nextJob();
    // the drain of the suspended tenant lists what it waited for
    expect(alive(Cohort) - before.cohorts).to.be.at.most(5);
    expect(alive(ContextClass) - before.contexts).to.equal(0);
  });

  it('a context that does not settle does not hold a registry that has ended', async () => {
    const {promise, resolve} = deferred();
    const registries = new TenantRegistries();
    const dataSource = tenantDataSource(registries);
    const before = liveClasses();
    let context: Context | undefined;
    const hung = TenantContext.run('hangs', async () => {
      context = TenantContext.current;
      await useShop(dataSource);
      await promise;
    });
    while (!dataSource.models || registries.peek('hangs')?.stats().embeddedModels !== 4) await nextJob();
    for (let turn = 0; turn < 50; turn++) await nextJob();
    const report = await registries.offboard('hangs', {drainTimeout: 0, verify: true});
    expect(report).to.include({leasesForced: 1, survivors: 0});
    expect(liveClasses() - before).to.equal(0);
    expect(context!.ended).to.equal(false);
    expect(registries.findLeaks()).to.deep.equal([]);
    resolve();
    await hung;
  });

  it('a context that does not settle holds the generation that it began with, and none of the later ones', async () => {
    const {promise, resolve} = deferred();
    const registries = new TenantRegistries();
    const numbers: (number | undefined)[] = [];
    void registries.run('hangs-too', () => promise);
    for (let round = 0; round < 4; round++) {
      registries.for('hangs-too');
      const report = await registries.reload('hangs-too', {drainTimeout: 0});
      numbers.push(report.ended ? undefined : report.leasesLeft);
    }
    expect(numbers).to.deep.equal([1, undefined, undefined, undefined]);
    await registries.offboard('hangs-too', {drainTimeout: 0});
    resolve();
    await nextJob();
  });
});
