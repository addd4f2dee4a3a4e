import {expect} from 'chai';
import {DataSource, ModelBuilder, ModelRegistry, TenantContext, TenantRegistries} from '../../../lib/index';
import {lookedAt} from '../../support/first-look';
import {tenantDataSource} from '../../support/service';
import {NESTED} from '../../support/structures';

const keys = (registry: ModelRegistry) => Object.keys(registry.models).filter(name => !name.startsWith('Anonymous'));

describe('The options of ModelBuilder and DataSource', () => {
  let registries: TenantRegistries;
  beforeEach(() => {
    registries = new TenantRegistries();
  });

  it('{registry}: the builder has the dictionaries of the registry', () => {
    const registry = new ModelRegistry({tenant: 'acme'});
    const builder = new ModelBuilder({registry}) as any;
    expect([builder.models, builder.definitions]).to.deep.equal([registry.models, registry.definitions]);
    expect(builder.models).to.equal(registry.models);
    lookedAt(builder.define('Customer', NESTED()));
    expect(registry.stats()).to.include({models: 1, embeddedModels: 3});
  });

  it('{registries, tenant}: the builder uses the tenant’s registry, whether the tenant runs or no tenant does', () => {
    const builder = new ModelBuilder({registries, tenant: 'acme'}) as any;
    builder.define('Customer', NESTED());
    expect(builder.models).to.equal(registries.for('acme').models);
    TenantContext.run('acme', () => builder.define('Order', {n: Number}));
    expect(keys(registries.for('acme'))).to.deep.equal(['Customer', 'Order']);
    expect(registries.peek('globex')).to.equal(undefined);
  });

  it('{registries}: one builder serves all tenants and follows the running one', () => {
    const builder = new ModelBuilder({registries}) as any;
    builder.define('Shared', NESTED());
    for (const tenant of ['a', 'b']) TenantContext.run(tenant, () => builder.define('Customer', NESTED()));
    expect(keys(registries.shared)).to.deep.equal(['Shared']);
    expect(keys(registries.for('a'))).to.deep.equal(['Customer']);
    expect(builder.models).to.equal(registries.shared.models);
    TenantContext.run('a', () => expect(builder.models).to.equal(registries.for('a').models));
  });

  it('the running tenant is the one that currentTenant returns', () => {
    let tenant: string | null | undefined;
    const own = new TenantRegistries({currentTenant: () => tenant});
    const dataSource = tenantDataSource(own);
    for (tenant of ['a', undefined, 'b', null]) dataSource.createModel(`Of_${tenant}`, {});
    expect(keys(own.for('a'))).to.deep.equal(['Of_a']);
    expect(keys(own.for('b'))).to.deep.equal(['Of_b']);
    expect(keys(own.shared)).to.deep.equal(['Of_undefined', 'Of_null']);
    tenant = '';
    expect(() => dataSource.createModel('X'))
      .to.throw()
      .with.property('code', 'INVALID_TENANT_CODE');
  });

  it('an error of currentTenant is thrown to the caller, and no shared model is made instead', () => {
    const failing = new TenantRegistries({
      currentTenant() {
        throw new Error('no context here');
      },
    });
    const builder = new ModelBuilder({registries: failing}) as any;
    expect(() => builder.define('X')).to.throw('no context here');
    expect(failing.shared.stats().models).to.equal(0);
  });

  it('modelRegistry in the settings of a datasource: the caller’s settings are not changed, and the connector does not see it', async () => {
    const modelRegistry = Object.freeze({registries, tenant: 'acme'});
    const settings = Object.freeze({name: 'db', connector: 'memory', modelRegistry});
    for (const dataSource of [new DataSource(settings), new DataSource('db', settings)] as any[]) {
      expect(dataSource.settings).not.to.have.property('modelRegistry');
      expect(dataSource.models).to.equal(registries.for('acme').models);
      expect(dataSource.definitions).to.equal(registries.for('acme').definitions);
    }
  });

  it('modelRegistry as plain JSON uses TenantRegistries.default', () => {
    TenantRegistries.default = registries;
    const settings = JSON.parse('{"connector": "memory", "modelRegistry": {"tenant": "acme"}}') as object;
    (new DataSource(settings as never) as any).createModel('Customer', {});
    const following = new DataSource(JSON.parse('{"connector": "memory", "modelRegistry": {}}') as never) as any;
    TenantContext.run('globex', () => following.createModel('Order', {}));
    expect(keys(registries.for('acme'))).to.deep.equal(['Customer']);
    expect(keys(registries.for('globex'))).to.deep.equal(['Order']);
    TenantRegistries.default = undefined;
  });

  it('a datasource uses the builder that is passed as the third argument', () => {
    const builder = new ModelBuilder({registries, tenant: 'acme'});
    const dataSource = new DataSource({connector: 'memory'}, undefined, builder) as any;
    dataSource.createModel('Customer', {});
    expect(keys(registries.for('acme'))).to.deep.equal(['Customer']);
  });

  it('without options a builder keeps its own models while no tenant runs, and a tenant’s models belong to the tenant', async () => {
    TenantRegistries.default = registries;
    const [one, two] = [new ModelBuilder(), new ModelBuilder()] as any[];
    const One = one.define('M', NESTED());
    const Two = two.define('M', NESTED());
    expect([one.models.M, two.models.M]).to.deep.equal([One, Two]);
    const OfA = TenantContext.run('a', () => one.define('M', {of: 'M'}));
    expect(TenantContext.run('a', () => [one.models.M, two.models.M])).to.deep.equal([OfA, Two]);
    expect(one.models.M).to.equal(One);
    expect(registries.shared.stats().models).to.equal(0);
    expect(await registries.offboard('a')).to.include({models: 1});
    expect(() => new OfA())
      .to.throw()
      .with.property('code', 'TENANT_OFFBOARDED');
    expect(() => new One()).not.to.throw();
    TenantRegistries.default = undefined;
  });

  for (const [what, options] of Object.entries({
    'no object': 'acme',
    null: null,
    'no registry': {registry: {}},
    'no registries': {registries: {}},
    'a registry and a tenant': {registry: new ModelRegistry(), tenant: 'acme'},
    'a registry and registries': {registry: new ModelRegistry(), registries: new TenantRegistries()},
  })) {
    it(`refuse ${what} at once`, () => {
      expect(() => new ModelBuilder(options as never))
        .to.throw()
        .with.property('code', 'INVALID_OPTION');
      expect(() => new DataSource({connector: 'memory', modelRegistry: options} as never))
        .to.throw()
        .with.property('code', 'INVALID_OPTION');
    });
  }

  it('refuse an invalid tenant code at once', () => {
    expect(() => new ModelBuilder({registries, tenant: ''}))
      .to.throw()
      .with.property('code', 'INVALID_TENANT_CODE');
    expect(() => new ModelBuilder({registries, tenant: 5 as never}))
      .to.throw()
      .with.property('code', 'INVALID_TENANT_CODE');
  });

  it('refuse to give one connector to two tenants', () => {
    const connector = tenantDataSource(registries, 'a').connector;
    const shared = {
      name: 'shared',
      initialize: (dataSource: any, done: () => void) => ((dataSource.connector = connector), done()),
    };
    expect(() => tenantDataSource(registries, 'b', {connector: shared}))
      .to.throw()
      .with.property('code', 'CONNECTOR_SHARED');
  });

  for (const [title, options] of Object.entries<() => object | undefined>({
    'one registry': () => ({registry: new ModelRegistry()}),
    'one tenant': () => ({registries, tenant: 'acme'}),
    'the running tenant': () => ({registries}),
    'no options': () => undefined,
  })) {
    it(`refuse an assignment to the dictionaries of a builder and of its datasource, with ${title}`, () => {
      const builder: any = new ModelBuilder(options());
      const dataSource: any = new DataSource('db', {connector: 'memory'}, builder);
      const Order = dataSource.define('Order', {part: {a: String}});
      for (const [owner, name] of [builder, dataSource].flatMap(owner => ['models', 'definitions'].map(name => [owner, name]))) {
        expect(() => (owner[name] = {}))
          .to.throw(`The ${name} of a ModelBuilder or DataSource`)
          .with.property('code', 'INVALID_OPTION');
        expect(owner[name]).to.have.property('Order');
      }
      expect(builder.getModel('Order')).to.equal(Order);
      expect(builder.models).to.equal(dataSource.models);
    });
  }

  it('refuse it as well when the names of two datasources of one registry differ', () => {
    const registry = new ModelRegistry();
    const [first, second] = [new ModelBuilder({registry}), new ModelBuilder({registry})].map(
      (builder): any => new DataSource('db', {connector: 'memory'}, builder),
    );
    const classes = [first.define('Order', {a: String}), second.define('Order', {b: String})];
    for (const owner of [first, second, first.modelBuilder, second.modelBuilder])
      expect(() => (owner.models = {}))
        .to.throw()
        .with.property('code', 'INVALID_OPTION');
    expect([first.models.Order, second.models.Order]).to.deep.equal(classes);
  });
});
