/* eslint max-lines: off -- one behaviour, in one file; most of it is a list of cases */
import {expect} from 'chai';
import fc from 'fast-check';
import {DataSource, ModelBuilder, ModelRegistry, TenantContext, TenantRegistries} from '../../../lib/index';
import {assertProperty} from '../../support/assert-property';
import {lookedAt} from '../../support/first-look';
import {liveClasses, nextJob} from '../../support/live-classes';
import {keepingConnector} from '../../support/keeping-connector';

class Money {
  constructor(readonly amount: number) {}
}
const NOW = () => new Date();
const PATTERN = /^[a-z]+$/;
const MONEY = new Money(1);
const TAG = Symbol('tag');

/** All that juggler writes into on stock, as a user may have it in one module-level literal. */
const properties = () => ({
  name: {type: String, required: true, mysql: {columnName: 'nm'}},
  since: {type: Date, default: NOW},
  code: {type: 'string', pattern: PATTERN, unit: MONEY},
  price: {type: Money, default: {amount: 1}},
  issue: {id: Number, title: 'string'},
  addr: {street: String, geo: {lat: Number, lng: {type: Number, default: 0}}},
  items: [{sku: {type: String, id: true}, tags: ['string'], gone: null}],
  typed: {type: {a: String, b: {type: {c: Number}}}},
  tags: Object.assign(['string'], {required: true, description: ['several', 'lines'], default: ['a'], [TAG]: {of: {deep: 1}}}),
  marked: {type: String, [TAG]: {of: [1]}, mysql: {[TAG]: {of: 2}}},
  part: {
    x: {type: String, [TAG]: {of: 3}},
    list: Object.assign([{y: Number}], {index: {unique: true}}),
    [TAG]: {of: {[TAG]: {}}},
  },
  hidden: false,
  [TAG]: {of: 4},
});

const settings = () => ({
  plural: 'Things',
  hidden: ['code'],
  indexes: {byName: {keys: {name: 1}}},
  http: {path: 'things'},
  acls: [{principalType: 'ROLE', property: ['find']}, {principalType: 'USER'}],
  mixins: {Stamped: {at: true}, Numbered: [true, {from: 1}]},
  relations: {owner: {type: 'belongsTo', model: 'Owner', options: {polymorphic: false}}},
  scopes: {cheap: {where: {price: 1}}},
  configureModelMerge: {acls: {rank: true}, hidden: {replace: false}},
  validations: [() => true],
  scope: {where: {price: {[TAG]: {of: 18}}}},
  [TAG]: {of: [{deep: 5}]},
});

interface Literals {
  properties: ReturnType<typeof properties>;
  settings: ReturnType<typeof settings>;
}

interface Maker {
  builder: any;
  dataSource: any;
  Base: any;
}

/** Each way to hand literals over. */
const ways: Record<string, (maker: Maker, literals: Literals, name: string) => unknown> = {
  define: ({builder}, {properties, settings}, name) => builder.define(name, properties, settings),
  'define of a datasource': ({dataSource}, {properties, settings}, name) => dataSource.define(name, properties, settings),
  createModel: ({dataSource}, {properties, settings}, name) => dataSource.createModel(name, properties, settings),
  'base, by name': ({builder}, {properties, settings}, name) => builder.define(name, properties, withBase(settings, 'Base')),
  'base, by class': ({builder, Base}, {properties, settings}, name) => builder.define(name, properties, withBase(settings, Base)),
  'base of createModel': ({dataSource, Base}, {properties, settings}, name) =>
    dataSource.createModel(name, properties, withBase(settings, Base)),
  extend: ({Base}, {properties, settings}, name) => Base.extend(name, properties, settings),
  'extend of a subclass': ({Base}, {properties, settings}, name) =>
    Base.extend(`${name}Base`, properties, settings).extend(name, properties, settings),
  'buildModels, a list': ({builder}, {properties, settings}, name) =>
    builder.buildModels([{name, properties, options: settings}]),
  'buildModels, one schema': ({builder}, {properties, settings}, name) =>
    builder.buildModels({name, properties, options: settings}),
  'buildModels, with createModel': ({builder, dataSource}, {properties, settings}, name) =>
    builder.buildModels([{name, properties, options: settings}], dataSource.createModel.bind(dataSource)),
  'buildModels, anonymous': ({builder}, {properties}) => builder.buildModels(properties),
  buildModelFromInstance: ({builder}, {settings}, name) => builder.buildModelFromInstance(name, {a: {b: 'c'}}, settings),
  'buildModelFromInstance of a datasource': ({dataSource}, {settings}, name) =>
    dataSource.buildModelFromInstance(name, {a: {b: 'c'}}, settings),
  defineProperty: ({builder}, {properties}, name) => {
    builder.define(name, {});
    for (const [key, property] of defined(properties)) builder.defineProperty(name, key, property);
  },
  'defineProperty of a model with a datasource': ({dataSource}, {properties}, name) => {
    const model = dataSource.define(name, {});
    for (const [key, property] of defined(properties)) model.defineProperty(key, property);
  },
  extendModel: ({builder}, {properties}, name) => {
    builder.define(name, {});
    builder.extendModel(name, Object.fromEntries(defined(properties)));
  },
};

/** `false` switches off what a base has; there is no such property to define. */
const defined = (all: object): [string, unknown][] => Object.entries(all).filter(([, property]) => property !== false);

function withBase(settings: object, base: unknown): object {
  return Object.isFrozen(settings) ? Object.freeze({...settings, base}) : Object.assign(settings, {base});
}

/** A builder and a datasource of the tenant's, with all that the settings name. */
function maker(registries: TenantRegistries, tenant: string): Maker {
  const builder: any = new ModelBuilder({registries, tenant});
  const dataSource: any = new DataSource('db', {connector: keepingConnector()}, builder);
  for (const name of ['Stamped', 'Numbered']) builder.mixins.define(name, () => {});
  const acls = [{principalType: 'ROLE', property: ['create']}];
  const Base = dataSource.define('Base', {base: {part: String}, hidden: String}, {acls, hidden: ['base'], strict: true});
  return {builder, dataSource, Base};
}

/** Every own key and value, hidden ones too; functions and other objects are themselves. */
function written(value: unknown): unknown {
  if (!isPlain(value)) return value;
  return [Array.isArray(value), Reflect.ownKeys(value).map(key => [key, written((value as any)[key])])];
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

describe('A define does not change the objects that the caller passes in', () => {
  const registries = new TenantRegistries();
  after(() => registries.dispose());
  const acme = maker(registries, 'acme');
  after(() => registries.dispose());

  for (const [title, define] of Object.entries(ways)) {
    it(title, () => {
      const literals = {properties: properties(), settings: settings()};
      const name = `Model ${title}`;
      define(acme, literals, name);
      // what a caller adds to its own settings is not ours to judge
      delete (literals.settings as any).base;
      expect(written(literals.properties)).to.deep.equal(written(properties()));
      expect(written({...literals.settings, validations: []})).to.deep.equal(written({...settings(), validations: []}));
    });
  }

  it('the settings base and super', () => {
    const {Base, builder} = acme;
    const [byBase, bySuper] = [{base: Base}, {super: 'Base'}];
    builder.define('ByBase', {}, byBase);
    builder.define('BySuper', {}, bySuper);
    expect(byBase).to.deep.equal({base: Base});
    expect(bySuper).to.deep.equal({super: 'Base'});
  });

  it('the list of schemas and the schemas in a call of buildModels', () => {
    const schemas: unknown[] = [{name: 'Listed', properties: {a: String}}, {properties: {b: {c: String}}}];
    acme.builder.buildModels(schemas);
    expect(schemas).to.deep.equal([{name: 'Listed', properties: {a: String}}, {properties: {b: {c: String}}}]);
  });

  it('the document in a call of buildModelFromInstance', () => {
    const document = () => ({id: 1, sender: {type: 'User', id: 2}, tags: ['a'], at: new Date(1), parts: [{a: {b: [1]}}]});
    const given = document();
    const Model = acme.builder.buildModelFromInstance('Document', given, {idInjection: false});
    new Model(given);
    expect(written(given)).to.deep.equal(written(document()));
  });

  it('one object that occurs several times in the properties', () => {
    const address = {street: {type: String, mysql: {columnName: 'str'}}};
    const shape = {home: address, work: {type: address}, others: [address]};
    acme.builder.define('Shared parts', shape);
    expect(shape).to.deep.equal({home: address, work: {type: address}, others: [address]});
    expect([shape.home, shape.work.type, shape.others[0]].every(part => part === address)).to.equal(true);
    expect(address).to.deep.equal({street: {type: String, mysql: {columnName: 'str'}}});
  });
});

describe('Functions, classes and instances of the application’s classes are passed to the model uncopied', () => {
  for (const title of ['define', 'createModel', 'extend', 'buildModels, a list', 'extendModel']) {
    it(title, async () => {
      const registries = new TenantRegistries();
      const acme = maker(registries, 'acme');
      const literals = {properties: properties(), settings: settings()};
      ways[title](acme, literals, 'Thing');
      const {definition} = acme.builder.getModel('Thing');
      expect(definition.properties.since.default).to.equal(NOW);
      expect(definition.properties.code.unit).to.equal(MONEY);
      expect(definition.properties.price.type).to.equal(Money);
      expect(definition.rawProperties.since.type).to.equal(Date);
      if (title !== 'extendModel') expect(definition.settings.validations[0]).to.equal(literals.settings.validations[0]);
      await registries.dispose();
    });
  }
});

describe('Two tenants that define models from the same literal share no objects', () => {
  for (const [title, define] of Object.entries(ways)) {
    if (title === 'buildModels, anonymous') continue;
    it(title, async () => {
      const registries = new TenantRegistries();
      const literals = {properties: properties(), settings: settings()};
      // the base, where there is one, is the tenant's own
      const [acme, globex] = ['acme', 'globex'].map(tenant => {
        delete (literals.settings as any).base;
        const {builder} = make(tenant);
        return builder.getModel('Thing');

        function make(tenant: string): Maker {
          const its = maker(registries, tenant);
          define(its, literals, 'Thing');
          return its;
        }
      });
      const sharedObjects = intersection(reachable(acme.definition), reachable(globex.definition));
      expect(sharedObjects).to.deep.equal([]);
      expect(intersection(reachable(acme.definition), reachable(literals))).to.deep.equal([]);

      const before = ['properties', 'rawProperties', 'settings'].map(part => written(globex.definition[part]));
      for (const object of reachable(acme.definition)) (object as any).changed = true;
      const after = ['properties', 'rawProperties', 'settings'].map(part => written(globex.definition[part]));
      expect(after).to.deep.equal(before);
      expect((literals.properties.name as any).changed).to.equal(undefined);
      await registries.dispose();
    });
  }

  it('an instance of one tenant does not share default objects with the other tenant', async () => {
    const registries = new TenantRegistries();
    const literal = {options: {type: Object, default: {level: 1}}, nested: {list: {type: Array, default: [{a: 1}]}}};
    const models = ['acme', 'globex'].map(tenant => maker(registries, tenant).builder.define('Thing', literal));
    const [acme, globex] = models;
    const instance = new acme({nested: {}});
    instance.options.level = 2;
    expect(new globex().options).to.deep.equal({level: 1});
    expect(literal.options.default).to.deep.equal({level: 1});
    await registries.dispose();
  });

  it('offboarding one tenant leaves the other unchanged, and a reinstated tenant can define from the same literal again', async () => {
    const registries = new TenantRegistries();
    const before = liveClasses();
    const literals = {properties: properties(), settings: settings()};
    (() => {
      for (const tenant of ['acme', 'globex'])
        for (const define of [ways.createModel, ways.extend]) {
          lookedAt(define(maker(registries, tenant), literals, define === ways.createModel ? 'Thing' : 'Other'));
        }
    })();
    const classes = (liveClasses() - before) / 2;
    expect(classes).to.be.above(5);

    const {survivors} = await registries.offboard('acme', {verify: true});
    expect(survivors).to.equal(0);
    expect(liveClasses() - before).to.equal(classes);
    (() => {
      const Thing: any = registries.for('globex').findByName('Thing');
      const thing = new Thing({name: 'a', addr: {geo: {lat: '1'}}, items: [{sku: 1}]});
      expect(thing.toJSON()).to.deep.include({name: 'a', addr: {street: undefined, geo: {lat: 1, lng: 0}}});
      expect(thing.items[0].sku).to.equal('1');
    })();

    registries.reinstate('acme');
    (() => void lookedAt(ways.createModel(maker(registries, 'acme'), literals, 'Thing')))();
    (() => {
      const Thing: any = registries.for('acme').findByName('Thing');
      expect(new Thing({addr: {geo: {lat: '2'}}}).addr.geo.lat).to.equal(2);
    })();
    await registries.offboard('acme');
    await registries.offboard('globex');
    await nextJob();
    expect(liveClasses() - before).to.equal(0);
    expect(written(literals.properties)).to.deep.equal(written(properties()));
  });

  it('two tenants that extend a shared model from the same literal share no objects', async () => {
    const registries = new TenantRegistries();
    const Shared: any = lookedAt(new ModelBuilder({registries}).define('Shared', {part: {a: String}}));
    const before = liveClasses();
    const literals = {properties: properties(), settings: settings()};
    for (const tenant of ['acme', 'globex']) {
      const itsSettings = {...literals.settings, mixins: {}};
      TenantContext.run(tenant, () => void lookedAt(Shared.extend('Thing', literals.properties, itsSettings)));
    }
    await registries.offboard('acme');
    await registries.offboard('globex');
    await nextJob();
    expect(liveClasses() - before).to.equal(0);
    expect(written(literals.properties)).to.deep.equal(written(properties()));
    expect(Object.keys(registries.shared.models).filter(name => !name.startsWith('Anonymous'))).to.deep.equal(['Shared']);
    await registries.dispose();
  });
});

describe('JSON with a key __proto__ changes no prototype', () => {
  const json = '{"__proto__": {"polluted": true, "type": "string"}, "a": {"__proto__": {"polluted": true}, "b": "string"}}';
  const literal = () => JSON.parse(json) as Record<string, unknown>;
  const typed = () => JSON.parse(`{"a": {"type": "string", "mysql": ${json}, "default": ${json}}}`) as Record<string, unknown>;
  const attempts: Record<string, (maker: Maker) => unknown> = {
    'as properties': ({builder}) => builder.define('Thing', literal()),
    'as attributes': ({builder}) => new (builder.define('Thing', typed()))(),
    'as settings': ({builder}) => builder.define('Thing', {}, literal()),
    'as settings of a subclass': ({Base}) =>
      Base.extend('Thing', literal(), {...literal(), acls: literal(), configureModelMerge: true}),
    'as settings with a base': ({builder}) => builder.define('Thing', typed(), Object.assign(literal(), {base: 'Base'})),
    'as settings of createModel': ({dataSource}) => dataSource.createModel('Thing', typed(), literal()),
    'as a schema': ({builder}) => builder.buildModels([{name: 'Thing', properties: literal(), options: literal()}]),
    'as a document': ({builder}) => builder.buildModelFromInstance('Thing', literal()),
    'as a property': ({Base}) => Base.defineProperty('thing', literal()),
    'as properties of a model that is there': ({builder}) => {
      // as on stock
      expect(() => builder.extendModel('Base', literal())).to.throw('Invalid type for property __proto__');
    },
  };
  for (const [title, attempt] of Object.entries(attempts)) {
    it(title, async () => {
      const registries = new TenantRegistries();
      const keys = Reflect.ownKeys(Object.prototype);
      attempt(maker(registries, 'acme'));
      expect(({} as any).polluted).to.equal(undefined);
      expect((() => {}) as any).not.to.have.property('polluted');
      expect(Reflect.ownKeys(Object.prototype)).to.deep.equal(keys);
      expect(literal()).to.deep.equal(JSON.parse(json));
      for (const dictionary of [registries.for('acme').models, registries.for('acme').definitions]) {
        expect('polluted' in dictionary).to.equal(false);
      }
      await registries.dispose();
    });
  }

  it('the key __proto__ is kept as an ordinary key of the copies', async () => {
    const registries = new TenantRegistries();
    const {definition} = maker(registries, 'acme').builder.define('Thing', typed(), literal());
    for (const copy of [definition.settings, definition.properties.a.mysql, definition.properties.a.default]) {
      expect(Object.getOwnPropertyDescriptor(copy, '__proto__')?.value).to.deep.equal({polluted: true, type: 'string'});
      expect(copy.polluted).to.equal(undefined);
    }
    await registries.dispose();
  });
});

describe('Models can be defined from frozen literals', () => {
  for (const [title, define] of Object.entries(ways)) {
    it(title, async () => {
      const registries = new TenantRegistries();
      const literals = {properties: deepFreeze(properties()), settings: deepFreeze(settings())};
      const its = maker(registries, 'acme');
      expect(() => define(its, literals, 'Thing')).not.to.throw();
      await registries.dispose();
    });
  }

  const {shape: anyShape} = fc.letrec<{shape: Record<string, unknown>; property: unknown}>(tie => ({
    shape: fc.dictionary(fc.constantFrom('a', 'b', 'id', 'default', 'required', 'hidden'), tie('property'), {
      minKeys: 1,
      maxKeys: 4,
      noNullPrototype: true,
    }),
    property: fc.oneof(
      {depthSize: 'small', withCrossShrink: true},
      fc.constantFrom<unknown>(String, Number, 'date', 'boolean', null, false, Money),
      fc.record(
        {
          type: fc.oneof(fc.constantFrom<unknown>(String, 'number'), tie('shape')),
          id: fc.constantFrom(undefined, true, 1),
          generated: fc.boolean(),
          default: fc.constantFrom<unknown>(undefined, NOW, {level: 1}, [1]),
          mysql: fc.record({columnName: fc.string()}, {noNullPrototype: true}),
        },
        {noNullPrototype: true},
      ),
      fc.tuple(tie('shape')),
      tie('shape'),
    ),
  }));

  it('with any structure', async () => {
    await assertProperty(
      fc.property(anyShape, shape => {
        const text = written(shape);
        deepFreeze(shape);
        const registry = new ModelRegistry();
        const builder: any = new ModelBuilder({registry});
        const dataSource: any = new DataSource('db', {connector: keepingConnector()}, builder);
        const Base = builder.define('Base', {base: {part: String}});
        builder.define('Defined', shape, deepFreeze({strict: undefined, acls: [{a: 1}]}));
        dataSource.createModel('Created', shape, deepFreeze({}));
        Base.extend('Extended', shape, deepFreeze({}));
        builder.define('Based', shape, deepFreeze({base: 'Base'}));
        builder.buildModels(deepFreeze([{name: 'Built', properties: shape, options: {}}]));
        expect(written(shape)).to.deep.equal(text);
        registry.dispose();
      }),
      100,
    );
  });
});

function deepFreeze<T>(value: T): T {
  if (!isPlain(value)) return value;
  for (const key of Reflect.ownKeys(value)) deepFreeze((value as Record<PropertyKey, unknown>)[key]);
  return Object.freeze(value);
}

/** The plain objects that a definition or a literal consists of. */
function reachable(value: any, found = new Set<object>()): Set<object> {
  const parts = value.rawProperties ? [value.properties, value.rawProperties, value.settings] : [value];
  const visit = (part: unknown): void => {
    if (typeof part === 'function' && (part as any).settings?.anonymous) {
      const {definition} = part as any;
      for (const inner of [definition.properties, definition.rawProperties, definition.settings]) visit(inner);
      found.add(part);
    }
    if (!isPlain(part) || found.has(part)) return;
    found.add(part);
    for (const key of Reflect.ownKeys(part)) visit((part as Record<PropertyKey, unknown>)[key]);
  };
  parts.forEach(visit);
  return found;
}

function intersection(some: Set<object>, others: Set<object>): object[] {
  return [...some].filter(object => others.has(object));
}
