import {inspect} from 'node:util';
import {expect} from 'chai';
import {forJuggler, ModelBuilder, ModelRegistry} from '../../../lib/index';
import {debugLinesOf} from '../../support/debug-lines';
import {lookedAt} from '../../support/first-look';
import {anotherJuggler} from '../../support/another-juggler';

const NAMESPACE = 'loopback-scoped-registry:define';

interface Case {
  readonly reason: string;
  readonly properties?: object;
  readonly settings?: object;
  readonly name?: string;
  readonly embedded?: 'stock';
  readonly before?: (builder: any) => void;
}

const NO_NAME = "its name is no identifier, or means something else in juggler's constructor";

const CASES: readonly Case[] = [
  {reason: "the option embedded is 'stock'", embedded: 'stock'},
  {reason: 'a placeholder has its name', before: builder => builder.getModel('Customer', true)},
  {reason: NO_NAME, name: 'class'},
  {reason: NO_NAME, name: 'Customer of ours'},
  {reason: NO_NAME, name: 'JSON'},
  {reason: 'it has the setting models', settings: {models: {Order: 'Order'}}},
  {
    reason: 'it has the setting mixins',
    settings: {mixins: {Timed: true}},
    before: builder => builder.mixins.define('Timed', () => {}),
  },
  {reason: 'it has the setting excludeBaseProperties', settings: {excludeBaseProperties: ['id']}},
  {
    reason: 'it has the setting mixins',
    settings: {base: 'Parent'},
    before: builder => {
      builder.mixins.define('Timed', () => {});
      builder.define('Parent', {}, {mixins: {Timed: true}});
    },
  },
  {reason: 'property "constructor" has a name that every object has', properties: {constructor: String}},
  {reason: 'property "__proto__" has a name that every object has', properties: JSON.parse('{"__proto__": "string"}')},
  {reason: 'property "toString" has a name that every object has', properties: {name: String, toString: String}},
  {reason: 'property "name" is switched off', properties: {name: null}},
  {reason: 'property "name" is switched off', properties: {name: false}},
  {reason: 'property "name" has no type', properties: {name: ''}},
  {reason: 'property "name" has no type', properties: {name: 5}},
  {reason: 'property "names" has no type', properties: {name: String, names: ['']}},
  {
    reason: 'property "name" has an object for its option required',
    properties: {name: {type: String, required: {if: 'isNewRecord'}}},
  },
  {
    reason: 'property "name" has an attribute named __proto__',
    properties: {name: JSON.parse('{"type": "string", "__proto__": {"required": true}}')},
  },
  {reason: 'property "born" is no plain object', properties: {born: new Date(0)}},
  {
    reason: 'property "address" is a nested object with the keys id and generated',
    properties: {address: {id: Number, generated: Boolean}},
  },
  {reason: 'property "a\\"b%s" is switched off', properties: {'a"b%s': null}},
];

describe('The log loopback-scoped-registry:define', () => {
  const registryOf = (embedded?: 'stock') => new ModelRegistry({tenant: 'acme', ...(embedded && {embedded})});
  const line = (name: string, reason: string) =>
    `tenant "acme", model ${JSON.stringify(name)}: juggler's define, because ${reason}`;

  for (const {reason, properties = {name: String}, settings, name = 'Customer', embedded, before} of CASES) {
    it(`says “${reason}” for ${inspect([name, properties, settings], {depth: 3, compact: 9, breakLength: Infinity})}`, async () => {
      const builder: any = new ModelBuilder({registry: registryOf(embedded)});
      before?.(builder);
      let made: any;
      const lines = await debugLinesOf(NAMESPACE, () => (made = builder.define(name, properties, settings)));
      expect(made.modelName).to.equal(name);
      expect(lines.filter(each => each.includes(`model ${JSON.stringify(name)}:`))).to.deep.equal([line(name, reason)]);
    });
  }

  it('says that a class is a placeholder', async () => {
    const builder: any = new ModelBuilder({registry: registryOf()});
    const lines = await debugLinesOf(NAMESPACE, () => builder.define('Customer', {orders: ['Order']}));
    expect(lines).to.deep.equal([line('Order', 'it is a placeholder for a model that is not defined yet')]);
  });

  it('contains embedded classes, by their names', async () => {
    const builder: any = new ModelBuilder({registry: registryOf()});
    const lines = await debugLinesOf(NAMESPACE, () =>
      lookedAt(builder.define('Customer', {address: {town: {type: String, required: {if: 'isNewRecord'}}}})),
    );
    expect(lines).to.deep.equal([line('AnonymousModel_0', 'property "town" has an object for its option required')]);
  });

  it('names no tenant if the model belongs to none', async () => {
    const builder: any = new ModelBuilder({registry: new ModelRegistry()});
    const lines = await debugLinesOf(NAMESPACE, () => builder.define('Customer', {name: null}));
    expect(lines).to.deep.equal([`model "Customer": juggler's define, because property "name" is switched off`]);
  });

  it('contains neither light classes nor failed defines', async () => {
    const builder: any = new ModelBuilder({registry: registryOf()});
    const lines = await debugLinesOf(NAMESPACE, () => {
      const Parent = builder.define('Parent', {name: String, address: {town: String}, tags: [String]}, {hidden: ['name']});
      lookedAt(Parent);
      builder.define('Child', {age: Number}, {base: Parent});
      Parent.extend('OtherChild', {age: Number});
      builder.define('Parent', {name: String});
      expect(() => builder.define('Broken', {'a.b': String})).to.throw('dot');
      expect(() => builder.define('Broken', {name: undefined})).to.throw('name');
      expect(() => builder.define('Broken', {}, {base: 'Unknown'})).to.throw('Unknown');
    });
    expect(lines).to.deep.equal([]);
  });

  it('is empty while its namespace is disabled', async () => {
    const builder: any = new ModelBuilder({registry: registryOf()});
    expect(
      await debugLinesOf('loopback-scoped-registry:datasource', () => builder.define('Customer', {name: null})),
    ).to.deep.equal([]);
  });

  describe('says that user code has replaced', () => {
    const linesOf = async (juggler: any, prepare: (builder: any) => void) => {
      const {ModelBuilder: Builder} = forJuggler(juggler);
      const builder: any = new Builder({registry: registryOf()});
      prepare(builder);
      return debugLinesOf(NAMESPACE, () => builder.define('Customer', {name: String}));
    };

    it('define', async () => {
      const juggler = anotherJuggler();
      const {define} = juggler.ModelBuilder.prototype;
      juggler.ModelBuilder.prototype.define = function (...args: unknown[]) {
        return define.apply(this, args);
      };
      expect(await linesOf(juggler, () => {})).to.deep.equal([line('Customer', "juggler's define is replaced")]);
    });

    it('a method of ModelDefinition', async () => {
      const replace = (builder: any) => {
        const definitions = Object.getPrototypeOf(Object.getPrototypeOf(builder.define('First', {}).definition));
        const {idNames} = definitions;
        definitions.idNames = function () {
          return idNames.call(this);
        };
      };
      const because = "a method of juggler's ModelDefinition is replaced";
      expect(await linesOf(anotherJuggler(), replace)).to.deep.equal([line('Customer', because)]);
    });
  });
});
