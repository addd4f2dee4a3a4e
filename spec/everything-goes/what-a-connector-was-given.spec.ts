import {expect} from 'chai';
import {DataSource, ModelBuilder, TenantContext, TenantRegistries} from '../../lib/index';
import {lookedAt} from '../support/first-look';
import {keepingConnector} from '../support/keeping-connector';
import {liveClasses, nextJob} from '../support/live-classes';
import {isLong} from '../support/long-form';
import type {AnyDataSource, AnyModel} from '../support/service';
import {NESTED} from '../support/structures';

const {initialize} = require('loopback-datasource-juggler/lib/connectors/memory');

type Entry = {model: AnyModel; properties: any; settings: any};

/** A connector in memory whose `define` and `defineProperty` are changed by `change`. */
function memoryWith(change: (connector: any) => void) {
  return keepingConnector({
    name: 'memory',
    initialize(dataSource, ready) {
      initialize(dataSource, ready);
      change(dataSource.connector);
    },
  });
}

/** Connectors, by what they do with the models that they are told of. */
const CONNECTORS: Record<string, () => object> = {
  'has a table of models': () => keepingConnector(),
  'has no table, and keeps what it gets': () =>
    memoryWith(connector => {
      const known: Record<string, Entry> = {};
      delete connector._models;
      connector.define = (entry: Entry) => void (known[entry.model.modelName] = entry);
      connector.defineProperty = (name: string, property: string, definition: object) =>
        void (known[name].properties[property] = definition);
      connector.initCollection = () => {};
      const answers: Record<string, [answer: unknown, length: number]> = {
        ...{create: [1, 4], all: [[], 4], count: [0, 4], destroyAll: [{count: 0}, 4]},
        ...{update: [{count: 0}, 5], updateAttributes: [{}, 5]},
      };
      for (const [name, [answer, length]] of Object.entries(answers)) {
        connector[name] = (model: string, ...args: any[]) => {
          // as a connector reads what it knows of a model for each operation
          const {properties, model: Model, settings} = known[model];
          const {definition} = Model;
          expect([Model.modelName, Object.keys(properties), settings]).to.deep.equal([
            model,
            Object.keys(definition.properties),
            Model.settings,
          ]);
          setImmediate(args.at(-1) as (error: null, answer: unknown) => void, null, answer);
        };
        Object.defineProperty(connector[name], 'length', {value: length});
      }
    }),
  'puts a copy into its table': () =>
    memoryWith(connector => {
      const {define} = connector;
      connector.define = function (entry: Entry) {
        define.call(this, {...entry});
      };
    }),
  'adds to what it gets': () =>
    memoryWith(connector => {
      const {define} = connector;
      connector.define = function (entry: Entry & {table?: string}) {
        define.call(this, entry);
        entry.table = entry.settings.table ?? entry.model.modelName;
        expect(this._models[entry.model.modelName].table).to.equal(entry.table);
      };
    }),
};

/** What a tenant does. */
const WORK: Record<string, (dataSource: AnyDataSource) => unknown> = {
  'defines a model': define,
  'defines a model again and again': dataSource => {
    for (let index = 0; index < 30; index++) lookedAt(dataSource.createModel('Customer', {...NESTED(), [`f${index}`]: String}));
  },
  'adds a property by the datasource, with a class, again and again': dataSource => {
    define(dataSource);
    for (let index = 0; index < 5; index++) {
      dataSource.defineProperty('Customer', 'more', {type: {[`f${index}`]: String}});
      lookedAt(dataSource.models.Customer);
    }
    dataSource.defineProperty('Customer', 'more', {type: String});
    lookedAt(dataSource.models.Customer);
  },
  'defines a model again that had a property added': dataSource => {
    define(dataSource);
    dataSource.defineProperty('Customer', 'more', {type: {a: String}});
    define(dataSource);
  },
  'defines relations': dataSource => {
    const Customer = define(dataSource);
    const Order = dataSource.createModel('Order', {total: Number});
    Customer.hasMany(Order, {as: 'orders'});
    Order.belongsTo(Customer, {as: 'customer'});
    lookedAt(Order);
  },
  'fails to define a model': dataSource => {
    const fail = () => dataSource.createModel('Customer', NESTED(), {relations: {owner: {type: 'has', model: 'Owner'}}});
    expect(fail).to.throw(/Invalid relation type/);
  },
  'fails to define a model again, and goes on with the former': async dataSource => {
    const Customer = define(dataSource);
    WORK['fails to define a model'](dataSource);
    await Customer.create({addr: {street: 'x'}});
  },
  'attaches a model of a builder without a registry': dataSource =>
    new (require('loopback-datasource-juggler').ModelBuilder)().define('Customer', {}).attachTo(dataSource),
  'passes instances in all arguments': async dataSource => {
    const Customer = define(dataSource);
    const make = () => new Customer({addr: {street: 'x', geo: {lat: 1}}, items: [{sku: 'a'}]});
    const options = () => ({by: make()});
    await Customer.create(make(), options());
    await Customer.create([make(), make()], options());
    await Customer.find({where: {or: [{addr: make().addr}, {items: make().items}]}}, options());
    await Customer.updateAll({addr: make().addr}, {items: make().items, addr: make().addr}, options());
    const customer = await Customer.create({});
    await customer.updateAttributes({addr: make().addr, items: make().items}, options());
    await Customer.destroyAll({addr: make().addr}, options());
    await Customer.count({addr: make().addr}, options());
  },
  'connects and disconnects': async dataSource => {
    define(dataSource);
    await dataSource.disconnect();
    await dataSource.connect();
  },
};

/**
 * Each tenant with whether its datasource is bound to it, or follows the running tenant, and with its end. In the short form each
 * connector has every other one of them.
 */
const TENANTS = [
  ['bound and evicted', true, 'evict'],
  ['followed and evicted', false, 'evict'],
  ['followed and offboarded', false, 'offboard'],
  ['bound and offboarded', true, 'offboard'],
] as const;

function define(dataSource: AnyDataSource): AnyModel {
  return lookedAt(dataSource.createModel('Customer', NESTED()));
}

describe('A connector that lets go of nothing, whatever it does with its models, keeps no class of a tenant that', () => {
  let classes: number;
  before(() => (classes = liveClasses()));

  for (const [title, work] of Object.entries(WORK)) {
    it(title, async () => {
      const registries = new TenantRegistries();
      const held: unknown[] = [];
      const ends: (() => unknown)[] = [];
      for (const [index, [what, connector]] of Object.entries(CONNECTORS).entries()) {
        for (const [how, isBound, end] of TENANTS.filter((_, tenant) => isLong || (index + tenant) % 2 === 0)) {
          const tenant = `${how}, on a connector that ${what}`;
          const builder = new ModelBuilder(isBound ? {registries, tenant} : {registries});
          const dataSource: AnyDataSource = new DataSource('db', {connector: connector()}, builder);
          held.push(dataSource, dataSource.connector, builder);
          await TenantContext.run(tenant, async () => void (await work(dataSource)));
          ends.push(() => registries[end](tenant));
        }
      }
      for (const end of ends) await end();
      await nextJob();
      expect(liveClasses() - classes).to.equal(0);
      expect(held).to.have.lengthOf(3 * ends.length);
      await registries.dispose();
    });
  }
});

describe('A stand-in that a connector keeps of an entry', () => {
  const registries = new TenantRegistries();
  after(() => registries.dispose());

  function setUp(tenant: string) {
    const given: Entry[] = [];
    const dataSource: AnyDataSource = new DataSource({
      connector: memoryWith(connector => {
        const {define} = connector;
        connector.define = function (entry: Entry) {
          given.push(entry);
          define.call(this, entry);
        };
      }),
      modelRegistry: {registries, tenant},
    });
    return {given, dataSource, table: () => dataSource.connector._models};
  }

  it('reads and writes the entry of the table that has the name', () => {
    const {given, dataSource, table} = setUp('a');
    const Customer = define(dataSource);
    expect(Object.keys(given[0])).to.deep.equal(Object.keys(table().Customer));
    expect(given[0].model).to.equal(Customer);
    expect(given[0].properties).to.equal(table().Customer.properties);
    expect(given[0].settings).to.equal(table().Customer.settings);
    given[0].settings = {written: true};
    expect(table().Customer.settings).to.deep.equal({written: true});
    const Second = define(dataSource);
    expect(given.map(({model}) => model)).to.deep.equal([Second, Second]);
    expect(given[0].properties).to.equal(Second.definition.properties);
  });

  it('shows the former class, if the define of a newer one fails, and no class, if there is none', () => {
    const {given, dataSource} = setUp('b');
    WORK['fails to define a model'](dataSource);
    expect([given[0].model, given[0].properties, given[0].settings]).to.deep.equal([undefined, {}, {}]);
    const Customer = define(dataSource);
    WORK['fails to define a model'](dataSource);
    expect(given.map(({model}) => model)).to.deep.equal([Customer, Customer, Customer]);
  });

  it('throws the error of the end in place of the class, once the tenant has left', async () => {
    const {given, dataSource} = setUp('c');
    define(dataSource);
    await registries.offboard('c');
    expect(() => given[0].model)
      .to.throw()
      .with.property('code', 'TENANT_OFFBOARDED');
    expect([given[0].properties, given[0].settings]).to.deep.equal([{}, {}]);
  });
});
