import {expect} from 'chai';
import {install, ModelRegistry, TenantContext, TenantRegistries} from '../../lib/index';
import {lookedAt} from '../support/first-look';
import {liveClasses} from '../support/live-classes';
import {NESTED} from '../support/structures';
import {keepingConnector} from '../support/keeping-connector';

const juggler = require('juggler-6');

describe('A builder or datasource that was bound while install() was in effect keeps its registry after the undo', () => {
  let registries: TenantRegistries;
  let uninstall: () => void;
  beforeEach(() => {
    registries = new TenantRegistries();
    uninstall = install(juggler, {registries});
  });
  afterEach(() => uninstall());

  const inTenant = (work: () => unknown) => TenantContext.run('acme', work);

  const BOUND: Record<string, () => {define(name: string, properties: object): unknown}> = {
    'a builder of a tenant': () => new juggler.ModelBuilder({tenant: 'acme'}),
    'a builder that follows': () => new juggler.ModelBuilder({registries}),
    'a builder of a registry': () => new juggler.ModelBuilder({registry: registries.for('acme')}),
    'a builder without options that was used': () => {
      const builder = new juggler.ModelBuilder();
      builder.getModel('Any');
      return builder;
    },
    'a datasource of a tenant': () => new juggler.DataSource({connector: keepingConnector(), modelRegistry: {tenant: 'acme'}}),
    'a datasource without options': () => new juggler.DataSource({connector: keepingConnector()}),
  };
  for (const [what, make] of Object.entries(BOUND)) {
    it(`${what}: its classes belong to the tenant and are dropped with it`, async () => {
      const before = liveClasses(juggler);
      const bound = make();
      uninstall();
      inTenant(() => lookedAt(bound.define('Customer', NESTED())));
      expect(await registries.offboard('acme', {verify: true})).to.include({models: 1, embeddedModels: 3, survivors: 0});
      expect(liveClasses(juggler) - before).to.equal(0);
      expect(() => inTenant(() => bound.define('Late', {})))
        .to.throw()
        .with.property('code', 'TENANT_OFFBOARDED');
    });
  }

  it('but a method that its class or user code has replaced stays replaced', () => {
    class Own extends juggler.ModelBuilder {
      getSchemaName() {
        return 'Mine';
      }
    }
    const builder = new (Own as any)({tenant: 'acme'});
    const dataSource = new juggler.DataSource({connector: keepingConnector()});
    dataSource.createModel = () => 'replaced';
    uninstall();
    expect(builder.getSchemaName()).to.equal('Mine');
    expect(dataSource.createModel()).to.equal('replaced');
    builder.define('Customer', {});
    expect(registries.for('acme').findByName('Customer')).to.equal(builder.models.Customer);
  });

  it('but other builders and datasources are as in juggler again', () => {
    const unused = new juggler.ModelBuilder();
    const registry = new ModelRegistry();
    uninstall();
    for (const object of [unused, new juggler.ModelBuilder(), new juggler.DataSource({connector: keepingConnector()})]) {
      expect(Object.hasOwn(object, 'define')).to.equal(false);
    }
    const builder = new juggler.ModelBuilder({registry});
    builder.define('M', {});
    expect(registry.stats().models).to.equal(0);
  });
});
