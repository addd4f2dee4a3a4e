import {expect} from 'chai';
import {ModelBuilder, ModelRegistry} from '../../../lib/index';
import {collectGarbage} from '../../../lib/lifecycle/generations/garbage-collection';
import {lookedAt} from '../../support/first-look';
import {nextJob} from '../../support/live-classes';
import {liveWeakRefs} from '../../support/weak-references';

/** A registry looks for dead references from this number on. */
const SMALLEST_SWEEP = 64;
const DEFINITIONS = 300;

describe('Embedded classes that no model uses any more', () => {
  it('leave a bounded number of references in their registry, however many there were', async () => {
    const registry = new ModelRegistry();
    const builder = new ModelBuilder({registry});
    const define = (length: number) => lookedAt(builder.define('Customer', {address: {street: {type: String, length}}}));
    define(0);
    const before = liveWeakRefs();
    for (let length = 1; length <= DEFINITIONS; length++) {
      define(length);
      // a class that the running job has made is not referred to
      await nextJob();
      if (length % 20 === 0) collectGarbage();
    }
    expect(liveWeakRefs() - before).to.be.at.most(2 * SMALLEST_SWEEP);
    expect(registry.stats()).to.include({models: 1});
  });

  it('are found again by their structure as long as an instance of them lives', async () => {
    const registry = new ModelRegistry();
    const builder = new ModelBuilder({registry});
    const shape = (length: number) => ({street: {type: String, length}});
    const typeOf = (length: number) => {
      const Customer = lookedAt(builder.define('Customer', {address: shape(length)}));
      return (Customer as any).definition.properties.address.type;
    };
    const Address = typeOf(0);
    for (let length = 1; length <= 2 * SMALLEST_SWEEP; length++) {
      typeOf(length);
      await nextJob();
      if (length % 20 === 0) collectGarbage();
    }
    expect(registry.findByStructure(shape(0))).to.equal(Address);
    expect(typeOf(0)).to.equal(Address);
  });
});
