import {expect} from 'chai';
import {DataSource, TenantContext, TenantRegistries} from '../../lib/index';
import {liveClasses} from '../support/live-classes';
import {mariadbServer} from '../support/mariadb-server';
import {postgresServer} from '../support/postgres-server';
import type {DatabaseServer} from '../support/server-of-a-suite';
import type {AnyDataSource} from '../support/service';
import {NESTED} from '../support/structures';

/** How many operations run at once. Each opens a connection, and a pool keeps the callback that the connection was opened for. */
const AT_ONCE = 20;

const SERVERS: Record<string, {start(): DatabaseServer; pool: object}> = {
  PostgreSQL: {start: postgresServer, pool: {max: AT_ONCE}},
  MariaDB: {start: mariadbServer, pool: {connectionLimit: AT_ONCE}},
};

for (const [name, {start, pool}] of Object.entries(SERVERS)) {
  describe(`Everything goes, while a pool of ${name} for all tenants stays open`, () => {
    const server = start();
    let registries: TenantRegistries;
    let dataSource: AnyDataSource;
    before(() => server.createDatabase('pools'));
    let classesBefore: number;

    beforeEach(async () => {
      registries = new TenantRegistries();
      dataSource = new DataSource({...server.settings('pools'), ...pool, modelRegistry: {registries}});
      await TenantContext.run('first', async () => {
        define();
        await dataSource.automigrate();
      });
      await registries.offboard('first');
      classesBefore = liveClasses();
    });
    afterEach(async () => {
      await dataSource.disconnect();
      await registries.dispose();
    });

    const define = () => dataSource.createModel('Customer', {name: String, ...NESTED()});

    /** Works with every connection of the pool. */
    async function work(): Promise<void> {
      const Customer = define();
      const atOnce = (operation: (index: number) => unknown) =>
        Promise.all(Array.from({length: AT_ONCE}, (_, index) => operation(index)));
      await atOnce(() => Customer.find());
      await atOnce(index => Customer.create({name: `c${index}`, addr: {street: 's', geo: {lat: 1}}, items: [{sku: 'a'}]}));
      await atOnce(() => new Promise(resolve => Customer.find({where: {name: 'c1'}}, resolve)));
      const transaction = await Customer.beginTransaction({});
      await Customer.updateAll({name: 'c2'}, {name: 'c3'}, {transaction});
      await transaction.commit();
      const [first] = await Customer.find({limit: 1});
      await first.updateAttributes({name: 'c4'});
      await Customer.destroyAll();
    }

    it('of a tenant that is offboarded', async () => {
      await TenantContext.run('acme', work);
      const report = await registries.offboard('acme', {verify: true});
      expect(report).to.include({survivors: 0, models: 1, embeddedModels: 3});
      expect(liveClasses() - classesBefore).to.equal(0);
    });

    it('of tenants that are evicted', async () => {
      for (let tenant = 0; tenant < 8; tenant++) {
        await TenantContext.run(`tenant-${tenant}`, work);
        registries.evict(`tenant-${tenant}`);
      }
      await new Promise(resolve => setTimeout(resolve, 10));
      expect(liveClasses() - classesBefore).to.equal(0);
    });

    it('of a tenant whose operations fail', async () => {
      await TenantContext.run('acme', async () => {
        define();
        const Missing = dataSource.createModel('Missing', NESTED());
        const failed = await Promise.allSettled(Array.from({length: AT_ONCE}, () => Missing.find()));
        expect(failed.every(({status}) => status === 'rejected')).to.equal(true);
      });
      const report = await registries.offboard('acme', {verify: true});
      expect(report).to.include({survivors: 0});
      expect(liveClasses() - classesBefore).to.equal(0);
    });
  });
}
