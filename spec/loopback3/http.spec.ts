import {expect} from 'chai';
import {TenantContext, TenantRegistries, type TenantDataSourcesOptions} from '../../lib/index';
import {databaseOf} from '../databases/shop';
import {Service, type Call} from '../support/http';
import {shopApp, type Shop} from '../support/loopback-app';
import {postgresServer} from '../support/postgres-server';
import {keepingConnector} from '../support/keeping-connector';
import {until} from '../support/settling';

const CONNECTORS = ['memory', 'postgresql'] as const;

for (const connector of CONNECTORS) {
  describe(`An application of LoopBack 3 on ${connector}`, () => {
    const server = connector === 'postgresql' ? postgresServer() : undefined;
    const create: TenantDataSourcesOptions['create'] = tenant => {
      if (!server) return {connector: keepingConnector()};
      const {host, port, user, password} = server;
      return {
        connector: keepingConnector(require('loopback-connector-postgresql')),
        ...{host, port, user, password, database: databaseOf(`lb3_${tenant}`), max: 4},
      };
    };

    let registries: TenantRegistries;
    let shop: Shop;
    let service: Service;
    let left: string | undefined;

    before(async () => {
      registries = new TenantRegistries({isTenant: tenant => tenant !== 'stranger'});
      shop = await shopApp(registries, create);
      await Promise.all(['acme', 'globex'].map(open));
      service = await Service.start(shop.app);
    });
    after(async () => {
      await service?.stop();
      await registries?.dispose();
    });

    async function open(tenant: string): Promise<void> {
      if (!server) return;
      await server.createDatabase(databaseOf(`lb3_${tenant}`));
      await TenantContext.run(tenant, async () => ((await shop.sources.ensure(tenant)) as any).automigrate());
    }

    const api = (path: string, call: Call) => service.call(`/api/${path}`, call);

    it('each tenant finds its own rows by every route', async () => {
      for (const tenant of ['acme', 'globex']) {
        const address = {street: 'x', geo: {lat: 1}};
        const made = await api('Customers', {tenant, body: {name: 'Ann', mark: tenant, address}});
        expect(made.status, made.text).to.equal(200);
        expect(made.body).to.deep.include({name: 'Ann', mark: tenant, address});
        const {id} = made.body;
        const order = await api(`Customers/${id}/orders`, {tenant, body: {total: 1, mark: tenant, lines: [{product: 'p'}]}});
        expect(order.body).to.deep.include({total: 1, mark: tenant, customerId: id, lines: [{product: 'p'}]});
        expect((await api(`Customers/${id}`, {tenant, method: 'PATCH', body: {name: 'Bob'}})).body).to.include({name: 'Bob'});
        expect((await api(`Orders/${order.body.id}/customer`, {tenant})).body).to.include({name: 'Bob', mark: tenant});
      }
      for (const tenant of ['acme', 'globex']) {
        const {body} = await api('Customers?filter={"include":"orders","where":{"name":"Bob"}}', {tenant});
        expect(body).to.have.lengthOf(1);
        expect([body[0].mark, ...body[0].orders.map(({mark}: any) => mark)]).to.deep.equal([tenant, tenant]);
        expect((await api('Customers/count', {tenant})).body).to.deep.equal({count: 1});
        expect(await api(`Customers/${body[0].id}/orders`, {tenant, method: 'DELETE'})).to.include({status: 204});
        expect((await api('Orders/count', {tenant})).body).to.deep.equal({count: 0});
      }
    });

    it('many requests at once, with hooks and remote methods that chain promises, mix no rows', async () => {
      const {Customer, Order} = shop.app.models;
      const lost: unknown[] = [];
      const check = (mark: unknown) => {
        if (TenantContext.tenant !== mark) lost.push([TenantContext.tenant, mark]);
      };
      Customer.observe('before save', (context: any, next: () => void) => {
        check((context.instance ?? context.data).mark);
        setImmediate(next);
      });
      Customer.afterRemote('**', (context: any, _result: unknown, next: () => void) => {
        check(context.req.get('X-Tenant'));
        next();
      });
      Customer.open = (mark: string) =>
        Customer.create({name: mark, mark})
          .then((customer: any) => {
            check(mark);
            return customer.orders.create({mark});
          })
          .tap(() => check(mark))
          .then(() => Order.find({where: {mark}}))
          .then((orders: unknown[]) => (check(mark), {orders: orders.length}));
      Customer.remoteMethod('open', {
        accepts: {arg: 'mark', type: 'string'},
        returns: {arg: 'data', type: 'object', root: true},
      });
      const tenants = Array.from({length: 40}, (_, index) => (index % 3 ? 'acme' : 'globex'));
      const answers = await Promise.all(tenants.map(tenant => api('Customers/open', {tenant, body: {mark: tenant}})));
      expect(answers.map(({status}) => status)).to.deep.equal(tenants.map(() => 200));
      expect(lost).to.deep.equal([]);
      for (const tenant of ['acme', 'globex']) {
        const {body} = await api('Orders', {tenant});
        expect(body).to.have.lengthOf(tenants.filter(other => other === tenant).length);
        expect(new Set(body.map(({mark}: any) => mark))).to.deep.equal(new Set([tenant]));
      }
    });

    it('no tenant finds an instance of another one', async () => {
      const {body} = await api('Customers', {tenant: 'acme', body: {name: 'only', mark: 'acme'}});
      expect(await api(`Customers/${body.id + 1_000}`, {tenant: 'acme'})).to.include({status: 404});
      const {body: theirs} = await api('Customers?filter={"where":{"name":"only"}}', {tenant: 'globex'});
      expect(theirs).to.deep.equal([]);
    });

    for (const [what, call, status, code] of [
      ['no tenant', {}, 400, 'NO_TENANT'],
      ['a malformed tenant', {tenant: '../x'}, 400, 'INVALID_TENANT_CODE'],
      ['a tenant that isTenant refuses', {tenant: 'stranger'}, 404, 'TENANT_REFUSED'],
    ] as const) {
      it(`a request that names ${what} gets ${status}`, async () => {
        const answer = await api('Customers', call);
        expect(answer.status).to.equal(status);
        expect(answer.body.error).to.include({statusCode: status, code});
      });
    }

    if (server)
      it('a tenant without a database gets 503 with Retry-After', async () => {
        const answer = await api('Customers', {tenant: 'nobody'});
        expect([answer.status, answer.headers['retry-after']]).to.deep.equal([503, '1']);
        expect(answer.text).not.to.contain('lb3_nobody');
      });

    it('a suspended tenant gets 410 until it is resumed', async () => {
      await registries.suspend('acme');
      expect(await api('Customers', {tenant: 'acme'})).to.include({status: 410});
      expect(await api('Customers', {tenant: 'globex'})).to.include({status: 200});
      registries.resume('acme');
      expect(await api('Customers', {tenant: 'acme'})).to.include({status: 200});
    });

    it('a tenant is offboarded during its requests: they are served, the next one gets 410, and nothing of it is left', async () => {
      left = 'globex';
      const running = Array.from({length: 5}, () => api('Customers', {tenant: left, body: {name: 'late', mark: left}}));
      await until(() => registries.activeContexts(left!) > 0);
      const begun = registries.activeContexts(left);
      expect(await registries.offboard(left, {verify: true})).to.include({leasesForced: 0, survivors: 0, dataSources: 1});
      const statuses = (await Promise.all(running)).map(({status}) => status);
      expect(statuses.filter(status => status === 200)).to.have.lengthOf.at.least(begun);
      expect(new Set([...statuses, 410])).to.deep.equal(new Set([200, 410]));
      expect(await api('Customers', {tenant: left})).to.include({status: 410});
      expect(await api('Customers', {tenant: 'acme'})).to.include({status: 200});
    });
  });
}
