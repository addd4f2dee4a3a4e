import {expect} from 'chai';
import {TenantBindings, TenantComponent} from '../../lib/loopback4';
import {TenantContext, TenantRegistries} from '../../lib/index';
import {databaseOf} from '../databases/shop';
import {Service} from '../support/http';
import {postgresServer} from '../support/postgres-server';
import {ShopApplication} from './shop';
import {keepingConnector} from '../support/keeping-connector';

describe('In an application of LoopBack 4, on PostgreSQL', () => {
  const server = postgresServer();
  const registries = new TenantRegistries();
  let app: ShopApplication;
  let service: Service;

  before(async () => {
    const {host, port, user, password} = server;
    app = new ShopApplication();
    app.bind(TenantBindings.REGISTRIES).to(registries);
    app.bind(TenantBindings.STRATEGY).to({header: 'X-Tenant'});
    app.bind(TenantBindings.DATASOURCES).to({
      db: tenant => ({
        connector: keepingConnector(require('loopback-connector-postgresql')),
        host,
        port,
        user,
        password,
        database: databaseOf(tenant),
        max: 4,
      }),
    });
    app.bind('rest.sequence.actions.logError').to(() => {});
    app.component(TenantComponent);
    for (const tenant of ['acme', 'globex']) await open(tenant);
    await app.start();
    service = await Service.start(app.restServer.httpServer!.server);
  });
  after(() => app?.stop());

  async function open(tenant: string): Promise<void> {
    await server.createDatabase(databaseOf(tenant));
    await TenantContext.run(tenant, () => app.migrateSchema());
  }

  const names = async (tenant: string) =>
    (await server.sql(databaseOf(tenant), 'SELECT name FROM "customer"')).map(({name}) => name.replace(/ .*/, ''));

  it('each tenant has its own tables, made by LoopBack’s own migration', async () => {
    for (const tenant of ['acme', 'globex']) expect(await names(tenant)).to.deep.equal([]);
  });

  it('many requests of two tenants at once mix no rows', async () => {
    const tenants = Array.from({length: 40}, (_, index) => (index % 3 ? 'acme' : 'globex'));
    const create = async (tenant: string, index: number) => {
      const {body} = await service.call('/customers', {tenant, body: {name: `${tenant} ${index}`, address: {street: 'Main St'}}});
      return service.call(`/customers/${body.id}/orders`, {tenant, body: {total: index}});
    };
    expect((await Promise.all(tenants.map(create))).map(({status}) => status)).to.deep.equal(tenants.map(() => 200));
    for (const tenant of ['acme', 'globex']) {
      const {body} = await service.call('/customers', {tenant});
      for (const {name, orders} of body) expect(name).to.equal(`${tenant} ${orders[0].total}`);
      expect(body).to.have.lengthOf(tenants.filter(each => each === tenant).length);
      expect(new Set(await names(tenant))).to.deep.equal(new Set([tenant]));
    }
  });

  it('a tenant without a database gets 503 with Retry-After; the others are served', async () => {
    const answer = await service.call('/customers', {tenant: 'nobody'});
    expect([answer.status, answer.headers['retry-after']]).to.deep.equal([503, '1']);
    expect(answer.text).not.to.contain(databaseOf('nobody'));
    expect(await service.call('/customers', {tenant: 'acme'})).to.include({status: 200});
    await open('nobody');
    expect(await service.call('/customers', {tenant: 'nobody'})).to.include({status: 200, text: '[]'});
  });

  it('an offboarded tenant leaves no class, datasource or connection', async () => {
    const connections = () => server.connections(databaseOf('globex'));
    expect(await connections()).to.be.at.least(1);
    expect(await registries.offboard('globex', {verify: true})).to.include({survivors: 0, dataSources: 1, leasesForced: 0});
    expect(await connections()).to.equal(0);
    expect(await service.call('/customers', {tenant: 'globex'})).to.include({status: 410});
    expect(await service.call('/customers', {tenant: 'acme'})).to.include({status: 200});
  });
});
