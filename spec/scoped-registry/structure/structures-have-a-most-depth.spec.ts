import {expect} from 'chai';
import juggler from 'loopback-datasource-juggler';
import {ModelRegistry as CompatRegistry} from '../../../lib/compat';
import {DataSource, ModelBuilder, ModelRegistry, TenantRegistries} from '../../../lib/index';
import {lookedAt} from '../../support/first-look';
import {isLong} from '../../support/long-form';

type Any = any;

/** A structure with so many levels of objects and arrays within each other. */
type Nested = (levels: number) => object;

const nested =
  (around: (within: unknown) => object, innermost: object): Nested =>
  levels => {
    let value = innermost;
    for (let level = 1; level < levels; level++) value = around(value);
    return value;
  };

/** Every second level is another form, so that no form is read as the same as the one around it. */
function inTurns(one: (within: unknown) => object, other: (within: unknown) => object): (within: unknown) => object {
  let turn = 0;
  return within => (turn++ % 2 === 0 ? one(within) : other(within));
}

const DEFINITIONS: Record<string, Nested> = {
  'nested objects': nested(within => ({a: within}), {a: String}),
  'nested objects, and ids beside them': nested(within => ({a: within, id: {type: Number, id: true}}), {a: String}),
  'types within types': levels => ({
    a: nested(
      inTurns(
        within => ({type: within}),
        within => ({a: within}),
      ),
      {a: String},
    )(levels - 1),
  }),
  arrays: levels => ({
    a: nested(
      inTurns(
        within => [within],
        within => ({a: within}),
      ),
      {a: String},
    )(levels - 1),
  }),
  'arrays of arrays': levels => ({a: nested(within => [within], [String])(levels - 1)}),
  'an attribute': levels => ({a: {type: Object, of: nested(within => ({a: within}), {a: 1})(levels - 2)}}),
  'a default': levels => ({a: {type: Object, default: nested(within => [within], [1])(levels - 2)}}),
  'items of an array behind the first one': levels => ({a: [String, nested(within => ({a: within}), {a: 1})(levels - 2)]}),
  'a map in an attribute': levels => ({
    a: {type: Object, of: new Map([[1, nested(within => ({a: within}), {a: 1})(levels - 3)]])},
  }),
};

const DOCUMENTS: Record<string, Nested> = {
  'nested objects': nested(within => ({a: within}), {a: 1}),
  arrays: levels => ({
    a: nested(
      inTurns(
        within => [within],
        within => ({a: within}),
      ),
      {a: 1},
    )(levels - 1),
  }),
  'arrays of arrays': levels => ({a: nested(within => [within], [1])(levels - 1)}),
  'empty objects': nested(within => ({a: within}), {}),
};

const isBuilderOnly = true;

/** Each way to give a structure to a registry. `definer` is a builder or a datasource. */
const WAYS: Record<string, {run(definer: Any, structure: object): unknown; of: Record<string, Nested>; isBuilderOnly?: boolean}> =
  {
    define: {of: DEFINITIONS, run: (definer, structure) => definer.define('Order', structure)},
    buildModelFromInstance: {of: DOCUMENTS, run: (definer, document) => definer.buildModelFromInstance('Order', document, {})},
    buildModels: {
      of: DEFINITIONS,
      isBuilderOnly,
      run: (builder, properties) => builder.buildModels([{name: 'Order', properties}]).Order,
    },
    extend: {of: DEFINITIONS, run: (definer, structure) => definer.define('Base', {}).extend('Order', structure)},
    'settings.base': {
      of: DEFINITIONS,
      run(definer, structure) {
        definer.define('Base', {});
        return definer.define('Order', structure, {base: 'Base'});
      },
    },
    settings: {
      of: {
        'nested objects': nested(within => ({a: within}), {a: 1}),
        arrays: levels => ({a: nested(within => [within], [1])(levels - 1)}),
      },
      run: (definer, structure) => definer.define('Order', {}, structure),
    },
  };

const LEVELS = 12;

describe('A model is made of a structure with at most maxDepth levels', () => {
  for (const embedded of ['light', 'stock'] as const) {
    for (const definerOf of [ModelBuilder, DataSource]) {
      for (const [way, {run, of, isBuilderOnly: only}] of Object.entries(WAYS)) {
        if (only && definerOf !== ModelBuilder) continue;
        for (const [form, shapeOf] of Object.entries(of)) {
          it(`${embedded}, ${definerOf.name}: ${way}, of ${form}`, () => {
            const registry = new ModelRegistry({tenant: 'acme', embedded, maxDepth: LEVELS});
            const settings = definerOf === ModelBuilder ? {registry} : {connector: 'memory', modelRegistry: {registry}};
            const definer = new (definerOf as new (options: object) => Any)(settings);
            // the deepest structure that the stack of this test can build and juggler must never see
            for (const levels of [LEVELS + 1, LEVELS + 2, 20_000]) {
              const before = registry.stats();
              expect(() => run(definer, shapeOf(levels)), `${levels}`)
                .to.throw()
                .with.property('code', 'STRUCTURE_TOO_DEEP');
              expect(registry.findByName('Order')).to.equal(undefined);
              expect(registry.stats().embeddedModels).to.equal(before.embeddedModels);
            }
            lookedAt(run(definer, shapeOf(LEVELS)));
            expect(registry.findByName('Order')).not.to.equal(undefined);
          });
        }
      }
    }
  }

  it('so is a property that is added, and a type that is resolved', () => {
    const registry = new ModelRegistry({maxDepth: LEVELS});
    const builder: Any = new ModelBuilder({registry});
    lookedAt(builder.define('Order', {}));
    for (const shapeOf of [...Object.values(DOCUMENTS).slice(1, 3), nested(within => ({a: within}), {a: String})]) {
      for (const add of [
        (type: object) => builder.defineProperty('Order', 'more', {type}),
        (type: object) => builder.models.Order.defineProperty('more', type),
        (type: object) => builder.resolveType(type),
        (type: object) => builder.resolveType([type]),
      ]) {
        for (const levels of [LEVELS + 1, 20_000]) {
          const type = (shapeOf(levels) as Any).a.length === undefined ? shapeOf(levels) : (shapeOf(levels + 1) as Any).a;
          expect(() => add(type))
            .to.throw()
            .with.property('code', 'STRUCTURE_TOO_DEEP');
        }
      }
    }
    expect(registry.stats().embeddedModels).to.equal(0);
    expect(registry.findByName('Order')!.definition.properties).not.to.have.property('more');
  });

  it('and a deeper one is not searched for: it is found nowhere', () => {
    const registry = new ModelRegistry();
    const deep = nested(within => ({a: within}), {a: String});
    lookedAt((new ModelBuilder({registry}) as Any).define('Order', {at: deep(20)}));
    expect(registry.findByStructure(deep(20))).not.to.equal(undefined);
    expect(registry.findByStructure(deep(20_000))).to.equal(undefined);
    expect(CompatRegistry.findModelByStructure(deep(20_000))).to.equal(null);
    expect(CompatRegistry.generateFingerprint(deep(20_000))).to.match(/^error-no-structure/);
  });
});

describe('maxDepth', () => {
  const deep = nested(within => ({a: within}), {a: String});

  it('is 100, or that of the TenantRegistries for all of its tenants and the shared registry', () => {
    const registries = new TenantRegistries({maxDepth: 5});
    const places: [object, number][] = [
      [{registry: new ModelRegistry()}, 100],
      [{registry: new TenantRegistries().for('acme')}, 100],
      [{registries, tenant: 'acme'}, 5],
      [{registries}, 5],
      [{registry: new ModelRegistry({shared: registries.shared})}, 5],
      [{registry: new ModelRegistry({shared: registries.shared, maxDepth: 6})}, 6],
    ];
    for (const [options, most] of places) {
      const builder: Any = new ModelBuilder(options);
      builder.define('Order', deep(most));
      expect(() => builder.define('Order', deep(most + 1))).to.throw(new RegExp(`more than ${most} levels`));
    }
  });

  it('can be as much as 200: juggler makes such a model', () => {
    for (const embedded of ['light', 'stock'] as const) {
      for (const [form, shapeOf] of Object.entries(DEFINITIONS).slice(0, isLong ? undefined : 1)) {
        const registry = new ModelRegistry({embedded, maxDepth: 200});
        const Order: Any = (new ModelBuilder({registry}) as Any).define('Order', shapeOf(200));
        expect(() => (lookedAt(Order), Order.definition.build(true)), `${embedded} ${form}`).not.to.throw();
      }
    }
  });

  it('takes a whole number from 1 to 200', () => {
    for (const maxDepth of [0, -1, 1.5, NaN, Infinity, 201, '10', null, Symbol('ten')] as Any[])
      expect(() => new ModelRegistry({maxDepth}), String(maxDepth)).to.throw(/maxDepth must be a whole number from 1 to 200/);
  });
});

describe('A property that leads back to itself', () => {
  const cycle = (make: (end: Any) => object): Any => {
    const end: Any = {};
    return Object.assign(end, make(end));
  };
  const CYCLES: Record<string, () => object> = {
    'through a nested object': () => ({to: cycle(end => ({a: String, next: end}))}),
    'through the property set': () => cycle(end => ({a: String, next: end})),
    'through an array': () => ({to: cycle(end => ({a: String, next: [end]}))}),
    'as an item of itself': () => {
      const list: unknown[] = [];
      list.push(list);
      return {to: list};
    },
    'through a type': () => ({to: cycle(end => ({a: String, next: {type: end}}))}),
    'as its own type': () => ({to: cycle(end => ({type: end}))}),
    'by several ways': () => ({to: cycle(end => Object.fromEntries(Array.from({length: 30}, (_, index) => [`k${index}`, end])))}),
    'with a getter that never ends': () => {
      class Endless {
        get next(): object {
          return Object.defineProperty({}, 'next', {enumerable: true, get: () => new Endless().next});
        }
      }
      return {to: {next: new Endless().next}};
    },
  };

  for (const [how, properties] of Object.entries(CYCLES)) {
    for (const embedded of ['light', 'stock'] as const) {
      it(`${how} is refused, and leaves nothing: ${embedded}`, () => {
        const registry = new ModelRegistry({embedded});
        const builder: Any = new ModelBuilder({registry});
        expect(() => builder.define('Order', properties()))
          .to.throw()
          .with.property('code', 'STRUCTURE_TOO_DEEP');
        expect(Object.keys(registry.models)).to.deep.equal([]);
        expect(registry.stats()).to.include({models: 0, embeddedModels: 0, fingerprints: 0});
      });
    }
  }

  it('is no such property if only an attribute, a setting or a default does, which juggler never follows', () => {
    const own = cycle(end => ({end}));
    const Order: Any = (new ModelBuilder({registry: new ModelRegistry()}) as Any).define(
      'Order',
      {a: {type: String, of: own, default: own}},
      {own},
    );
    expect(Order.settings.own.end).to.equal(Order.settings.own);
  });

  it('is no such property if it is the same object in several places', () => {
    const shape = {street: String, geo: {lat: Number}};
    const Order: Any = (new ModelBuilder({registry: new ModelRegistry()}) as Any).define('Order', {
      from: shape,
      to: shape,
      by: [shape],
      at: {first: shape, last: {type: shape}},
    });
    const Stock: Any = new juggler.ModelBuilder().define('Order', {from: shape, to: shape});
    expect(Object.keys(Order.definition.properties.to.type.definition.properties)).to.deep.equal(
      Object.keys(Stock.definition.properties.to.type.definition.properties),
    );
  });
});
