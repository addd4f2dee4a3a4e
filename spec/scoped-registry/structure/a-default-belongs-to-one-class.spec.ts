import {isDeepStrictEqual, types} from 'node:util';
import {expect} from 'chai';
import fc from 'fast-check';
import {forJuggler, install, ModelRegistry, TenantRegistries, type Juggler} from '../../../lib/index';
import {assertProperty} from '../../support/assert-property';
import {anotherJuggler} from '../../support/another-juggler';
import {JUGGLERS} from '../../support/side-by-side';

const TAG = Symbol('tag');

type Literal = {properties: Record<string, unknown>; settings?: Record<string, unknown>};

/** Each place of a literal that may hold a value, and where a model shows it. */
const PLACES: Record<string, {literal(value: unknown): Literal; shown(Model: any): unknown}> = {
  'the default of a property': {
    literal: value => ({properties: {p: {type: Object, default: value}}}),
    shown: Model => Model.definition.properties.p.default,
  },
  'the default of a nested property': {
    literal: value => ({properties: {part: {p: {type: Object, default: value}}}}),
    shown: Model => Model.definition.properties.part.type.definition.properties.p.default,
  },
  'the default of a nested property, as the outer model shows it': {
    literal: value => ({properties: {part: {p: {type: Object, default: value}}}}),
    shown: Model => Model.definition.rawProperties.part.p.default,
  },
  'the default of a property of items': {
    literal: value => ({properties: {parts: [{p: {type: Object, default: value}}]}}),
    shown: Model => Model.definition.properties.parts.type[0].definition.properties.p.default,
  },
  'a part of a default': {
    literal: value => ({properties: {p: {type: Object, default: {list: [value]}}}}),
    shown: Model => Model.definition.properties.p.default.list[0],
  },
  'an attribute': {
    literal: value => ({properties: {p: {type: String, allowed: value}}}),
    shown: Model => Model.definition.properties.p.allowed,
  },
  'an item beside the type of a list': {
    literal: value => ({properties: {p: [String, value]}}),
    shown: Model => Model.definition.properties.p[1],
  },
  'an attribute of a list': {
    literal: value => ({properties: {p: Object.assign([String], {allowed: value})}}),
    shown: Model => Model.definition.properties.p.allowed,
  },
  'the default of a list': {
    literal: value => ({properties: {p: Object.assign([Object], {default: value})}}),
    shown: Model => Model.definition.properties.p.default,
  },
  'a symbol of an attribute': {
    literal: value => ({properties: {p: {type: String, allowed: {[TAG]: value}}}}),
    shown: Model => Model.definition.properties.p.allowed[TAG],
  },
  'a symbol of a nested property': {
    literal: value => ({properties: {part: {p: {type: String, [TAG]: value}}}}),
    shown: Model => Model.definition.rawProperties.part.p[TAG],
  },
  'a symbol of a setting': {
    literal: value => ({properties: {}, settings: {scope: {where: {age: {[TAG]: value}}}}}),
    shown: Model => Model.settings.scope.where.age[TAG],
  },
  'a setting': {literal: value => ({properties: {}, settings: {mine: value}}), shown: Model => Model.settings.mine},
  'a part of a setting': {
    literal: value => ({properties: {}, settings: {scopes: {recent: {where: {list: [value]}}}}}),
    shown: Model => Model.settings.scopes.recent.where.list[0],
  },
};

/** Each way to hand a literal over. The last one takes no settings. */
const WAYS: Record<string, (builder: any, dataSource: any, literal: Literal) => any> = {
  define: (builder, _, {properties, settings}) => builder.define('Thing', properties, settings),
  createModel: (_, dataSource, {properties, settings}) => dataSource.createModel('Thing', properties, settings),
  extend: (builder, _, {properties, settings}) => builder.define('Base', {b: String}).extend('Thing', properties, settings),
  base: (builder, _, {properties, settings}) => {
    builder.define('Base', {b: String});
    return builder.define('Thing', properties, {...settings, base: 'Base'});
  },
  buildModels: (builder, _, {properties, settings}) =>
    builder.buildModels([{name: 'Thing', properties, options: settings}]).Thing,
  defineProperty: (builder, _, {properties}) => {
    const Thing = builder.define('Thing', {});
    for (const name of Object.keys(properties)) Thing.defineProperty(name, properties[name]);
    return Thing;
  },
};

const leaf = fc.oneof(
  fc.integer().map(time => new Date(time)),
  fc.constantFrom('a', 'b+').map(source => Object.assign(new RegExp(source, 'gi'), {lastIndex: 1})),
  fc.uint8Array({maxLength: 4}).map(bytes => Buffer.from(bytes)),
  fc.uint8Array({maxLength: 4}).map(bytes => bytes.buffer),
  fc.float32Array({maxLength: 4}),
  fc.bigUint64Array({minLength: 2, maxLength: 4}).map(items => items.subarray(1)),
  fc.uint8Array({minLength: 4, maxLength: 4}).map(({buffer}) => new DataView(buffer, 1, 2)),
  fc.constantFrom<unknown>(1, 'text', null, true, 2n),
);

const {value: anyValue} = fc.letrec<{value: unknown}>(tie => ({
  value: fc.oneof(
    {depthSize: 'small', withCrossShrink: true},
    leaf,
    fc.array(tie('value'), {maxLength: 3}),
    fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), tie('value'), {maxKeys: 2, noNullPrototype: true}),
    fc.array(fc.tuple(tie('value'), tie('value')), {maxLength: 3}).map(entries => new Map(entries)),
    fc.array(tie('value'), {maxLength: 3}).map(items => new Set(items)),
    tie('value').map(cause => new RangeError('far', {cause})),
    tie('value').map(item => new AggregateError([item], 'many')),
    tie('value').map(own => Object.assign(new Date(0), {own})),
    tie('value').map(own => {
      const cycle = new Map<unknown, unknown>([['own', own]]);
      return cycle.set('self', cycle).set(cycle, {cycle});
    }),
  ),
}));

/** Every object in a value, at any depth, that code could write to. */
function objectsIn(value: unknown, found = new Set<object>()): Set<object> {
  if (typeof value !== 'object' || value === null || found.has(value)) return found;
  found.add(value);
  if (types.isMap(value)) for (const entry of value) for (const part of entry) objectsIn(part, found);
  if (types.isSet(value)) for (const item of value) objectsIn(item, found);
  if (ArrayBuffer.isView(value) && !Buffer.isBuffer(value)) objectsIn(value.buffer, found);
  if (types.isNativeError(value)) for (const part of [value.cause, (value as AggregateError).errors]) objectsIn(part, found);
  if (!ArrayBuffer.isView(value)) for (const key of Object.keys(value)) objectsIn((value as any)[key], found);
  return found;
}

function expectApart(...values: unknown[]): void {
  const seen = new Map<object, number>();
  values.forEach((value, index) => {
    for (const object of objectsIn(value)) {
      if ((seen.get(object) ?? index) !== index) throw new Error(`Both reach ${Object.prototype.toString.call(object)}`);
      seen.set(object, index);
    }
  });
}

describe('A value in a literal belongs to one class: each class that is defined from the literal has a copy', () => {
  for (const {major, juggler, share} of JUGGLERS) {
    it(`any value, at any place, by any way (juggler ${major})`, async () => {
      const {ModelBuilder, DataSource} = forJuggler(juggler as Juggler);
      const place = fc.constantFrom(...Object.keys(PLACES));
      const way = fc.constantFrom(...Object.keys(WAYS));
      const embedded = fc.constantFrom('light' as const, 'stock' as const);
      await assertProperty(
        fc.property(anyValue, place, way, embedded, (value, place, way, embedded) => {
          const {literal, shown} = PLACES[place];
          const given = literal(value);
          fc.pre(!(given.settings && way === 'defineProperty'));
          const models = ['acme', 'globex'].map(tenant => {
            const builder: any = new ModelBuilder({registry: new ModelRegistry({tenant, embedded})});
            return WAYS[way](builder, new DataSource('db', {connector: 'memory'}, builder), given);
          });
          const [ofAcme, ofGlobex] = models.map(shown);
          expectApart(value, ofAcme, ofGlobex);
          for (const copy of [ofAcme, ofGlobex])
            if (!isDeepStrictEqual(copy, value)) throw new Error('the copy has other content');
          // as on stock, all instances of a class get one object
          if (place === 'the default of a property') expect(new models[0]().p).to.equal(ofAcme);
        }),
        400 * share,
      );
    });
  }

  it('an instance of one tenant changes no default of another tenant', async () => {
    const registries = new TenantRegistries();
    const juggler = anotherJuggler();
    const uninstall = install(juggler, {registries});
    const literal = {
      since: {type: Date, default: new Date(0)},
      seen: {type: Object, default: new Map([['at', new Date(0)]])},
      part: {tags: {type: Object, default: new Set(['a'])}},
    };
    const [acme, globex] = ['acme', 'globex'].map(tenant =>
      new juggler.DataSource({connector: 'memory', modelRegistry: {registries, tenant}}).createModel('Thing', literal),
    );
    const thing = new acme({part: {}});
    thing.since.setTime(1);
    thing.seen.get('at').setTime(1);
    thing.part.tags.add('b');
    const other = await globex.create({part: {}});
    expect(other.since.getTime()).to.equal(0);
    expect(other.seen).to.deep.equal(new Map([['at', new Date(0)]]));
    expect([...other.part.tags]).to.deep.equal(['a']);
    expect(literal.since.default.getTime()).to.equal(0);
    uninstall();
    await registries.dispose();
  });

  it('the value of a key default in a nested object, which juggler reads as the default of the property around it', () => {
    const literal = {part: {default: new Date(0), x: String}};
    const [acme, globex] = ['acme', 'globex'].map(tenant => {
      const {ModelBuilder} = forJuggler(JUGGLERS[0].juggler as Juggler);
      return (new ModelBuilder({registry: new ModelRegistry({tenant})}) as any).define('Thing', literal);
    });
    const [ofAcme, ofGlobex] = [acme, globex].map(model => model.definition.properties.part.default);
    expectApart(literal.part.default, ofAcme, ofGlobex);
    expect(ofAcme).to.deep.equal(new Date(0));
  });
});

describe('A value that only its own class could copy is passed on as it is', () => {
  class Money {
    constructor(readonly amount: number) {}
  }
  class Day extends Date {}
  const {buffer} = new Uint8Array(2);
  const transferred = new Uint8Array(2);
  structuredClone(transferred.buffer, {transfer: [transferred.buffer]});
  const VALUES: Record<string, unknown> = {
    'an instance of a class': new Money(1),
    'an instance of a subclass of Date': new Day(0),
    'an object that inherits from Date.prototype': Object.create(Date.prototype),
    'a proxy of a date': new Proxy(new Date(0), {}),
    'a proxy of a plain object': new Proxy({a: 1}, {}),
    'a proxy of a list': new Proxy([1], {}),
    'a function': () => 1,
    'a WeakMap': new WeakMap(),
    'a promise': Promise.resolve(1),
    'shared memory': new SharedArrayBuffer(2),
    'a view of shared memory': new Uint8Array(new SharedArrayBuffer(2)),
    'a view of memory that was transferred': transferred,
  };
  for (const [title, value] of Object.entries(VALUES)) {
    for (const [place, {literal, shown}] of Object.entries(PLACES)) {
      it(`${title}, as ${place}`, () => {
        const builder: any = new (forJuggler(JUGGLERS[0].juggler as Juggler).ModelBuilder)({registry: new ModelRegistry()});
        const {properties, settings} = literal(value);
        expect(shown(builder.define('Thing', properties, settings)) === value).to.equal(true);
      });
    }
  }

  it('two views of one memory are two views of one copy of it', () => {
    const builder: any = new (forJuggler(JUGGLERS[0].juggler as Juggler).ModelBuilder)({registry: new ModelRegistry()});
    const views = [new Uint8Array(buffer), new DataView(buffer)];
    const Thing = builder.define('Thing', {}, {views});
    const [bytes, view] = Thing.settings.views;
    bytes[0] = 7;
    expect(view.getUint8(0)).to.equal(7);
    expect((views[1] as DataView).getUint8(0)).to.equal(0);
  });
});
