import {expect} from 'chai';
import {TenantContext, TenantRegistries, type TenantDataSourcesOptions} from '../../lib/index';
import {databaseOf} from '../databases/shop';
import {deferred, type Deferred} from '../support/deferred';
import {postgresServer} from '../support/postgres-server';
import type {Application} from './application';
import {FRAMEWORKS} from './frameworks';
import {keepingConnector} from '../support/keeping-connector';

for (const connector of ['memory', 'postgresql']) {
  describe(`Two tenants on ${connector}`, () => {
    const server = connector === 'postgresql' ? postgresServer() : undefined;

    for (const [name, start] of Object.entries(FRAMEWORKS)) {
      describe(`in a service on ${name}`, () => {
        const database = (tenant: string) => databaseOf(`${tenant}_on_${name.replace(/\W/g, '').toLowerCase()}`);
        const create: TenantDataSourcesOptions['create'] = tenant => {
          if (!server) return {connector: keepingConnector(), name: database(tenant)};
          const {host, port, user, password} = server;
          return {
            connector: keepingConnector(require('loopback-connector-postgresql')),
            ...{host, port, user, password, database: database(tenant), max: 4},
          };
        };

        let registries: TenantRegistries;
        let app: Application;
        /** When five requests of `work` have begun, and when they may end. */
        let [all, goOn]: Deferred<void>[] = [];

        before(async () => {
          registries = new TenantRegistries();
          [all, goOn] = [deferred(), deferred()];
          let begun = 0;
          const work = async () => {
            if (++begun === 5) all.resolve();
            await goOn.promise;
            return {tenant: TenantContext.tenant};
          };
          app = await start({registries, create, work});
          for (const tenant of ['acme', 'globex']) await open(tenant);
        });
        after(async () => {
          await app?.stop();
          await registries?.dispose();
        });

        async function open(tenant: string): Promise<void> {
          if (server) await server.createDatabase(database(tenant));
          await TenantContext.run(tenant, () => app.migrate());
        }

        const post = (tenant: string, customer: string) =>
          app.service.call(app.customers, {tenant, body: {name: customer, address: {street: 'Main St'}}});
        const find = (tenant: string) => app.service.call(app.customers, {tenant});

        it('many requests at once mix no rows', async () => {
          const tenants = Array.from({length: 30}, (_, index) => (index % 3 ? 'acme' : 'globex'));
          const made = await Promise.all(tenants.map((tenant, index) => post(tenant, `${tenant} ${index}`)));
          expect(made.map(({status}) => status)).to.deep.equal(tenants.map(() => 200));
          for (const tenant of ['acme', 'globex']) {
            const own = tenants.flatMap((other, index) => (other === tenant ? [`${tenant} ${index}`] : []));
            const {body} = await find(tenant);
            expect(body.map((customer: any) => customer.name)).to.have.members(own);
            expect(body[0].address).to.deep.equal({street: 'Main St'});
            // past juggler
            if (server) {
              const rows = await server.sql(database(tenant), 'SELECT name FROM "customer"');
              expect(rows.map(row => row.name)).to.have.members(own);
            }
          }
        });

        if (server)
          it('a tenant without a database gets 503 with Retry-After and no name of a database; the others are served', async () => {
            const answer = await find('nobody');
            expect([answer.status, answer.headers['retry-after']]).to.deep.equal([503, '1']);
            expect(answer.text).not.to.contain('nobody');
            expect(await find('acme')).to.include({status: 200});
            await open('nobody');
            expect(await find('nobody')).to.include({status: 200, text: '[]'});
          });

        it('a tenant is offboarded during its requests: they are served, the next one gets 410, and nothing of it is left', async () => {
          const running = Array.from({length: 5}, () => app.service.call(app.work, {tenant: 'globex'}));
          await all.promise;
          const offboarding = registries.offboard('globex', {verify: true});
          expect(await find('globex')).to.include({status: 410});
          goOn.resolve();
          for (const answer of await Promise.all(running))
            expect(answer).to.deep.include({status: 200, body: {tenant: 'globex'}});
          expect(await offboarding).to.include({leasesDrained: 5, leasesForced: 0, survivors: 0, dataSources: 1});
          expect(await find('globex')).to.include({status: 410});
          expect(await find('acme')).to.include({status: 200});
        });
      });
    }
  });
}
