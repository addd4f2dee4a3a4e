import {expect} from 'chai';
import {ModelBuilder, ModelRegistry} from '../../lib/index';
import {liveClasses} from '../support/live-classes';
import {tenantDataSource} from '../support/service';
import {TenantRegistries} from '../../lib/index';
import {NESTED, NESTED_CLASSES} from '../support/structures';

describe('The life of an anonymous model', () => {
  let registry: ModelRegistry;
  let builder: any;
  let before: number;
  beforeEach(() => {
    before = liveClasses();
    registry = new ModelRegistry({tenant: 'acme'});
    builder = new ModelBuilder({registry});
  });
  afterEach(() => registry.dispose());

  const alive = () => liveClasses() - before;

  it('it is made once for a structure, however often that is resolved (stock: each time)', () => {
    builder.define('Customer', NESTED());
    expect(alive()).to.equal(NESTED_CLASSES);
    for (let round = 0; round < 20; round++) builder.define('Customer', NESTED());
    expect(alive()).to.equal(NESTED_CLASSES);
    expect(registry.stats()).to.include({models: 1, embeddedModels: 3, fingerprints: 3});
  });

  it('a rebuild of its parent uses it again', () => {
    const Customer = builder.define('Customer', NESTED());
    const {type} = Customer.definition.properties.addr;
    for (let round = 0; round < 5; round++) Customer.defineProperty(`extra${round}`, String);
    builder.extendModel('Customer', {a: String, b: {type: Number}, c: Boolean});
    Customer.definition.build(true);
    Customer.definition.toJSON(true);
    expect(Customer.definition.properties.addr.type).to.equal(type);
    expect(alive()).to.equal(NESTED_CLASSES);
  });

  it('foreign keys and embedded relations use it again', () => {
    const registries = new TenantRegistries();
    const dataSource = tenantDataSource(registries, 'acme');
    const Customer = dataSource.createModel('Customer', NESTED());
    const Order = dataSource.createModel('Order', NESTED());
    Customer.hasMany(Order);
    Order.belongsTo(Customer);
    Customer.embedsMany(Order, {as: 'recent'});
    Customer.referencesMany(Order, {as: 'favourites'});
    expect(alive()).to.equal(5);
    return registries.offboard('acme');
  });

  it('it keeps its name in the dictionaries, and loses it with the tenant', () => {
    const {type} = builder.define('Customer', NESTED()).definition.properties.addr;
    expect(type.modelName).to.match(/^AnonymousModel_\d+$/);
    expect(registry.models[type.modelName]).to.equal(type);
    expect(registry.definitions[type.modelName]).to.equal(type.definition);
    registry.dispose();
    expect([Object.keys(registry.models), Object.keys(registry.definitions)]).to.deep.equal([[], []]);
  });

  it('two builders of one tenant share it, and its name is not given twice', () => {
    const other = new ModelBuilder({registry}) as any;
    const one = builder.define('One', NESTED()).definition.properties;
    const two = other.define('Two', {...NESTED(), more: {x: Number}}).definition.properties;
    expect(two.addr.type).to.equal(one.addr.type);
    expect(two.more.type.modelName).not.to.be.oneOf([one.addr.type.modelName, one.items.type[0].modelName]);
    expect(alive()).to.equal(NESTED_CLASSES + 2);
  });

  it('it goes once no model uses it: a thousand changes of a structure do not pile up', () => {
    for (let round = 0; round < 1_000; round++) builder.define('Custom', {fields: {[`field${round}`]: String}});
    expect(registry.stats().embeddedModels).to.be.below(130);
    expect(alive()).to.equal(1 + registry.stats().embeddedModels);
    const {type} = registry.models.Custom.definition!.properties.fields;
    expect(registry.findByStructure({field999: String})).to.equal(type);
  });

  it('dispose() frees it and its parents at once', () => {
    builder.define('Customer', NESTED());
    registry.dispose();
    expect(alive()).to.equal(0);
  });
});
