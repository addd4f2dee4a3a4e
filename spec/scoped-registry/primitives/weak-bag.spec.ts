import {expect} from 'chai';
import {collectGarbage} from '../../../lib/lifecycle/generations/garbage-collection';
import {WeakBag} from '../../../lib/scoped-registry/primitives/weak-bag';
import {nextJob} from '../../support/live-classes';
import {liveWeakRefs} from '../../support/weak-references';

const KEPT = 10;
const ITEMS_PER_JOB = 20;

describe('A weak bag', () => {
  it('has no more references than twice the most items that lived at once, however many come and go', async () => {
    const before = liveWeakRefs();
    const bag = new WeakBag<object>();
    const kept = Array.from({length: KEPT}, () => ({}));
    for (const item of kept) bag.add(item);
    for (let job = 0; job < 10; job++) {
      for (let i = 0; i < ITEMS_PER_JOB; i++) bag.add({});
      await nextJob();
      collectGarbage();
    }
    expect(liveWeakRefs() - before).to.be.within(KEPT, 2 * (KEPT + ITEMS_PER_JOB));
    expect([...bag]).to.deep.equal(kept);
    expect(bag.isEmpty()).to.equal(false);
  });

  it('has each item once', () => {
    const bag = new WeakBag<object>();
    const [one, other] = [{}, {}];
    for (const item of [one, other, one, other, one]) bag.add(item);
    expect([...bag]).to.have.ordered.members([one, other]);
  });
});
