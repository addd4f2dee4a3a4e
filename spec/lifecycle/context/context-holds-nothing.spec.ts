import {EventEmitter} from 'node:events';
import {queryObjects} from 'node:v8';
import {expect} from 'chai';
import {TenantContext, TenantRegistries, type Context} from '../../../lib/index';
import {allActiveContexts, Cohort, MOST_IDLE_COHORTS, tenantsAtWork} from '../../../lib/lifecycle/context/cohort';
import {Context as ContextClass} from '../../../lib/lifecycle/context/context';
import {deferred} from '../../support/deferred';
import {liveClasses, nextJob} from '../../support/live-classes';
import {liveCohorts} from '../../support/live-cohorts';
import {until} from '../../support/settling';
import {keepingDataSource} from '../../support/keeping-connector';
import {useShop} from '../../support/service';
import {sizeOf, survivorsOf} from '../../support/weak-count';

/** What is kept in contexts. */
const values = new WeakSet();
class Value {
  constructor() {
    values.add(this);
  }
}
const nothing = () => {};

const alive = (type: abstract new (...args: never[]) => unknown) => queryObjects(type, {format: 'count'});

describe('A context that has ended', () => {
  it('holds no class, no value, no listener and no callback, even if code has captured it', async () => {
    const registries = new TenantRegistries();
    const dataSource = keepingDataSource(registries);
    const captured: unknown[] = [];
    const before = liveClasses();

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

    expect(liveClasses() - before).to.equal(0);
    expect(survivorsOf(values)).to.equal(0);
    clearTimeout(captured[3] as NodeJS.Timeout);
  });

  it('holds none of the contexts around it', async () => {
    const contexts = new WeakSet();
    const note = () => {
      contexts.add(TenantContext.current!);
      return TenantContext.current;
    };
    const captured = await (async () =>
      TenantContext.run('globex', () => {
        note();
        return TenantContext.run('acme', () => {
          note();
          return TenantContext.run('acme', note);
        });
      }))();
    expect(sizeOf(contexts)).to.equal(3);
    for (let turn = 0; turn < 3; turn++) await nextJob();
    expect(survivorsOf(contexts, 1)).to.equal(1);
    expect(captured).to.have.property('ended', true);
  });

  it('does not keep dropped registries alive that followed it', async () => {
    const followers = new WeakSet();
    const captured = (() => {
      const registries = new TenantRegistries({lastContextGrace: 60_000});
      followers.add(registries);
      return TenantContext.run('acme', () => {
        registries.current();
        void registries.suspend('acme');
        return TenantContext.current;
      });
    })();
    await nextJob();
    await nextJob();
    expect(survivorsOf(followers)).to.equal(0);
    expect(captured).to.have.property('ended', true);
  });

  it('is collected where each context begins the next one', async () => {
    const before = alive(ContextClass);
    const contexts = new WeakSet();
    let most = 0;
    const next = async (left: number): Promise<void> => {
      contexts.add(TenantContext.current!);
      await nextJob();
      if (left % 20 === 0) most = Math.max(most, survivorsOf(contexts));
      if (left === 50) most = Math.max(most, alive(ContextClass) - before);
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
  it('counters and maps are as before when all contexts and leases have ended', async () => {
    const registries = new TenantRegistries({max: 5});
    expect([allActiveContexts(), tenantsAtWork().size]).to.deep.equal([0, 0]);
    const before = {contexts: alive(ContextClass), cohorts: liveCohorts()};
    const tenants = Array.from({length: 10}, (_, index) => `tenant${index}`);
    // their cohorts are there already
    for (const tenant of tenants) TenantContext.run(tenant, nothing);
    await (async () => {
      const gates: (() => void)[] = [];
      const work = Array.from({length: 40}, (_, index) =>
        registries.run(tenants[index % 10], () => new Promise<void>(resolve => gates.push(resolve))),
      );
      const leases = tenants.map(tenant => registries.acquire(tenant));
      for (const tenant of tenants) registries.evict(tenant);
      const reports = [registries.reload('tenant0'), registries.suspend('tenant1'), registries.offboard('tenant2')];
      expect([allActiveContexts(), tenantsAtWork().size]).to.deep.equal([50, 10]);
      expect(registries.getMemoryStats().activeContexts).to.equal(50);
      for (const open of gates) open();
      for (const lease of leases) lease.release();
      await Promise.all([...work, ...reports]);
      // lines with nothing behind them
      for (const tenant of tenants.slice(3)) {
        registries.run(tenant, nothing);
        registries.evict(tenant);
      }
    })();
    expect([allActiveContexts(), tenantsAtWork().size, registries.stats().leaving]).to.deep.equal([0, 0, 0]);
    for (let turn = 0; turn < 3; turn++) await nextJob();
    expect(alive(ContextClass) - before.contexts).to.equal(0);
    // the drain of the suspended tenant lists what it waited for
    expect(liveCohorts() - before.cohorts).to.be.at.most(5);
  });

  it('empty cohorts are kept for MOST_IDLE_COHORTS tenants at most, those that worked last', () => {
    const visit = (tenant: string) => {
      let cohort!: Cohort;
      TenantContext.run(tenant, () => (cohort = TenantContext.current!.cohort));
      return cohort;
    };
    const visitors = Array.from({length: 3 * MOST_IDLE_COHORTS}, (_, index) => `visitor${index}`);
    const before = liveCohorts();
    const first = visit('visitor0');
    visitors.forEach(tenant => void visit(tenant));
    expect(alive(Cohort)).to.equal(before + MOST_IDLE_COHORTS + 1);
    expect(visit('visitor0')).not.to.equal(first);
    // one of them had to go for that
    const latest = visitors.slice(1 - MOST_IDLE_COHORTS);
    const known = latest.map(visit);
    expect(latest.map(visit)).to.have.ordered.members(known);
    visitors.forEach(tenant => void visit(tenant));
    expect(latest.map(visit)).not.to.include.members(known);
    expect([allActiveContexts(), tenantsAtWork().size]).to.deep.equal([0, 0]);
  });

  it('a tenant that works on while a thousand others come and go is counted as before, and its cohort kept afterwards', () => {
    const registries = new TenantRegistries();
    TenantContext.run('works-on', nothing);
    const lease = registries.acquire('works-on');
    const visitors = (round: string) => {
      for (let index = 0; index < 2 * MOST_IDLE_COHORTS; index++) TenantContext.run(`${round}${index}`, nothing);
    };
    visitors('before');
    expect(registries.activeContexts('works-on')).to.equal(1);
    lease.release();
    expect(registries.activeContexts('works-on')).to.equal(0);
    const cohort = () => TenantContext.run('works-on', () => TenantContext.current!.cohort);
    const known = cohort();
    expect(cohort()).to.equal(known);
    visitors('after');
    expect(cohort()).not.to.equal(known);
  });

  it('a context that does not settle does not hold a registry that has ended', async () => {
    const {promise, resolve} = deferred();
    const registries = new TenantRegistries();
    const dataSource = keepingDataSource(registries);
    const before = liveClasses();
    let context: Context | undefined;
    const hung = TenantContext.run('hangs', async () => {
      context = TenantContext.current;
      await useShop(dataSource);
      await promise;
    });
    await until(() => dataSource.models && registries.peek('hangs')?.stats().embeddedModels === 4);
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
