import {expect} from 'chai';
import {tenantMiddleware} from '../../lib/express';
import {Service} from '../support/http';
import {isLong} from '../support/long-form';
import {mariadbServer} from '../support/mariadb-server';
import {postgresServer} from '../support/postgres-server';
import {RawClient} from '../support/raw-client';
import {databaseOf, Shop} from './shop';

const CLIENTS = isLong ? 200 : 40;

for (const [name, start] of Object.entries({PostgreSQL: postgresServer, MariaDB: mariadbServer})) {
  describe(`Clients of tenants on ${name} that send six requests at once and leave`, () => {
    const server = start();
    const tenants = ['acme', 'globex'];
    let shop: Shop;
    let service: Service;
    let begun: number;

    before(async () => {
      shop = new Shop(server);
      await shop.open(tenants);
      const {listener} = tenantMiddleware({registries: shop.registries, tenant: {header: 'X-Tenant'}});
      service = await Service.start(
        listener(async (_, response) => {
          begun++;
          const made = await shop.Customer.create({name: 'Ann'});
          await shop.Customer.findById(made.id);
          response.end(`${await shop.Customer.count()}`);
        }),
      );
    });
    after(async () => {
      await service?.stop();
      await shop?.registries.dispose();
    });

    it('leave no lease behind: the tenants are idle, and are offboarded at once', async () => {
      begun = 0;
      const clients = await Promise.all(Array.from({length: CLIENTS}, () => RawClient.connect(service.port)));
      clients.forEach((client, index) => client.pipeline('/', Array<string>(6).fill(tenants[index % 2])));
      // each leaves when its first answer has come, or before it
      const leaving = clients.map(async (client, index) => {
        const answers = index % 3 ? 1 : 0;
        while (client.answers < answers || begun === 0) await new Promise(resolve => setTimeout(resolve, 1));
        client.leave();
      });
      await Promise.all(leaving);
      const contexts = () => tenants.map(tenant => shop.registries.activeContexts(tenant));
      for (let wait = 0; wait < 500 && contexts().some(count => count > 0); wait++)
        await new Promise(resolve => setTimeout(resolve, 10));
      expect(contexts()).to.deep.equal([0, 0]);
      expect(begun).to.be.above(CLIENTS);

      const report = await shop.registries.offboard('acme', {drainTimeout: 5_000, verify: true});
      expect(report).to.include({leasesDrained: 0, leasesForced: 0, dataSources: 1, survivors: 0});
      expect(await service.call('/', {tenant: 'globex'})).to.include({status: 200});
      for (let wait = 0; wait < 50 && (await server.connections(databaseOf('acme'))) > 0; wait++);
      expect(await server.connections(databaseOf('acme'))).to.equal(0);
    });
  });
}
