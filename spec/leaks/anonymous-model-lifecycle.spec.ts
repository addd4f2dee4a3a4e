import {expect} from 'chai';
import {ModelBuilder, ModelRegistry} from '../../lib/index';
import {lookedAt} from '../support/first-look';
import {liveClasses, nextJob} from '../support/live-classes';
import {keepingDataSource} from '../support/keeping-connector';
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

  it('is made once for a structure, even if that is resolved again (stock: made each time)', async () => {
    lookedAt(builder.define('Customer', NESTED()));
    expect(alive()).to.equal(NESTED_CLASSES);
    for (let round = 0; round < 20; round++) lookedAt(builder.define('Customer', NESTED()));
    // the first replaced models of a turn of the event loop stay until it ends
    await nextJob();
    expect(alive()).to.equal(NESTED_CLASSES);
    expect(registry.stats()).to.include({models: 1, embeddedModels: 3, fingerprints: 3});
  });

  it('is used again by a rebuild of its parent', () => {
    const Customer = builder.define('Customer', NESTED());
    const {type} = Customer.definition.properties.addr;
    for (let round = 0; round < 5; round++) Customer.defineProperty(`extra${round}`, String);
    builder.extendModel('Customer', {a: String, b: {type: Number}, c: Boolean});
    Customer.definition.build(true);
    Customer.definition.toJSON(true);
    expect(Customer.definition.properties.addr.type).to.equal(type);
    expect(alive()).to.equal(NESTED_CLASSES);
  });

  it('is used again by foreign keys and embedded relations', () => {
    const registries = new TenantRegistries();
    const dataSource = keepingDataSource(registries, 'acme');
    const Customer = dataSource.createModel('Customer', NESTED());
    const Order = dataSource.createModel('Order', NESTED());
    Customer.hasMany(Order);
    Order.belongsTo(Customer);
    Customer.embedsMany(Order, {as: 'recent'});
    Customer.referencesMany(Order, {as: 'favourites'});
    expect(alive()).to.equal(5);
    return registries.offboard('acme');
  });

  it('keeps its name in the dictionaries until its tenant ends', () => {
    const {type} = builder.define('Customer', NESTED()).definition.properties.addr;
    expect(type.modelName).to.match(/^AnonymousModel_\d+$/);
    expect(registry.models[type.modelName]).to.equal(type);
    expect(registry.definitions[type.modelName]).to.equal(type.definition);
    registry.dispose();
    expect([Object.keys(registry.models), Object.keys(registry.definitions)]).to.deep.equal([[], []]);
  });

  it('is shared by two builders of one tenant, and its name is not given twice', () => {
    const other = new ModelBuilder({registry}) as any;
    const one = builder.define('One', NESTED()).definition.properties;
    const two = other.define('Two', {...NESTED(), more: {x: Number}}).definition.properties;
    expect(two.addr.type).to.equal(one.addr.type);
    expect(two.more.type.modelName).not.to.be.oneOf([one.addr.type.modelName, one.items.type[0].modelName]);
    expect(alive()).to.equal(NESTED_CLASSES + 2);
  });

  it('is dropped when no model uses it: a thousand changes of a structure leave no classes behind', async () => {
    for (let round = 0; round < 1_000; round++) lookedAt(builder.define('Custom', {fields: {[`field${round}`]: String}}));
    await nextJob();
    expect(registry.stats().embeddedModels).to.be.below(130);
    expect(alive()).to.equal(1 + registry.stats().embeddedModels);
    const {type} = registry.models.Custom.definition.properties.fields;
    expect(registry.findByStructure({field999: String})).to.equal(type);
  });

  describe('that no model uses any more', () => {
    const SHAPE = () => ({street: String, geo: {lat: Number}});
    const churn = () => {
      for (let round = 0; round < 100; round++) lookedAt(builder.define('Custom', {fields: {[`field${round}`]: String}}));
    };

    it('is found again by its structure, with its parts and by its name, while an instance is kept', async () => {
      const instance = (() => {
        const {type} = builder.define('Custom', {fields: SHAPE()}).definition.properties.fields;
        return new type({street: 'Main St', geo: {lat: 1}});
      })();
      const {modelName: name} = instance.constructor;
      const part = instance.geo.constructor;
      for (let round = 0; round < 2; round++) {
        await nextJob();
        churn();
        expect(registry.models).not.to.have.any.keys(name, part.modelName);
        await nextJob();

        const {type} = builder.define('Other', {at: SHAPE()}).definition.properties.at;

        expect(instance).to.be.an.instanceOf(type);
        expect(new type({geo: {lat: 2}}).geo).to.be.an.instanceOf(part);
        expect(builder.define('Part', {at: {lat: Number}}).definition.properties.at.type).to.equal(part);
        expect([registry.models[name], registry.definitions[name]]).to.deep.equal([type, type.definition]);
        expect(registry.models[part.modelName]).to.equal(part);
        for (const parent of ['Other', 'Part']) builder.deleteModelByName(parent);
      }
      registry.dispose();
      expect(() => new instance.constructor())
        .to.throw()
        .with.property('code', 'REGISTRY_DISPOSED');
    });

    it('is not found again where it was changed: its structure gives a new class', async () => {
      const {type} = builder.define('Custom', {fields: SHAPE()}).definition.properties.fields;
      await nextJob();
      churn();
      type.prototype.greet = () => 'hello';
      expect(builder.define('Other', {at: SHAPE()}).definition.properties.at.type).not.to.equal(type);
      expect(registry.models[type.modelName]).to.equal(undefined);
    });

    it('is collected where no instance is kept', async () => {
      for (let job = 0; job < 30; job++) {
        churn();
        lookedAt(builder.define('Custom', {fields: {[`of job ${job}`]: SHAPE()}}));
        await nextJob();
      }
      expect(registry.stats().embeddedModels).to.be.below(130);
      expect(alive()).to.equal(1 + registry.stats().embeddedModels);
    });
  });

  it('is freed by dispose() at once, with its parents', () => {
    lookedAt(builder.define('Customer', NESTED()));
    registry.dispose();
    expect(alive()).to.equal(0);
  });
});
