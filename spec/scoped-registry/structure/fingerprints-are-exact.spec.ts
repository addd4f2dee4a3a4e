/* eslint max-lines: off -- one behaviour, in one file; most of it is a list of cases */
import {expect} from 'chai';
import fc from 'fast-check';
import juggler from 'loopback-datasource-juggler';
import {DataSource, ModelBuilder, ModelRegistry, TenantRegistries} from '../../../lib/index';
import {assertProperty} from '../../support/assert-property';
import {liveClasses} from '../../support/live-classes';
import {looks} from '../../support/class-looks';
import {anyShape} from '../../support/random-shapes';

type Builder = InstanceType<typeof juggler.ModelBuilder>;

let round = 0;

class Money {
  constructor(readonly amount: number) {}
}
const MONEY = new Money(1);
const PROXY = new Proxy({b: 1}, {});
const TAG = Symbol('tag');

/** The class behind `shape` as a property of a new model. */
function classFor(builder: Builder, shape: unknown): any {
  return resolved(builder.define(`Model${round++}`, {part: shape} as never, {idInjection: false}));
}

/** The classes behind the shapes, all in one new registry. */
function classesFor(...shapes: unknown[]): any[] {
  const builder = new ModelBuilder({registry: new ModelRegistry()});
  return shapes.map(shape => classFor(builder, shape));
}

function resolved(model: any): any {
  const {type} = model.definition.properties.part;
  return Array.isArray(type) ? type[0] : type;
}

/** Not by chai, which would print two whole classes to show how they differ. */
function expectSame(actual: unknown, expected: unknown): void {
  expect(actual === expected, `${name(actual)} is ${name(expected)}`).to.equal(true);
}

function expectOther(actual: unknown, other: unknown): void {
  expect(actual === other, `${name(actual)} is ${name(other)}`).to.equal(false);
}

const name = (model: any): string => model?.modelName ?? String(model);

describe('The same structure gives the same class', () => {
  const same: Record<string, () => unknown> = {
    'a flat shape': () => ({street: String, zip: Number}),
    'a nested shape': () => ({geo: {lat: Number, lng: {type: Number}}}),
    'an array of shapes': () => [{sku: String}],
    'arrays within a shape': () => ({lines: [{sku: String, tags: [String]}], matrix: [[Number]]}),
    'a shape below a key type': () => ({type: {street: {type: String, required: true, length: 30}}}),
    'connector settings': () => ({street: {type: String, mysql: {columnName: 'str', dataLength: 20}}}),
    'a key that other objects inherit': () => ({toString: String, hasOwnProperty: Number}),
    'a key __proto__': () => JSON.parse('{"a": "string", "__proto__": "number"}') as object,
    'inherited keys': () => Object.create({street: String}) as object,
    'a nested shape with an id': () => ({issue: {id: Number, title: String}}),
    'symbols at each level': () => ({[TAG]: 1, part: {a: {type: String, [TAG]: {of: 2}}, [TAG]: [{[TAG]: 3}]}}),
    'a symbol as an attribute, and as a type': () => ({
      a: {type: String, tag: TAG},
      b: TAG,
      c: {type: String, tag: Symbol.for('tag')},
    }),
    'a list with attributes': () => ({tags: Object.assign([String], {required: true, [TAG]: 1})}),
    'a list with an id': () => ({tags: Object.assign([String], {id: true}), name: String}),
    'a date, a regular expression and a buffer as attributes': () => ({
      a: {type: Date, after: new Date(1), pattern: /a/g, bytes: Buffer.from('a'), numbers: new Float64Array([1, 2])},
    }),
    'a map and a set as attributes': () => ({a: {type: String, of: new Map([[{b: 1}, new Set([/a/])]])}}),
    'an instance and a proxy as attributes': () => ({a: {type: String, of: MONEY, like: [PROXY]}}),
  };
  for (const [title, shape] of Object.entries(same)) {
    it(title, () => {
      const [first, second] = classesFor(shape(), shape());
      expectSame(second, first);
      expect(first.modelName).to.match(/^AnonymousModel_/);
    });
  }

  it('a shape, the same shape below a key type, and the same shape in an array', () => {
    const [plain, typed, listed] = classesFor({street: String}, {type: {street: String}}, [{street: String}]);
    expectSame(typed, plain);
    expectSame(listed, plain);
  });

  it('type names in any case, and the types that they name', () => {
    const [first, ...others] = classesFor(
      {street: String, since: Date},
      {street: 'string', since: 'date'},
      {street: 'String', since: 'DATE'},
    );
    for (const other of others) expectSame(other, first);
  });

  it('a property with the value null or false, and no property at all', () => {
    const [without, ...others] = classesFor({street: String}, {street: String, zip: null}, {street: String, zip: false});
    for (const other of others) expectSame(other, without);
  });

  it('attributes whose default is the same object', () => {
    const initial = {level: 1};
    const shape = () => ({options: {type: Object, default: initial}});
    const [first, second] = classesFor(shape(), shape());
    expectSame(second, first);
  });

  it('nested keys named default that hold the same object', () => {
    const initial = {level: Number};
    const [first, second] = classesFor({options: {default: initial}}, {options: {default: initial}});
    expectSame(second, first);
  });

  it('in two builders and two datasources of one tenant', async () => {
    const registries = new TenantRegistries();
    const builders = [
      new ModelBuilder({registries, tenant: 'acme'}),
      new ModelBuilder({registry: registries.for('acme')}),
      new DataSource({connector: 'memory', modelRegistry: {registries, tenant: 'acme'}}),
      new DataSource({connector: 'memory', modelRegistry: {registries, tenant: 'acme'}}),
    ];
    const shape = () => ({street: String, geo: {lat: Number}});
    const [first, ...others] = builders.map(builder => classFor(builder as Builder, shape()));
    for (const other of others) expectSame(other, first);
    expect(registries.for('acme').stats()).to.include({models: 4, embeddedModels: 2, fingerprints: 2});
    await registries.dispose();
  });

  it('after the model around it is rebuilt or redefined', () => {
    const registry = new ModelRegistry();
    const builder = new ModelBuilder({registry});
    const define = () => builder.define('Customer', {part: {street: String}});
    const first = resolved(define());
    builder.defineProperty('Customer', 'name', {type: String});
    builder.extendModel('Customer', {age: {type: Number}, born: {type: Date}});
    expectSame(resolved(builder.getModel('Customer')), first);
    expectSame(resolved(define()), first);
    expect(registry.stats()).to.include({models: 1, embeddedModels: 1, fingerprints: 1});
  });

  it('and findByStructure finds that class for no other structure', () => {
    const registry = new ModelRegistry();
    const builder = new ModelBuilder({registry});
    const Address = classFor(builder, {street: String});
    expectSame(registry.findByStructure({street: 'string'}), Address);
    expect(registry.findByStructure({street: Number})).to.equal(undefined);
    expect(registry.findByStructure({street: 'Street'})).to.equal(undefined);
    expect(registry.findByName('Street')).to.equal(undefined);
  });

  it('as long as user code holds the class, however many other classes are made', () => {
    const builder = new ModelBuilder({registry: new ModelRegistry()});
    const Held = (builder as any).resolveType({street: String});
    for (let i = 0; i < 200; i++) classFor(builder, {[`key${i}`]: String});
    expectSame((builder as any).resolveType({street: String}), Held);
  });
});

describe('Different structures never give the same class', () => {
  const named = (value: unknown) => {
    const Point = function Point() {
      return value;
    };
    return Point;
  };
  const different: Record<string, () => unknown[]> = {
    types: () => [{a: String}, {a: Number}, {a: Boolean}, {a: Object}, {a: Array}, {a: []}, {a: [String]}, {a: [[String]]}],
    names: () => [{a: String}, {b: String}, {a: String, b: String}, {'a,b': String}, {'a"': String}],
    'names whose 32-bit FNV hashes collide': () => [{f765: String}, {f8u7: String}],
    'two unrelated classes of one name': () => [{at: named(1)}, {at: named(2)}],
    'two unrelated models of one name': () => {
      const models = [new juggler.ModelBuilder(), new juggler.ModelBuilder()].map(builder =>
        builder.define('Point', {x: Number}),
      );
      return models.map(model => ({at: model}));
    },
    'default functions': () => [{a: {type: Date, default: () => 1}}, {a: {type: Date, default: () => 1}}],
    'default objects of equal content': () => [
      {a: {type: Object, default: {level: 1}}},
      {a: {type: Object, default: {level: 1}}},
      {a: {type: Object, default: []}},
      {a: {type: Object, default: []}},
    ],
    defaults: () => [
      {a: {type: String, default: '1'}},
      {a: {type: String, default: 1}},
      {a: {type: String, default: 1n}},
      {a: {type: String, default: null}},
      {a: {type: String, default: undefined}},
      {a: {type: String, default: true}},
      {a: {type: String, default: 'true'}},
      {a: {type: String}},
    ],
    'zeros of two signs': () => [{a: {type: Number, default: 0}}, {a: {type: Number, default: -0}}],
    'regular expressions': () => [{a: {type: String, pattern: /a/}}, {a: {type: String, pattern: /b/}}],
    dates: () => [{a: {type: Date, after: new Date(1)}}, {a: {type: Date, after: new Date(2)}}],
    attributes: () => [{a: String}, {a: {type: String, required: true}}, {a: {type: String, required: 'true'}}],
    'connector settings': () => [
      {a: {type: String, mysql: {columnName: 'a'}}},
      {a: {type: String, mysql: {columnName: 'b'}}},
      {a: {type: String, mysql: {columnName: 'a', dataLength: 1}}},
      {a: {type: String, oracle: {columnName: 'a'}}},
      {a: {type: String, mysql: ['columnName', 'a']}},
    ],
    'attributes deep inside': () => [
      {a: {b: [{c: {type: String, mysql: {index: {kind: 'hash'}}}}]}},
      {a: {b: [{c: {type: String, mysql: {index: {kind: 'btree'}}}}]}},
    ],
    'a nested key named default': () => [{a: {default: 'string'}}, {a: {default: String}}, {a: {default: 'String'}}],
    'a nested key named required': () => [{a: {required: 'boolean'}}, {a: {required: Boolean}}, {a: {b: Boolean}}],
    'the other items of an array': () => [{a: [String, 1]}, {a: [String, 2]}, {a: [String]}],
    'the order of keys': () => [
      {a: String, b: String},
      {b: String, a: String},
    ],
    'the order of nested keys': () => [{a: {b: String, c: Number}}, {a: {c: Number, b: String}}],
    'a nested shape, and the same below type': () => [{a: {b: String}}, {a: {type: {b: String}}}],
    'a key that is an attribute, and one that is a property': () => [
      {a: {type: {type: String, length: Number}}},
      {a: {type: String, length: Number}},
      {a: {type: {type: {type: String}, length: Number}}},
    ],
    'a key __proto__': () => [
      {a: String},
      JSON.parse('{"a": "string", "__proto__": "number"}'),
      JSON.parse('{"a": "string", "__proto__": "date"}'),
    ],
  };
  for (const [title, shapes] of Object.entries(different)) {
    it(title, () => {
      const classes = classesFor(...shapes());
      expect(new Set(classes).size).to.equal(classes.length);
    });
  }

  it('the same structure under another setting strictEmbeddedModels', () => {
    const builder = new ModelBuilder({registry: new ModelRegistry()});
    const byStrictness = () =>
      [undefined, true, 'throw', 'validate', 'filter'].map(strict => {
        (builder as any).settings.strictEmbeddedModels = strict;
        return classFor(builder, {street: String});
      });
    const classes = byStrictness();
    expect(new Set(classes).size).to.equal(5);
    expect(classes.map(model => model.settings.strict)).to.deep.equal([false, true, 'throw', 'validate', 'filter']);
    expect(byStrictness()).to.deep.equal(classes);
  });

  it('the same structure on another base class', () => {
    const registry = new ModelRegistry();
    const [builder, other] = [new ModelBuilder({registry}), new ModelBuilder({registry})];
    const Base = builder.define('Base');
    const plain = classFor(builder, {street: String});
    other.defaultModelBaseClass = Base;
    const based = classFor(other, {street: String});
    expectOther(based, plain);
    expectSame(based.base, Base);
    expectSame(classFor(builder, {street: String}), plain);
    expectSame(classFor(other, {street: String}), based);
  });

  it('a property object before and after a change', () => {
    const builder = new ModelBuilder({registry: new ModelRegistry()});
    const address: Record<string, unknown> = {street: {type: String, mysql: {columnName: 'street'}}};
    const first = classFor(builder, address);
    address.zip = String;
    const second = classFor(builder, address);
    (address.street as any).mysql.columnName = 'str';
    const third = classFor(builder, address);
    delete address.zip;
    (address.street as any).mysql.columnName = 'street';

    expect(new Set([first, second, third]).size).to.equal(3);
    expect(Object.keys(first.definition.properties)).to.deep.equal(['street']);
    expect(first.definition.properties.street.mysql).to.deep.equal({columnName: 'street'});
    expect(Object.keys(third.definition.properties)).to.deep.equal(['street', 'zip']);
    expect(third.definition.properties.street.mysql).to.deep.equal({columnName: 'str'});
    expectSame(classFor(builder, address), first);
  });

  it('a default object before and after a change', () => {
    const builder = new ModelBuilder({registry: new ModelRegistry()});
    const initial = {level: 1};
    const shape = () => ({options: {type: Object, default: initial}});
    const first = classFor(builder, shape());
    initial.level = 2;
    const second = classFor(builder, shape());
    expectOther(second, first);
    expect(second.definition.properties.options.default).to.deep.equal({level: 2});
  });
});

describe('A type name stands for the type that it names at the time of the define', () => {
  let registry: ModelRegistry;
  let builder: Builder;
  const home = () => ({address: 'Address', since: Date});

  beforeEach(() => {
    registry = new ModelRegistry();
    builder = new ModelBuilder({registry});
  });

  it('redefining a model ends the fingerprints of structures that name it', () => {
    const Address = builder.define('Address', {street: String});
    const first = classFor(builder, home());
    const outer = classFor(builder, {list: [{home: {address: 'Address'}}]});
    const byReference = classFor(builder, {at: Address});
    const unrelated = classFor(builder, {street: String});
    const {fingerprints} = registry.stats();

    const Redefined = builder.define('Address', {street: String, zip: String});

    // home(), and the three levels around the second mention; the one by reference means what it meant
    expect(registry.stats().fingerprints).to.equal(fingerprints - 4);
    expect(registry.findByStructure(home())).to.equal(undefined);
    expectSame(registry.findByStructure({at: Address}), byReference);
    const second = classFor(builder, home());
    expectOther(second, first);
    expectSame(second.definition.properties.address.type, Redefined);
    expectSame(first.definition.properties.address.type, Address);
    expectOther(classFor(builder, {list: [{home: {address: 'Address'}}]}), outer);
    expectOther(classFor(builder, {at: Redefined}), byReference);
    expectSame(classFor(builder, {street: String}), unrelated);
  });

  it('deleting a model ends the fingerprints of structures that name it', () => {
    builder.define('Address', {street: String});
    const first = classFor(builder, home());
    (builder as any).deleteModelByName('Address');
    expect(registry.stats().fingerprints).to.equal(0);
    const second = classFor(builder, home());
    expectOther(second, first);
    expect(second.definition.properties.address.type.settings.unresolved).to.equal(true);
  });

  it('filling in a placeholder keeps the fingerprints of structures that name it', () => {
    const first = classFor(builder, home());
    const Address = builder.define('Address', {street: String});
    expectSame(first.definition.properties.address.type, Address);
    expectSame(classFor(builder, home()), first);
    expectSame(classFor(builder, {address: Address, since: Date}), first);
  });

  it('the name means another type once a tenant’s model hides the shared model of that name', async () => {
    const registries = new TenantRegistries();
    const Shared = new ModelBuilder({registry: registries.shared}).define('Address', {street: String});
    const tenant = new ModelBuilder({registries, tenant: 'acme'});
    const first = classFor(tenant, home());
    const Own = tenant.define('Address', {zip: String});
    const second = classFor(tenant, home());
    expectSame(first.definition.properties.address.type, Shared);
    expectSame(second.definition.properties.address.type, Own);
    expectOther(second, first);
    expect(registries.for('acme').stats().fingerprints).to.equal(1);
    await registries.dispose();
  });

  it('the name means another type once the shared model is redefined', async () => {
    const registries = new TenantRegistries();
    const shared = new ModelBuilder({registry: registries.shared});
    shared.define('Address', {street: String});
    const tenant = new ModelBuilder({registries, tenant: 'acme'});
    const first = classFor(tenant, home());
    const Redefined = shared.define('Address', {zip: String});
    const second = classFor(tenant, home());
    expectOther(second, first);
    expectSame(second.definition.properties.address.type, Redefined);
    await registries.dispose();
  });
});

describe('A structure without a fingerprint gives the class that juggler makes, and the class ends with its registry', () => {
  const cycle = (make: (end: object) => object) => {
    const end: Record<string, unknown> = {};
    return Object.assign(end, make(end));
  };
  const shapes: Record<string, () => unknown> = {
    'a cycle in an attribute': () => ({a: {type: String, meta: cycle(end => ({end}))}}),
    'a shape without a prototype': () => ({a: Object.assign(Object.create(null), {b: String})}),
    'a typed property without a prototype': () => ({a: Object.assign(Object.create(null), {type: String})}),
    'an instance as a type': () => ({a: MONEY}),
    'a shape with a key constructor': () => ({a: {constructor: String, b: Number}}),
    'an undefined property': () => ({a: {b: undefined}}),
    'a dotted name': () => ({a: {'b.c': String}}),
  };
  for (const [title, shape] of Object.entries(shapes)) {
    it(title, () => {
      const expected = outcome(new juggler.ModelBuilder(), shape());
      const before = liveClasses();
      const registry = new ModelRegistry();
      (() => {
        const builder = new ModelBuilder({registry});
        const empty = registry.stats();
        const first = outcome(builder, shape());
        expect(first.looks).to.deep.equal(expected.looks);
        if (expected.model === undefined) {
          expect(registry.stats()).to.deep.equal(empty);
          expect(Object.keys(registry.models)).to.deep.equal([]);
          return;
        }
        const second = outcome(builder, shape());
        expectOther(resolved(second.model), resolved(first.model));
        expect(registry.stats()).to.include({models: 2, fingerprints: 0}).with.property('embeddedModels').above(1);
      })();
      registry.dispose();
      expect(liveClasses() - before).to.equal(0);
    });
  }

  it('a getter that returns another type each time: each class is indexed by the type that it got', () => {
    let answers = 0;
    const shape = () => Object.defineProperty({b: String}, 'a', {get: () => (answers++ % 2 ? Number : String), enumerable: true});
    const builder = new ModelBuilder({registry: new ModelRegistry()});
    for (let i = 0; i < 4; i++) {
      const model = classFor(builder, shape());
      const {type} = model.definition.properties.a;
      expectSame(classFor(builder, {b: String, a: type}), model);
      expectOther(classFor(builder, {b: String, a: type === String ? Number : String}), model);
    }
  });

  function outcome(builder: Builder, shape: unknown): {model?: any; looks: unknown} {
    try {
      const model = builder.define(`Model${round++}`, {part: shape} as never, {idInjection: false});
      return {model, looks: looks(resolved(model))};
    } catch (error) {
      const {constructor, message} = error as Error;
      return {looks: [constructor.name, message.replace(/Model: \S+,/, '')]};
    }
  }
});

describe('An embedded class that was changed is no longer found by its structure', () => {
  const shape = () => ({street: String, zip: String});
  const changes: Record<string, (Address: any, builder: Builder) => void> = {
    'by defineProperty': Address => Address.defineProperty('city', {type: String}),
    'by defineProperty of the builder': (Address, builder) => builder.defineProperty(Address.modelName, 'street', {type: Number}),
    'by extendModel': (Address, builder) => builder.extendModel(Address.modelName, {city: {type: String}}),
    'by its definition': Address => Address.definition.defineProperty('city', {type: String}),
    'by an observer': Address => Address.observe('before save', () => {}),
    'by a listener': Address => Address.on('changed', () => {}),
    'by a validation': Address => Address.validatesPresenceOf('street'),
    'by a second validation of its kind': Address => Address.validate('zip', () => {}),
    'by a static': Address => (Address.parse = () => {}),
    'by a static that replaces juggler’s': Address => (Address.getPropertyType = () => 'mine'),
    'by a method': Address => (Address.prototype.print = () => {}),
    'by a method that replaces juggler’s': Address => (Address.prototype.toJSON = () => 'mine'),
    'by a setter': Address => (Address.setter.street = () => {}),
    'by a getter': Address => (Address.getter.street = () => 'mine'),
    'by an accessor': Address => Object.defineProperty(Address.prototype, 'street', {get: () => 'mine', configurable: true}),
    'by a setting': Address => (Address.settings.strict = true),
    'by a setting of its definition': Address => (Address.definition.settings.hidden = ['zip']),
    'by an attribute': Address => (Address.definition.properties.street.required = true),
    'by a named mixin': (Address, builder) => {
      (builder as any).mixins.define('Timestamps', (model: any) => model.defineProperty('at', {type: Date}));
      Address.mixin('Timestamps');
    },
    'by a model mixin': (Address, builder) => Address.mixin(builder.define('Stamped', {at: Date})),
    'by a datasource': Address =>
      Address.attachTo(new DataSource({connector: 'memory', modelRegistry: {registry: registryOf.get(Address)!}})),
    'by a relation': (Address, builder) => {
      const dataSource = new DataSource('db', {connector: 'memory'}, builder);
      Address.attachTo(dataSource);
      Address.belongsTo((dataSource as any).define('Country', {}));
    },
  };
  const registryOf = new WeakMap<object, ModelRegistry>();

  for (const [title, change] of Object.entries(changes)) {
    it(title, () => {
      const registry = new ModelRegistry();
      const builder = new ModelBuilder({registry});
      const Address = classFor(builder, shape());
      registryOf.set(Address, registry);

      change(Address, builder);

      expectSame(registry.findByStructure(shape()), undefined);
      const Fresh = classFor(builder, shape());
      expectOther(Fresh, Address);
      expect(looks(Fresh)).to.deep.equal(looks(classFor(new juggler.ModelBuilder(), shape())));
      expectSame(classFor(builder, shape()), Fresh);
    });
  }

  it('a class that contains the changed class is no longer found either', () => {
    const registry = new ModelRegistry();
    const builder = new ModelBuilder({registry});
    const Customer = classFor(builder, {home: shape()});
    const Address = Customer.definition.properties.home.type;
    Address.validatesPresenceOf('street');
    const Fresh = classFor(builder, {home: shape()});
    expectOther(Fresh.definition.properties.home.type, Address);
    expectOther(Fresh, Customer);
  });
});

describe('For random structures', () => {
  it('another order of keys gives another class', async () => {
    const wrap = fc.constantFrom<(shape: object) => unknown>(
      shape => shape,
      shape => [shape],
      shape => ({outer: shape}),
      shape => ({outer: [shape]}),
      shape => ({outer: {type: shape, index: true}}),
    );
    const ordered = anyShape
      .map(shape => Object.entries(shape).filter(([, property]) => property !== null))
      .filter(entries => entries.length > 1);
    await assertProperty(
      fc.property(
        ordered.chain(entries => fc.tuple(fc.constant(entries), fc.shuffledSubarray(entries, {minLength: entries.length}))),
        wrap,
        ([entries, shuffled], wrapped) => {
          fc.pre(entries.some((entry, index) => entry !== shuffled[index]));
          const [first, second] = classesFor(wrapped(Object.fromEntries(entries)), wrapped(Object.fromEntries(shuffled)));
          expectOther(second, first);
        },
      ),
      200,
    );
  });
});
