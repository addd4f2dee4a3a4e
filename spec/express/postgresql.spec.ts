import {expect} from 'chai';
import express from 'express';
import {tenantMiddleware} from '../../lib/express';
import {databaseOf, Shop} from '../databases/shop';
import {Service} from '../support/http';
import {postgresServer} from '../support/postgres-server';

describe('In an application of Express, on PostgreSQL', () => {
  const server = postgresServer();
  let shop: Shop;
  let service: Service;

  before(async () => {
    shop = new Shop(server);
    await shop.open(['acme', 'globex']);
    const {registries, sources, Customer} = shop;
    const tenants = tenantMiddleware({registries, tenant: {path: '/'}, prepare: tenant => sources.ensure(tenant)});
    const app = express().set('env', 'test').use(tenants, express.json());
    app.post('/customers', async ({body}, response) => {
      const customer = await Customer.create(body);
      await customer.orders.create({total: 1, mark: body.mark});
      response.json(customer);
    });
    app.get('/customers', async (_, response) => void response.json(await Customer.find({include: 'orders'})));
    app.use(tenants.errors);
    service = await Service.start(app);
  });
  after(async () => {
    await service?.stop();
    await shop?.registries.dispose();
  });

  it('many requests of two tenants at once mix no rows', async () => {
    const tenants = Array.from({length: 40}, (_, index) => (index % 3 ? 'acme' : 'globex'));
    const made = await Promise.all(
      tenants.map((mark, index) => service.call(`/${mark}/customers`, {body: {name: `customer ${index}`, mark}})),
    );
    expect(made.map(({status}) => status)).to.deep.equal(tenants.map(() => 200));
    for (const tenant of ['acme', 'globex']) {
      const {body} = await service.call(`/${tenant}/customers`);
      const marks = body.flatMap(({mark, orders}: any) => [mark, ...orders.map((order: any) => order.mark)]);
      expect(marks).to.have.lengthOf(2 * tenants.filter(mark => mark === tenant).length);
      expect(new Set(marks)).to.deep.equal(new Set([tenant]));
      const rows = await shop.rows(tenant);
      expect(new Set(rows.map(({mark}) => mark))).to.deep.equal(new Set([tenant]));
    }
  });

  it('a tenant without a database gets 503 with Retry-After and no name of a database; the others are served', async () => {
    const answer = await service.call('/nobody/customers');
    expect([answer.status, answer.headers['retry-after']]).to.deep.equal([503, '1']);
    expect(answer.text).not.to.contain(databaseOf('nobody'));
    expect(await service.call('/acme/customers')).to.include({status: 200});
    await server.createDatabase(databaseOf('nobody'));
    await shop.as('nobody', async () => ((await shop.sources.ensure('nobody')) as any).automigrate());
    expect(await service.call('/nobody/customers')).to.include({status: 200, text: '[]'});
  });

  it('a tenant is offboarded during its requests: they are served, the next one gets 410', async () => {
    const running = Array.from({length: 5}, () => service.call('/globex/customers', {body: {name: 'late', mark: 'globex'}}));
    while (shop.registries.activeContexts('globex') === 0) await new Promise(resolve => setImmediate(resolve));
    const begun = shop.registries.activeContexts('globex');
    const report = await shop.registries.offboard('globex', {verify: true});
    expect(report).to.include({leasesForced: 0, survivors: 0, dataSources: 1});
    const statuses = (await Promise.all(running)).map(({status}) => status);
    expect(statuses.filter(status => status === 200)).to.have.lengthOf.at.least(begun);
    expect(new Set([...statuses, 410])).to.deep.equal(new Set([200, 410]));
    expect(await service.call('/globex/customers')).to.include({status: 410});
    expect(await service.call('/acme/customers')).to.include({status: 200});
  });
});
