import {execFileSync} from 'node:child_process';
import path from 'node:path';
import {queryObjects} from 'node:v8';
import {expect} from 'chai';
import {TenantContext, TenantRegistries} from '../../../lib/index';
import {collectGarbage} from '../../../lib/lifecycle/generations/garbage-collection';
import {deferred} from '../../support/deferred';
import {nextJob} from '../../support/live-classes';
import {steps} from '../../support/steps';

describe('What a context costs', () => {
  const registries = new TenantRegistries({max: 10_000});

  // a context tells all registries with a grace period that it was the last one, also those that an earlier file has dropped: collect these
  before(async () => {
    await nextJob();
    collectGarbage();
  });

  /** Entering and leaving, as work does and by hand. */
  const visits: Record<string, () => void> = {
    'TenantContext.run': () => TenantContext.run('acme', () => {}),
    'a nested TenantContext.run': () => TenantContext.run('acme', () => TenantContext.run('acme', () => {})),
    'registries.run': () => registries.run('acme', () => {}),
    'registries.acquire': () => registries.acquire('acme').release(),
  };

  for (const [title, visit] of Object.entries(visits)) {
    it(`${title}: the same with thousands of other tenants and contexts as with none`, () => {
      registries.for('acme');
      visit();
      const alone = steps(visit);
      expect(alone).to.be.within(1, 40);
      const finished = Array.from({length: 3_000}, (_, index) => registries.acquire(`tenant${index}`));
      // the tenant that was at work last costs least
      visit();
      expect(steps(visit)).to.equal(alone);
      for (const lease of finished) lease.release();
      // and of its own tenant
      const own = Array.from({length: 3_000}, () => registries.acquire('acme'));
      expect(steps(visit)).to.be.at.most(alone);
      for (const lease of own) lease.release();
    });
  }

  it('one map look-up for a recent tenant, none for the latest one, and no walk over tenants', () => {
    // in a process without registries that are told of each last context
    const script = path.join(__dirname, '../../support/steps-of-a-context.js');
    const counts: unknown = JSON.parse(execFileSync(process.execPath, [script], {encoding: 'utf8'}));
    // and each time the end of the arguments is reached
    expect(counts).to.deep.equal({run: 1 + 1, again: 1, nested: 2});
  });

  it('the last of many contexts costs at its end what any other one does', () => {
    const [alone, amongMany] = [1, 3_000].map(contexts => {
      const leases = Array.from({length: contexts}, () => registries.acquire('acme'));
      const last = leases.pop()!;
      for (const lease of leases) lease.release();
      return steps(() => last.release());
    });
    expect(amongMany).to.equal(alone);
  });

  it('no function is made for a context', () => {
    const functions = () => queryObjects(Function, {format: 'count'});
    const open = (contexts: number, counted = functions) => {
      const leases = Array.from({length: contexts}, () => registries.acquire('acme'));
      TenantContext.run('acme', () => TenantContext.current!.get('key'));
      const count = counted();
      for (const lease of leases) lease.release();
      return count;
    };
    open(10, () => 0);
    expect(open(2_000) - open(10)).to.be.within(-20, 20);
  });

  it('no function is made for a context that waits for a promise', async () => {
    const functions = () => queryObjects(Function, {format: 'count'});
    const open = async (contexts: number, counted = functions) => {
      const before = counted();
      const {promise, resolve} = deferred();
      const waiting = Array.from({length: contexts}, () => TenantContext.run('acme', () => promise));
      const made = counted() - before;
      resolve();
      await Promise.all(waiting);
      return made;
    };
    await open(10, () => 0);
    expect(await open(1_000)).to.be.within(-20, 20);
    expect(TenantContext.activeContexts('acme')).to.equal(0);
  });
});
