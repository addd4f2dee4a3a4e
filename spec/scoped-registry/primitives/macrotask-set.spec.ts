import {expect} from 'chai';
import {MacrotaskSet} from '../../../lib/scoped-registry/primitives/macrotask-set';
import {nextJob} from '../../support/live-classes';

/** What an unref'd immediate is not counted among. */
const immediates = () => process.getActiveResourcesInfo().filter(name => name === 'Immediate').length;

describe('A set for one job of the event loop', () => {
  it('does not hold the process open', () => {
    const before = immediates();
    const held = setImmediate(() => {});
    expect(immediates(), 'an immediate is counted').to.equal(before + 1);
    clearImmediate(held);
    new MacrotaskSet<object>().add({});
    expect(immediates()).to.equal(before);
  });

  it('is empty in the next job, and can be filled again', async () => {
    const set = new MacrotaskSet<object>();
    const item = {};
    for (let job = 0; job < 2; job++) {
      expect(set.has(item)).to.equal(false);
      set.add(item);
      expect(set.has(item)).to.equal(true);
      await nextJob();
      await nextJob();
    }
    expect(set.has(item)).to.equal(false);
  });
});
