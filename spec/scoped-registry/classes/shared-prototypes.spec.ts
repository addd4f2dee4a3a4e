import {expect} from 'chai';
import {collectGarbage} from '../../../lib/lifecycle/generations/garbage-collection';
import {SharedPrototypes} from '../../../lib/scoped-registry/classes/shared-prototype';
import {nextJob} from '../../support/live-classes';
import {liveWeakRefs} from '../../support/weak-references';

const JOBS = 10;
const CLASSES_PER_JOB = 20;

describe('The tables of prototypes and accessors that classes share', () => {
  const {register} = FinalizationRegistry.prototype;
  before(() => (FinalizationRegistry.prototype.register = () => {}));
  after(() => (FinalizationRegistry.prototype.register = register));

  const sharedPrototypes = () => new SharedPrototypes({List: Array as never, isJuggler3: false, resolveType: () => undefined});

  /** Numbers the classes, which go as soon as they have come. @returns the number of references that are left */
  async function referencesAfter(define: (number: number) => void): Promise<number> {
    const before = liveWeakRefs();
    for (let number = 0; number < JOBS * CLASSES_PER_JOB; number++) {
      define(number);
      if (number % CLASSES_PER_JOB > 0) continue;
      await nextJob();
      collectGarbage();
    }
    return liveWeakRefs() - before;
  }

  it('forget the accessors of names that no class has any more, with no finalizer run', async () => {
    const prototypes = sharedPrototypes();
    const base = {};
    const left = await referencesAfter(number => prototypes.registerAccessors(Object.create(base) as object, `name${number}`));
    expect(left).to.be.within(1, 4 * CLASSES_PER_JOB);
  });

  it('forget the prototypes that no class uses any more, for each base, with no finalizer run', async () => {
    const prototypes = sharedPrototypes();
    const bases = [{}, {}];
    const bits = Array.from({length: 9}, (_, bit) => bit);
    const namesOf = (number: number) => bits.filter(bit => number & (1 << bit)).map(bit => `name${bit}`);
    // these keep the accessors of all names
    const kept = bases.map(base => prototypes.prototypeFor(base, namesOf(0b111111111)));
    const left = await referencesAfter(number => {
      for (const base of bases) prototypes.shareAccessors(Object.create(base) as object, namesOf(number));
    });
    expect(left).to.be.within(bases.length, 4 * CLASSES_PER_JOB * bases.length);
    expect(bases.map(base => prototypes.prototypeFor(base, namesOf(0b111111111)))).to.have.ordered.members(kept);
  });
});
