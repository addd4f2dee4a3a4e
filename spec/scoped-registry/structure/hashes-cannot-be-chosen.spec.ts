import path from 'node:path';
import {expect} from 'chai';
import fc from 'fast-check';
import juggler from 'loopback-datasource-juggler';
import {collidingNames, documentOf, ordinaryNames} from '../../../bench/colliding-names';
import {fingerprint} from '../../../lib/compat/fingerprint';
import {ModelBuilder, TenantRegistries} from '../../../lib/index';
import {structureHash} from '../../../lib/scoped-registry/structure/structure-hash';
import {StructureMatch} from '../../../lib/scoped-registry/structure/structure-match';
import {assertProperty} from '../../support/assert-property';
import {isLong} from '../../support/long-form';
import {pairOfShapes} from '../../support/random-shapes';

type Any = any;
const {schemaTypes} = juggler.ModelBuilder as Any;
const hash = (shape: object) => structureHash(shape, schemaTypes);
const written = (shape: object) => fingerprint(shape, name => schemaTypes[name.toLowerCase()]);

const COUNT = isLong ? 1_024 : 256;

/** The choices of a client, as digits of a number: one of two values at each of ten places. */
function choices(number: number, values: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(Array.from({length: 10}, (_, place) => [`k${place}`, values[(number >> place) & 1]]));
}

/** Ways to make many structures that differ, each of which some hash of structures takes for one. */
const KINDS: Record<string, (number: number) => object> = {
  'names with one FNV-1a hash': (names => (number: number) => ({[names[number]]: 'number'}))(collidingNames(COUNT)),
  'the letter case of type names, which counts where an outer property shows it': number => ({
    within: choices(number, ['string', 'String']),
  }),
  'fractions, which 32 bits round': number => ({a: {type: 'number', step: number / COUNT}}),
  'numbers that are equal in 32 bits': number => ({a: {type: 'number', size: number * 2 ** 32}}),
  'null and false': number => ({a: {type: 'string', ...choices(number, [null, false])}}),
  '0 and false': number => ({a: {type: 'string', ...choices(number, [0, false])}}),
  '0 and null': number => ({a: {type: 'string', ...choices(number, [0, null])}}),
  '1 and true': number => ({a: {type: 'string', ...choices(number, [1, true])}}),
  '0 and -0': number => ({a: {type: 'string', ...choices(number, [0, -0])}}),
  'undefined and a number that is none': number => ({a: {type: 'string', ...choices(number, [undefined, NaN])}}),
  'numbers and their digits': number => ({a: {type: 'string', ...choices(number, [1, '1'])}}),
  'arrays and objects with the same keys': number => ({a: {type: 'string', ...choices(number, [['x'], {0: 'x'}])}}),
  'empty arrays and objects': number => ({a: {type: 'string', ...choices(number, [[], {}])}}),
  'objects with and without a prototype': number => ({a: {type: 'string', ...choices(number, [{}, Object.create(null)])}}),
  'arrays of different length without items': number => ({a: {type: 'array', of: new Array<unknown>(number + 1)}}),
  'equal defaults, which are other objects': () => ({within: {type: 'array', default: []}, a: {b: {type: 'array', default: []}}}),
  'nested keys named default': () => ({within: {default: {a: 'string'}}}),
  'types and properties': number => ({within: choices(number, [{type: 'string'}, 'string'])}),
  'the end of one text and the beginning of the next': number => ({
    [`a${'b'.repeat(number)}`]: 'string',
    [`${'b'.repeat(COUNT - number)}c`]: 'string',
  }),
};

/** Counts the comparisons of structures while `work` runs. */
function comparisons(work: () => void): number {
  const {prototype} = StructureMatch;
  const {matches} = prototype;
  let count = 0;
  prototype.matches = function (...args) {
    count++;
    return matches.apply(this, args);
  };
  try {
    work();
  } finally {
    prototype.matches = matches;
  }
  return count;
}

describe('A client cannot choose structures of one hash:', () => {
  for (const [kind, shapeOf] of Object.entries(KINDS)) {
    it(`not by ${kind}`, () => {
      const shapes = Array.from({length: COUNT}, (_, number) => shapeOf(number));
      expect(new Set(shapes.map(written)).size).to.equal(COUNT);
      expect(new Set(shapes.map(hash)).size).to.equal(COUNT);
    });
  }

  it('two shapes that give two classes have two hashes', async () => {
    await assertProperty(
      fc.property(pairOfShapes, ([a, b]) => {
        if (written(a) !== written(b)) expect(hash(a)).not.to.equal(hash(b));
      }),
      1000,
    );
  });

  it('random names have about as many collisions as chance gives them', () => {
    const hashes = new Set(ordinaryNames(20_000, 20).map(name => hash({[name]: String})));
    expect(20_000 - hashes.size).to.be.below(5);
  });

  it('the hash of a structure is another one in another process', () => {
    const seen = new Set(Array.from({length: 3}, () => freshHash()({name: String}, schemaTypes)));
    expect(seen.size).to.equal(3);
  });
});

/** The hash as another process has it: by modules that are loaded anew. */
function freshHash(): typeof structureHash {
  const files = ['structure/structure-hash.js', 'primitives/keyed-hash.js'].map(file =>
    path.resolve(__dirname, '../../../lib/scoped-registry', file),
  );
  const loaded = files.map(file => [file, require.cache[file]] as const);
  for (const file of files) delete require.cache[file];
  try {
    return require(files[0]).structureHash;
  } finally {
    for (const [file, module] of loaded) require.cache[file] = module;
  }
}

describe('A document with chosen names costs what one with ordinary names costs:', () => {
  const chosen = documentOf(collidingNames(COUNT));
  const ordinary = documentOf(ordinaryNames(COUNT, 40));

  /** The comparisons for the tenant that sends a document, then for another one that sends the same. */
  function costs(document: object): number[] {
    const registries = new TenantRegistries();
    return ['mallory', 'acme'].map(tenant => {
      const builder: Any = new ModelBuilder({registries, tenant});
      return comparisons(() => new (builder.buildModelFromInstance('Document', document, {}))(document));
    });
  }

  it('as many structures are compared, for the tenant that sends it and for any other', () => {
    const [expected, found] = [costs(ordinary), costs(chosen)];
    found.forEach((count, index) => expect(count).to.be.at.most(2 * expected[index] + 10));
  });

  for (const [kind, shapeOf] of Object.entries(KINDS)) {
    it(`no structure is compared with more than a few others: ${kind}`, () => {
      const builder: Any = new ModelBuilder({registries: new TenantRegistries(), tenant: 'mallory'});
      const shapes = Array.from({length: COUNT}, (_, number) => ({at: shapeOf(number)}));
      // compared with itself where it is found, at each of its levels
      expect(comparisons(() => shapes.forEach(shape => builder.resolveType(shape, true)))).to.be.below(8 * COUNT);
    });
  }
});
