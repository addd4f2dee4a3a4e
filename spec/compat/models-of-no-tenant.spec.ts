import {expect} from 'chai';
import {DataSource as OwnDataSource, install, ModelBuilder, TenantContext, TenantRegistries} from '../../lib/index';
import {DataSource, ModelRegistry, ModelRegistryProxy} from '../../lib/compat';
import {nextJob} from '../support/live-classes';
import {freshDefault} from '../support/process-default';
import type {AnyModel} from '../support/service';

const juggler = require('loopback-datasource-juggler');

/** All ways in which an application defines its models at boot. Each returns a new place to define them on. */
const WAYS: Record<string, () => AnyModel> = {
  'a DataSource of the installed juggler': () => new juggler.DataSource({connector: 'memory'}),
  'a ModelBuilder of the installed juggler': () => new juggler.ModelBuilder(),
  'a DataSource of this package': () => new OwnDataSource({connector: 'memory'}),
  'a ModelBuilder of this package': () => new ModelBuilder(),
  'a DataSource of /compat': () => new DataSource({connector: 'memory'}),
  'a DataSource that follows the running tenant': () => new DataSource({connector: 'memory', modelRegistry: {}}),
};

for (const [way, make] of Object.entries(WAYS)) {
  describe(`The models of no tenant that are defined on ${way}`, () => {
    freshDefault();
    let uninstall: () => void;
    beforeEach(() => (uninstall = install(juggler, {registries: TenantRegistries.default})));
    afterEach(() => uninstall());

    const boot = (place = make()): [AnyModel, AnyModel] => [
      place.define('Customer', {name: String, address: {street: String}}),
      place.define('Order', {total: Number, to: {street: String}}),
    ];
    /** What work for each tenant, and for none, sees of them. */
    const seen = (look: () => unknown) => [look(), ...['acme', 'globex'].map(tenant => TenantContext.run(tenant, look))];
    const all = <T>(value: T) => [value, value, value];

    it('are found by name, by all work', () => {
      const [Customer] = boot();
      expect(seen(() => ModelRegistry.findModelByName('Customer'))).to.deep.equal(all(Customer));
      expect(seen(() => ModelRegistry.findModelByName('Nothing'))).to.deep.equal(all(undefined));
    });

    it('are found by structure, by all work: the named ones and the embedded ones', () => {
      const [Customer, Order] = boot();
      const address = {street: String};
      expect(seen(() => ModelRegistry.findModelByStructure(address))).to.deep.equal(
        all(Customer.definition.properties.address.type),
      );
      expect(seen(() => ModelRegistry.findModelByStructure(Order.definition.properties))).to.deep.equal(all(Order));
      expect(seen(() => ModelRegistry.findModelByStructure({...Order.definition.properties, more: String}))).to.deep.equal(
        all(null),
      );
    });

    it('are counted and listed, and so is each reuse of an embedded class', () => {
      expect(ModelRegistry.getStats()).to.include({uniqueModels: 0, liveModels: 0, liveEmbeddedModels: 0, liveReuseCount: 0});
      const models = boot();
      const {uniqueModels, liveModels, liveEmbeddedModels, liveReuseCount, totalTenantModels} = ModelRegistry.getStats();
      expect({uniqueModels, liveModels, liveEmbeddedModels, totalTenantModels}).to.deep.equal({
        ...{uniqueModels: 3, liveModels: 3, liveEmbeddedModels: 1, totalTenantModels: 0},
      });
      expect(liveReuseCount).to.be.at.least(1);
      expect(ModelRegistry.getTenantRegistryInfo().globalModels).to.include.members(['Customer', 'Order']);
      expect(models).to.have.lengthOf(2);
    });

    it('are found no more once they are deleted, and as the new class once they are redefined', () => {
      const place = make();
      const [Customer] = boot(place);
      const builder = place.modelBuilder ?? place;
      expect(ModelRegistry.findModelByName('Customer')).to.equal(Customer);
      builder.deleteModelByName('Customer');
      expect(ModelRegistry.findModelByName('Customer')).to.equal(undefined);
      expect(ModelRegistry.findModelByStructure(Customer.definition.properties)).to.equal(null);
      const again = place.define('Customer', {name: String});
      expect(ModelRegistry.findModelByName('Customer')).to.equal(again);
      const other = place.define('Customer', {name: String, age: Number});
      expect(ModelRegistry.findModelByName('Customer')).to.equal(other);
      expect(ModelRegistry.findModelByStructure(again.definition.properties)).to.equal(null);
    });

    it('are found by their structure of now: a property that is added later counts', () => {
      const [Customer] = boot();
      const before = {...Customer.definition.properties};
      expect(ModelRegistry.findModelByStructure(before)).to.equal(Customer);
      Customer.defineProperty('age', {type: Number});
      expect(ModelRegistry.findModelByStructure(before)).to.equal(null);
    });

    it('are those of the place that has defined the name last, and then those of the other place', () => {
      const places = [make(), make()];
      const [one, other] = places.map(place => boot(place)[0]);
      expect(ModelRegistry.findModelByName('Customer')).to.equal(other);
      (places[1].modelBuilder ?? places[1]).deleteModelByName('Customer');
      expect(ModelRegistry.findModelByName('Customer')).to.equal(one);
    });

    it('are found no more after clear(), still work, and are found again once they are defined again', () => {
      const place = make();
      const [Customer] = boot(place);
      ModelRegistry.clear();
      const {properties} = Customer.definition;
      expect(seen(() => ModelRegistry.findModelByName('Customer'))).to.deep.equal(all(undefined));
      for (const structure of [properties, {street: String}])
        expect(ModelRegistry.findModelByStructure(structure)).to.equal(null);
      expect(ModelRegistry.getStats()).to.include({uniqueModels: 0, liveModels: 0, liveEmbeddedModels: 0, liveReuseCount: 0});
      expect(ModelRegistry.getTenantRegistryInfo().globalModels).to.deep.equal([]);
      expect(new Customer({address: {street: 'Main St'}}).address.street).to.equal('Main St');
      const [again] = boot(place);
      expect(seen(() => ModelRegistry.findModelByName('Customer'))).to.deep.equal(all(again));
      expect(ModelRegistry.findModelByStructure({street: String})).to.equal(again.definition.properties.address.type);
    });

    it('that work of a tenant has defined are found by that tenant alone', () => {
      const place = make();
      const [Customer, Order] = TenantContext.run('acme', () => boot(place));
      expect(seen(() => ModelRegistry.findModelByName('Customer'))).to.deep.equal([undefined, Customer, undefined]);
      expect(seen(() => ModelRegistry.findModelByStructure(Order.definition.properties))).to.deep.equal([null, Order, null]);
      expect(ModelRegistry.getTenantRegistryInfo().globalModels).to.deep.equal([]);
      expect(ModelRegistry.cleanupTenant('acme')).to.equal(3);
      expect(seen(() => ModelRegistry.findModelByName('Customer'))).to.deep.equal(all(undefined));
    });
  });
}

describe('A model of no tenant that was defined before install()', () => {
  freshDefault();

  it('is found once its datasource was used', () => {
    const dataSource = new juggler.DataSource({connector: 'memory'});
    const Early = dataSource.createModel('Early', {name: String});
    const uninstall = install(juggler, {registries: TenantRegistries.default});
    try {
      dataSource.createModel('Late', {name: String});
      expect(ModelRegistry.findModelByName('Early')).to.equal(Early);
      expect(ModelRegistry.getTenantRegistryInfo().globalModels).to.deep.equal(['Early', 'Late']);
    } finally {
      uninstall();
    }
  });
});

describe('Two datasources of one tenant with a model of the same name', () => {
  freshDefault();

  for (const deleted of [0, 1]) {
    it(`keep apart what is deleted: the one that was defined ${deleted === 0 ? 'first' : 'last'}`, () => {
      const dataSources = [0, 1].map(() => new DataSource({connector: 'memory', modelRegistry: {tenant: 'acme'}}) as AnyModel);
      const models = dataSources.map(dataSource => dataSource.createModel('User', {name: String}));
      const proxies = dataSources.map(dataSource => new ModelRegistryProxy(dataSource, 'dataSource') as AnyModel);
      delete proxies[deleted].User;
      expect(proxies.map(proxy => proxy.User)).to.deep.equal(
        models.map((model, index) => (index === deleted ? undefined : model)),
      );
      expect(dataSources[deleted].getModel('User')).to.equal(undefined);
      TenantContext.run('acme', () => expect(ModelRegistry.findModelByName('User')).to.equal(models[1 - deleted]));
      delete proxies[1 - deleted].User;
      TenantContext.run('acme', () => expect(ModelRegistry.findModelByName('User')).to.equal(undefined));
    });
  }
});

describe('clear()', () => {
  freshDefault({max: 2});

  it('ends evicted tenants as well, also those whose models code still holds', async () => {
    const tenants = ['acme', 'globex', 'initech', 'umbrella'];
    const kept = tenants.map(tenant => new OwnDataSource({connector: 'memory', modelRegistry: {tenant}}).createModel('Customer'));
    expect(ModelRegistry.getStats().tenantRegistries).to.equal(2);
    ModelRegistry.clear();
    await nextJob();
    for (const tenant of tenants)
      TenantContext.run(tenant, () => expect(ModelRegistry.findModelByName('Customer'), tenant).to.equal(undefined));
    for (const model of kept)
      expect(() => new (model as AnyModel)({}))
        .to.throw()
        .with.property('code', 'REGISTRY_DISPOSED');
    expect(ModelRegistry.getStats()).to.include({tenantRegistries: 0, totalTenantModels: 0});
  });
});
