import {expect} from 'chai';
import fc from 'fast-check';
import juggler from 'loopback-datasource-juggler';
import {ModelBuilder, ModelRegistry} from '../../../lib/index';
import {structureHash} from '../../../lib/scoped-registry/structure/structure-hash';
import {StructureMatch} from '../../../lib/scoped-registry/structure/structure-match';
import {snapshot} from '../../../lib/scoped-registry/structure/private-copies';
import {fingerprint} from '../../../lib/compat/fingerprint';
import {assertProperty} from '../../support/assert-property';
import {anyShape, copyOf, pairOfShapes, respelled} from '../../support/random-shapes';

const {schemaTypes} = juggler.ModelBuilder as any;
const unknown: Record<string, Function> = {};
/** An unknown name is a placeholder, as in a builder. */
const types = (name: string): unknown => schemaTypes[name.toLowerCase()] ?? (unknown[name] ??= () => name);
const hash = (shape: unknown) => structureHash(shape as object, schemaTypes);
const written = (shape: unknown) => fingerprint(shape as object, types);

/** The embedded classes of two shapes in one registry. */
function classesOf(...shapes: unknown[]): unknown[] {
  const builder: any = new ModelBuilder({registry: new ModelRegistry()});
  return shapes.map(shape => builder.resolveType(shape, true));
}

describe('Two shapes give the same class if and only if their written forms are equal', () => {
  it('for any two random shapes', async () => {
    let equal = 0;
    await assertProperty(
      fc.property(pairOfShapes, ([a, b]) => {
        const [first, second] = classesOf(a, b);
        const isEqual = written(a) === written(b);
        if (isEqual) equal++;
        expect(first === second).to.equal(isEqual);
      }),
      1000,
    );
    expect(equal).above(50);
  });

  it('for two shapes that differ in one deeply nested detail', async () => {
    const nested = fc
      .tuple(anyShape, fc.infiniteStream(fc.nat(9)), fc.constantFrom('plain', 'typed', 'array'))
      .map(([shape, dice, form]) => {
        const within = (part: unknown) =>
          form === 'plain' ? {b: {a: part}} : form === 'typed' ? {b: {type: {a: part}}} : {b: [{a: part}, 'rest']};
        return [within(shape), within(respelled(shape, dice))] as const;
      });
    await assertProperty(
      fc.property(nested, ([a, b]) => {
        const [first, second] = classesOf(a, b);
        expect(first === second).to.equal(written(a) === written(b));
      }),
      500,
    );
  });

  it('for two shapes whose hashes are equal by chance: the comparison alone decides', async () => {
    const match = new StructureMatch({typeOf: types}, {typesOf: () => undefined});
    await assertProperty(
      fc.property(pairOfShapes, ([a, b]) => {
        const [asked, made] = [{x: a}, {x: b}];
        expect(match.matches(asked, snapshot(made), undefined)).to.equal(written(asked) === written(made));
      }),
      1000,
    );
  });

  it('shapes with equal written forms have the same hash', async () => {
    await assertProperty(
      fc.property(pairOfShapes, ([a, b]) => {
        expect(hash(copyOf(a))).to.equal(hash(a));
        if (written(a) === written(b)) expect(hash(a)).to.equal(hash(b));
      }),
      1000,
    );
  });

  it('exactly the shapes without a written form have no hash', async () => {
    const hostile = fc.constantFrom<unknown>(Symbol('tag'), new Map(), /a/, new Date(0), undefined, Object.create(null), {
      constructor: String,
    });
    const place = fc.constantFrom<(value: unknown) => object>(
      value => ({a: value}),
      value => ({a: {type: Object, default: value}}),
      value => ({a: {b: value}}),
      value => ({a: [{b: value}]}),
      value => ({a: {type: {b: value}}}),
      value => ({a: {type: String, of: {b: [value]}}}),
      value => ({'a.b': value}),
    );
    await assertProperty(
      fc.property(fc.oneof(hostile, anyShape), place, (value, within) => {
        expect(hash(within(value)) === undefined).to.equal(written(within(value)) === undefined);
      }),
      300,
    );
  });
});
