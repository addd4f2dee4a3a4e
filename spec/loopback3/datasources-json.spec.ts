import {expect} from 'chai';
import {TenantContext, TenantRegistries} from '../../lib/index';
import {boot, CUSTOMER, installed, ORDER} from '../support/loopback-app';

describe('modelRegistry in datasources.json of LoopBack 3', () => {
  let registries: TenantRegistries;
  let app: any;
  before(async () => {
    registries = new TenantRegistries();
    app = await boot(installed(registries)(), {
      dataSources: {
        plain: {connector: 'memory'},
        operators: {connector: 'memory', modelRegistry: {tenant: 'operator'}},
        running: {connector: 'memory', modelRegistry: {}},
      },
      modelDefinitions: [{definition: CUSTOMER}, {definition: ORDER}],
      models: {Customer: {dataSource: 'plain'}, Order: {dataSource: 'plain'}},
    });
  });
  after(() => registries.dispose());

  const PROPERTIES = () => ({text: 'string', by: {name: 'string'}});

  it('is removed from the settings that the connector gets', () => {
    for (const name of ['operators', 'running']) expect(app.dataSources[name].settings).to.not.have.property('modelRegistry');
  });

  it('{tenant} makes a datasource that tenant’s: it ends with the tenant, with the models of boot', async () => {
    const {operators} = app.dataSources;
    const Note = operators.createModel('Note', PROPERTIES());
    const Entry = TenantContext.run('operator', () => operators.createModel('Entry', PROPERTIES()));
    for (const Model of [Note, Entry]) await Model.create({text: 'x', by: {name: 'y'}});
    expect(registries.for('operator').stats()).to.include({models: 1, embeddedModels: 1});
    expect(await registries.offboard('operator')).to.include({dataSources: 1, models: 1});
    for (const Model of [Note, Entry]) {
      const error = await Model.find().catch((error: unknown) => error);
      expect(error).to.have.property('code', 'TENANT_OFFBOARDED');
    }
  });

  it('{} makes a datasource follow the running tenant', () => {
    const {running} = app.dataSources;
    for (const tenant of ['acme', 'globex']) {
      TenantContext.run(tenant, () => {
        const Custom = running.createModel('Custom', {...PROPERTIES(), [tenant]: 'string'});
        expect(registries.for(tenant).findByName('Custom')).to.equal(Custom);
        expect(Object.keys(Custom.definition.properties)).to.include(tenant);
      });
    }
    expect(running.modelBuilder.models).to.not.have.property('Custom');
  });

  it('without it, the models of boot are shared, also during the work of a tenant', () => {
    const {Customer} = app.models;
    expect(registries.shared.findByName('Customer')).to.equal(Customer);
    TenantContext.run('acme', () => expect(app.registry.getModel('Customer')).to.equal(Customer));
    expect(Customer.relations.orders.modelTo).to.equal(app.models.Order);
  });
});
