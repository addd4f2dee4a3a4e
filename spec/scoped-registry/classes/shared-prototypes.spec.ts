import {expect} from 'chai';
import {SharedPrototypes} from '../../../lib/scoped-registry/classes/shared-prototype';
import {CountedReferences} from '../../support/counted-references';

const DEFINITIONS = 400;
/** The tables look for dead entries from this number on. */
const SMALLEST_SWEEP = 16;

describe('The tables of prototypes and accessors that classes share', () => {
  const {register} = FinalizationRegistry.prototype;
  let references: CountedReferences;
  let prototypes: SharedPrototypes;

  beforeEach(() => {
    FinalizationRegistry.prototype.register = () => {};
    references = new CountedReferences();
    prototypes = new SharedPrototypes({List: Array as never, isJuggler3: false, resolveType: () => undefined});
  });
  afterEach(() => {
    references.restore();
    FinalizationRegistry.prototype.register = register;
  });

  it('forget the accessors of names that no class has any more, with no finalizer run', () => {
    const base = {};
    for (let number = 0; number < DEFINITIONS; number++) {
      prototypes.registerAccessors(Object.create(base) as object, `name${number}`);
      references.endLives();
    }
    expect(references.count()).to.be.within(1, 2 * SMALLEST_SWEEP);
  });

  it('forget the prototypes that no class uses any more, for each base, with no finalizer run', () => {
    const bases = [{}, {}];
    const ALL = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
    const kept = bases.map(base => prototypes.prototypeFor(base, ALL));
    for (let number = 0; number < DEFINITIONS; number++) {
      const some = ALL.filter((_, bit) => number & (1 << bit));
      for (const base of bases) prototypes.shareAccessors(Object.create(base) as object, some);
      references.endLives(kept);
    }
    // a table of accessors, and one of prototypes for each base
    expect(references.count()).to.be.within(kept.length, 2 * SMALLEST_SWEEP * (1 + bases.length));
    expect(bases.map(base => prototypes.prototypeFor(base, ALL))).to.have.ordered.members(kept);
  });
});
