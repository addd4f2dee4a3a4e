import {expect} from 'chai';
import {ModelBuilder, ModelRegistry} from '../../../lib/index';
import type {ModelClass} from '../../../lib/scoped-registry/juggler/types';
import {WeakClassIndex} from '../../../lib/scoped-registry/registry/weak-class-index';
import {CountedReferences} from '../../support/counted-references';
import {lookedAt} from '../../support/first-look';
import {nextJob} from '../../support/live-classes';
import type {AnyModel} from '../../support/service';

/** Dead references are looked for from this number on. */
const SMALLEST_SWEEP = 64;

describe('Embedded classes that no model uses any more', () => {
  for (const [what, hashOf] of Object.entries({
    'of as many structures': (number: number) => number,
    'of a few structures': (number: number) => number % 3,
  })) {
    it(`cost a bounded number of references, however many of them, ${what}, come and go`, () => {
      const references = new CountedReferences();
      try {
        const unused = new WeakClassIndex();
        const model = () => class {} as unknown as ModelClass;
        const kept = model();
        unused.add(-1, kept);
        for (let number = 0; number < 10 * SMALLEST_SWEEP; number++) {
          unused.add(hashOf(number), model());
          references.endLives([kept]);
        }
        expect(references.count()).to.be.within(1, 2 * SMALLEST_SWEEP);
        expect(unused.classesOf(-1)).to.deep.equal([kept]);
        expect(unused.classesOf(0)).to.deep.equal([]);
      } finally {
        references.restore();
      }
    });
  }

  it('are found again by their structure as long as one lives, however many have come since', async () => {
    const registry = new ModelRegistry();
    const builder = new ModelBuilder({registry});
    const shape = (length: number) => ({street: {type: String, length}});
    const typeOf = (length: number): unknown => {
      const Customer: AnyModel = lookedAt(builder.define('Customer', {address: shape(length)}));
      return Customer.definition.properties.address.type;
    };
    const Address = typeOf(0);
    for (let length = 1; length <= 2 * SMALLEST_SWEEP; length++) {
      typeOf(length);
      // a class that the running job has made is not referred to
      await nextJob();
    }
    expect(registry.findByStructure(shape(0))).to.equal(Address);
    expect(typeOf(0)).to.equal(Address);
  });
});
