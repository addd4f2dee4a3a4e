import {expect} from 'chai';
import {ModelBuilder, TenantContext, TenantRegistries} from '../../lib/index';
import {DataSource, getCurrentTenant, ModelRegistry} from '../../lib/compat';
import {freshDefault} from '../support/process-default';
import {tenantDataSource} from '../support/service';
import {RESERVED} from '../support/tenant-codes';

describe('A look-up in the global registry', () => {
  freshDefault();
  const define = (tenant: string | undefined, name: string, properties: object = {street: String}) =>
    tenantDataSource(TenantRegistries.default, tenant).createModel(name, properties, {idInjection: false});

  it('by name finds the running tenant’s model, otherwise the shared one, and never that of another tenant', () => {
    const secret = define('acme', 'Secret');
    const shared = define(undefined, 'Shared');
    expect(ModelRegistry.findModelByName('Secret')).to.equal(undefined);
    TenantContext.run('acme', () => expect(ModelRegistry.findModelByName('Secret')).to.equal(secret));
    TenantContext.run('globex', () => {
      expect(ModelRegistry.findModelByName('Secret')).to.equal(undefined);
      const own = define('globex', 'Secret');
      expect(ModelRegistry.findModelByName('Secret')).to.equal(own);
      expect(ModelRegistry.findModelByName('Shared')).to.equal(shared);
      const instead = define('globex', 'Shared');
      expect(ModelRegistry.findModelByName('Shared')).to.equal(instead);
    });
    expect(ModelRegistry.findModelByName('Shared')).to.equal(shared);
    for (const name of ['toString', '__proto__', 'constructor']) expect(ModelRegistry.findModelByName(name)).to.equal(undefined);
  });

  it('by name finds neither another tenant’s class on a shared datasource nor a placeholder', () => {
    const dataSource = tenantDataSource(TenantRegistries.default);
    const model = define('acme', 'Secret');
    dataSource.attach(model);
    const shared = new ModelBuilder({registry: TenantRegistries.default.shared});
    new DataSource('shared', {connector: 'memory'}, shared).attach(define('acme', 'Secret2'));
    expect(shared).to.have.nested.property('models.Secret2');
    expect(ModelRegistry.findModelByName('Secret2')).to.equal(undefined);
    dataSource.createModel('Order', {to: {type: 'Unknown'}});
    expect(ModelRegistry.findModelByName('Secret')).to.equal(undefined);
    expect(ModelRegistry.findModelByName('Unknown')).to.equal(undefined);
  });

  it('by structure finds the running tenant’s class, otherwise the shared one', () => {
    const embedded = (tenant: string | undefined, structure: object) =>
      define(tenant, 'Order', {address: structure}).definition.properties.address.type;
    const acme = embedded('acme', {street: String});
    const shared = embedded(undefined, {city: String});
    expect(ModelRegistry.findModelByStructure({street: String})).to.equal(null);
    TenantContext.run('acme', () => {
      expect(ModelRegistry.findModelByStructure({street: String})).to.equal(acme);
      expect(ModelRegistry.findModelByStructure({city: String})).to.equal(shared);
    });
    TenantContext.run('globex', () => {
      expect(ModelRegistry.findModelByStructure({street: String})).to.equal(null);
      expect(embedded('globex', {street: String})).not.to.equal(acme);
    });
  });

  it('finds a model that was registered by hand only for the tenant that registered it', () => {
    const model = {modelName: 'ByHand', definition: {properties: {byHand: String}}};
    TenantContext.run('acme', () => ModelRegistry.registerModel(model));
    expect(ModelRegistry.findModelByName('ByHand')).to.equal(undefined);
    expect(ModelRegistry.findModelByStructure({byHand: String})).to.equal(null);
    TenantContext.run('globex', () => expect(ModelRegistry.findModelByName('ByHand')).to.equal(undefined));
    TenantContext.run('acme', () => {
      expect(ModelRegistry.findModelByName('ByHand')).to.equal(model);
      expect(ModelRegistry.findModelByStructure({byHand: String})).to.equal(model);
    });
  });

  it('finds a tenant’s model on a datasource that keeps its own models', () => {
    TenantContext.run('acme', () => {
      const model = new DataSource({connector: 'memory'}).createModel('Own', {name: String});
      expect(ModelRegistry.findModelByName('Own')).to.equal(model);
    });
    TenantContext.run('globex', () => expect(ModelRegistry.findModelByName('Own')).to.equal(undefined));
  });

  it('finds a model that such a datasource has made without a tenant', () => {
    const model = new DataSource({connector: 'memory'}).createModel('Boot', {boot: String}, {idInjection: false});
    for (const tenant of ['acme', 'globex']) {
      TenantContext.run(tenant, () => {
        expect(ModelRegistry.findModelByName('Boot')).to.equal(model);
        expect(ModelRegistry.findModelByStructure({boot: String})).to.equal(null);
        expect(ModelRegistry.findModelByStructure((model as any).definition.properties)).to.equal(model);
      });
    }
    expect(ModelRegistry.getStats()).to.include({uniqueModels: 1, totalTenantModels: 0});
  });

  it('makes no registry, and does not count as use of one', () => {
    for (let index = 0; index < 1_000; index++) {
      TenantContext.run(`tenant${index}`, () => {
        ModelRegistry.findModelByName('Customer');
        ModelRegistry.findModelByStructure({name: String});
        ModelRegistry.getAllModels();
      });
    }
    expect(TenantRegistries.default.stats().tenants).to.equal(0);
    expect(ModelRegistry.getStats().tenantRegistries).to.equal(0);
    TenantRegistries.default.for('acme');
    const {usedAt} = TenantRegistries.default.inspect('acme');
    TenantContext.run('acme', () => ModelRegistry.findModelByName('Customer'));
    expect(TenantRegistries.default.inspect('acme').usedAt).to.equal(usedAt);
  });

  it('never makes juggler use a named model as an embedded class', () => {
    const address = define(undefined, 'Address', {street: String, city: String});
    const {type} = define(undefined, 'Cust', {home: {street: String, city: String}}).definition.properties.home;
    expect(type).not.to.equal(address);
    expect(type.settings.anonymous).to.equal(true);
  });
});

describe('Work with a code that is no tenant’s', () => {
  const codes: Record<string, unknown> = {
    ...{trap: 'trap', service: 'service', global: 'global', empty: '', zero: 0, false: false},
    ...{'a number': 7, 'an object': {}, 'too long': 'x'.repeat(300)},
  };
  let current: unknown;
  freshDefault({currentTenant: () => current as string});
  afterEach(() => (current = undefined));

  for (const [title, code] of Object.entries(codes)) {
    it(`registers and finds no models, not even shared ones; each attempt is an error with a code: ${title}`, () => {
      const expected = RESERVED.includes(code as string) ? 'TENANT_REFUSED' : 'INVALID_TENANT_CODE';
      current = code;
      const model = {modelName: 'Trapped', definition: {properties: {trapped: String}}};
      const attempts = [
        () => ModelRegistry.registerModel(model),
        () => ModelRegistry.findModelByName('Trapped'),
        () => ModelRegistry.findModelByStructure({trapped: String}),
        () => ModelRegistry.getAllModels(),
        () => ModelRegistry.getModelsForOwner({models: {}}),
        () => ModelRegistry.getModelForOwner({models: {}}, 'Trapped'),
        getCurrentTenant,
      ];
      for (const attempt of attempts) expect(attempt).to.throw().with.property('code', expected);
      expect(ModelRegistry.getStats()).to.include({uniqueModels: 0, tenantRegistries: 0});
      for (const tenant of [undefined, 'acme']) {
        current = tenant;
        expect(ModelRegistry.findModelByName('Trapped')).to.equal(undefined);
        expect(ModelRegistry.findModelByStructure({trapped: String})).to.equal(null);
      }
    });
  }

  for (const code of [null, undefined]) {
    it(`makes shared models when the code is ${JSON.stringify(code)}`, () => {
      current = code;
      const model = ModelRegistry.registerModel({modelName: 'Shared'});
      current = 'acme';
      expect(ModelRegistry.findModelByName('Shared')).to.equal(model);
      expect(ModelRegistry.getStats().tenantRegistries).to.equal(0);
    });
  }
});
