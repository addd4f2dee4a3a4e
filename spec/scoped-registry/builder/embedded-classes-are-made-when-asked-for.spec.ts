import {expect} from 'chai';
import juggler from 'loopback-datasource-juggler';
import {DataSource, ModelBuilder, ModelRegistry, TenantContext, TenantRegistries} from '../../../lib/index';
import {liveClasses, nextJob} from '../../support/live-classes';
import {keepingConnector} from '../../support/keeping-connector';

type Any = any;

const PROPERTIES = () => ({
  address: {street: String, geo: {lat: Number, lng: Number}},
  items: [{sku: String, prices: [{net: Number}]}],
});
/** Address, geo, item, price. */
const PARTS = 4;
const NO_PROPERTY = {};

function builderOf(registry: ModelRegistry): Any {
  return new ModelBuilder({registry});
}

function embedded(registry: ModelRegistry): number {
  return registry.stats().embeddedModels;
}

describe('Embedded classes are made at the first use of their model', () => {
  let registry: ModelRegistry;
  let builder: Any;
  let Customer: Any;
  beforeEach(() => {
    registry = new ModelRegistry({tenant: 'acme'});
    builder = builderOf(registry);
    Customer = builder.define('Customer', PROPERTIES());
  });

  it('none is alive or listed when a model is defined and attached, and its validations are read', async () => {
    const before = liveClasses();
    const db: Any = new DataSource({connector: keepingConnector(), modelRegistry: {registry}});
    const Order = db.createModel('Order', {...PROPERTIES(), name: {type: String, required: true}, at: Date});
    expect(Order.validations).to.have.all.keys('id', 'name', 'at');
    expect(Object.keys(registry.models)).to.deep.equal(['Customer', 'Order']);
    await nextJob();
    expect(liveClasses() - before).to.equal(1);
    Order.definition.build();
    await nextJob();
    expect(liveClasses() - before).to.equal(1 + PARTS);
  });

  const looks: Readonly<Record<string, () => unknown>> = {
    'its properties are read': () => Customer.definition.properties,
    'its raw properties are read': () => Customer.definition.rawProperties,
    'the settings of its definition are read': () => Customer.definition.settings,
    'its definition is converted to JSON': () => Customer.definition.toJSON(),
    'its properties are visited': () => Customer.forEachProperty(() => {}),
    'an instance is made': () => new Customer({}),
    'a subclass is made': () => Customer.extend('Subclass'),
    'the model gets one more property': () => Customer.defineProperty('more', String),
    'the registry is asked for a structure': () => registry.findByStructure(NO_PROPERTY),
  };
  for (const [title, look] of Object.entries(looks)) {
    it(`all of a model are made, at every depth, when ${title}`, () => {
      expect(embedded(registry)).to.equal(0);
      look();
      expect(embedded(registry)).to.equal(PARTS);
      expect(registry.stats().fingerprints).to.equal(PARTS);
      expect(Object.keys(registry.models).filter(name => name.startsWith('AnonymousModel_'))).to.have.length(PARTS);
      look();
      expect(embedded(registry)).to.equal(PARTS);
    });
  }

  it('the same structure of two models is one class, whichever is looked at first', () => {
    const Order = builder.define('Order', {to: PROPERTIES().address});
    const Part = builder.resolveType(PROPERTIES().address);
    expect(embedded(registry)).to.equal(1);
    expect(Order.definition.properties.to.type).to.equal(Part);
    expect(Customer.definition.properties.address.type).to.equal(Part);
    expect(Part.definition.properties.geo.type).to.equal(registry.findByStructure({lat: Number, lng: Number}));
    expect(embedded(registry)).to.equal(PARTS);
  });

  it('an embedded class that names models is made at once, and a placeholder for a model that is not defined yet', () => {
    builder.define('Address', {street: String});
    builder.define('Order', {to: {at: 'Address', geo: {lat: Number}}, of: [{thing: 'Thing'}]});
    expect(registry.stats()).to.include({embeddedModels: 2, models: 4});
    expect((registry.models.Thing as Any).settings.unresolved).to.equal(true);
  });

  it('a property set that juggler refuses is refused at once', () => {
    for (const shape of [{a: undefined}, {'a.b': String}, {a: {b: {'c.d': String}}}]) {
      expect(() => builder.define('Order', {to: shape})).to.throw();
      expect(registry.models.Order).to.equal(undefined);
    }
    expect(embedded(registry)).to.equal(0);
  });

  it('a structure with very many levels is left to juggler', () => {
    registry = new ModelRegistry({maxDepth: 102});
    builder = builderOf(registry);
    let deep: object = {a: String};
    for (let level = 0; level < 100; level++) deep = {a: deep};
    const Deep = builder.define('Deep', {deep});
    expect(embedded(registry)).to.be.within(1, 100);
    void Deep.definition.properties;
    expect(embedded(registry)).to.equal(101);
  });

  it('with embedded: stock, juggler makes them at once', () => {
    const stock = new ModelRegistry({tenant: 'acme', embedded: 'stock'});
    builderOf(stock).define('Customer', PROPERTIES());
    expect(embedded(stock)).to.equal(PARTS);
  });

  it('a builder with a resolveType of user code is asked for each at once', () => {
    class Watched extends (ModelBuilder as new (options: object) => Any) {
      asked: unknown[] = [];
      resolveType(type: unknown, isSubProperty?: boolean): unknown {
        this.asked.push(type);
        return super.resolveType(type, isSubProperty);
      }
    }
    const watched: Any = new Watched({registry});
    watched.define('Order', {to: {deep: {street: String}}});
    expect(watched.asked).to.have.length.above(2);
    expect(embedded(registry)).to.equal(2);
  });

  it('they count for maxModels once they are made', () => {
    const registries = new TenantRegistries({maxModels: 2 + PARTS});
    const [acme, globex]: Any[] = ['acme', 'globex'].map(tenant =>
      (new ModelBuilder({registries, tenant}) as Any).define('Customer', PROPERTIES()),
    );
    expect(registries.stats()).to.include({tenants: 2, models: 2});
    void acme.definition.properties;
    expect(registries.stats()).to.include({tenants: 2, models: 2 + PARTS});
    void globex.definition.properties;
    expect(registries.stats()).to.include({tenants: 1, models: 1 + PARTS});
  });

  it('they go to the registry of their model, also if another tenant or no tenant runs', () => {
    const registries = new TenantRegistries();
    const following: Any = new ModelBuilder({registries});
    const Order = TenantContext.run('acme', () => following.define('Order', PROPERTIES()));
    TenantContext.run('globex', () => void new Order({address: {geo: {}}}));
    void Order.definition.properties;
    expect(registries.for('acme').stats()).to.include({models: 1, embeddedModels: PARTS});
    expect(registries.for('globex').stats()).to.include({models: 0, embeddedModels: 0});
    expect(registries.shared.stats()).to.include({models: 0, embeddedModels: 0});
  });

  it('none is made after the registry has ended: a use of the model is an error', () => {
    registry.dispose();
    for (const look of Object.values(looks)) expect(look).to.throw().with.property('code', 'REGISTRY_DISPOSED');
  });

  it('they are found by their structure, also if value types are added or removed in between', () => {
    const {schemaTypes} = juggler.ModelBuilder as Any;
    const Order = builder.define('Order', PROPERTIES());
    try {
      builder.defineValueType(function Money() {}, ['cash']);
      const {type} = Customer.definition.properties.address;
      expect(Order.definition.properties.address.type).to.equal(type);
      expect(builder.resolveType(PROPERTIES().address)).to.equal(type);
      expect(registry.stats()).to.include({embeddedModels: PARTS, fingerprints: PARTS});
    } finally {
      delete schemaTypes.money;
      delete schemaTypes.cash;
    }
  });

  it('they keep no class of another tenant that was a value type in between', async () => {
    const before = liveClasses();
    (() => {
      const other = new ModelRegistry({tenant: 'globex'});
      const theirs = builderOf(other);
      theirs.defineValueType(theirs.define('Money', {amount: Number}));
      // so that the value types are looked at anew
      builder.defineValueType(function Cash() {});
      builder.define('Order', PROPERTIES());
      other.dispose();
      delete (juggler.ModelBuilder as Any).schemaTypes.cash;
    })();
    for (let turn = 0; turn < 3; turn++) await nextJob();
    // the order
    expect(liveClasses() - before).to.equal(1);
  });

  it('those of an attached class go to the registry that owns the class', () => {
    const guests = new ModelRegistry({tenant: 'globex'});
    const db: Any = new DataSource({connector: keepingConnector(), modelRegistry: {registry: guests}});
    Customer.attachTo(db);
    db.createModel('Own', {part: {name: String}});
    guests.findByStructure(NO_PROPERTY);
    expect([embedded(guests), embedded(registry)]).to.deep.equal([1, 0]);
  });

  /** Defines a model whose define reads the definition of a model, and fails. */
  const failAfterALookAt = (modelOf: (Order: Any) => Any) => {
    const Base = builder.define('Base', {});
    Base.setup = function (this: Any) {
      if (this.modelName !== 'Order') return;
      void modelOf(this).definition.properties;
      throw new Error('broken');
    };
    expect(() => builder.define('Order', {more: {deep: {x: String}}}, {base: 'Base'})).to.throw('broken');
  };

  it('those of another model stay if a define uses that model and then fails', () => {
    failAfterALookAt(() => Customer);
    expect(registry.stats()).to.include({models: 2, embeddedModels: PARTS, fingerprints: PARTS});
    const {type: Address} = Customer.definition.properties.address;
    expect(builder.resolveType(PROPERTIES().address)).to.equal(Address);
    registry.dispose();
    expect(() => new Address({street: 1}))
      .to.throw()
      .with.property('code', 'REGISTRY_DISPOSED');
  });

  it('those of the model itself are removed if its define uses it and then fails', () => {
    failAfterALookAt(Order => Order);
    expect(registry.stats()).to.include({models: 2, embeddedModels: 0, fingerprints: 0});
  });
});
