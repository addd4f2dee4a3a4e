import {expect} from 'chai';
import {WeakBag} from '../../../lib/scoped-registry/primitives/weak-bag';
import {CountedReferences} from '../../support/counted-references';

const KEPT = 10;
const ITEMS = 20;

describe('A weak bag', () => {
  it('has no more references than twice the most items that lived at once, however many come and go', () => {
    const references = new CountedReferences();
    try {
      const bag = new WeakBag<object>();
      const kept = Array.from({length: KEPT}, () => ({}));
      for (const item of kept) bag.add(item);
      for (let round = 0; round < 20; round++) {
        for (let i = 0; i < ITEMS; i++) bag.add({});
        references.endLives(kept);
      }
      expect(references.count()).to.be.within(KEPT, 2 * (KEPT + ITEMS));
      expect([...bag]).to.have.ordered.members(kept);
      expect(bag.isEmpty()).to.equal(false);
      references.endLives();
      expect([[...bag], bag.isEmpty()]).to.deep.equal([[], true]);
    } finally {
      references.restore();
    }
  });

  it('has each item once', () => {
    const bag = new WeakBag<object>();
    const [one, other] = [{}, {}];
    for (const item of [one, other, one, other, one]) bag.add(item);
    expect([...bag]).to.have.ordered.members([one, other]);
  });
});
