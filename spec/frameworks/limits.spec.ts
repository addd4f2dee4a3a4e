import {expect} from 'chai';
import {TenantContext, TenantRegistries} from '../../lib/index';
import {databaseOf} from '../databases/shop';
import {isLong} from '../support/long-form';
import {postgresServer} from '../support/postgres-server';
import type {Application} from './application';
import {FRAMEWORKS} from './frameworks';

const TENANTS = Array.from({length: isLong ? 15 : 6}, (_, index) => `t${index}`);
const CLIENTS = isLong ? 50 : 12;
const ROUNDS = isLong ? 8 : 4;

describe('With fewer datasources than tenants, on PostgreSQL', () => {
  const server = postgresServer();
  /** The services run one after the other, and each makes the tables anew. */
  const database = (tenant: string) => databaseOf(`limits_${tenant}`);
  before(async () => {
    for (const tenant of TENANTS) await server.createDatabase(database(tenant));
  });

  for (const [name, start] of Object.entries(FRAMEWORKS)) {
    describe(`a service on ${name}`, () => {
      const registries = new TenantRegistries();
      let app: Application;

      before(async () => {
        const {host, port, user, password} = server;
        const connector = require('loopback-connector-postgresql');
        app = await start({
          registries,
          limits: {max: 2},
          // a handler that does other things between its queries
          work: async () => {
            const dataSource = await app.dataSource();
            for (let query = 0; query < 3; query++) {
              await new Promise<void>((resolve, reject) =>
                dataSource.connector.execute('SELECT 1', [], {}, (error?: Error | null) => (error ? reject(error) : resolve())),
              );
              await new Promise(resolve => setTimeout(resolve, 5));
            }
            return {};
          },
          create: tenant => ({connector, host, port, user, password, database: database(tenant), max: 2}),
        });
        for (const tenant of TENANTS) await TenantContext.run(tenant, () => app.migrate());
      });
      after(async () => {
        await app?.stop();
        await registries.dispose();
      });

      it('answers every request of many clients, each from its own database, and goes back to the limit', async () => {
        const statuses: number[] = [];
        const wrong: string[] = [];
        const client = async (index: number) => {
          for (let round = 0; round < ROUNDS; round++) {
            const tenant = TENANTS[(index + round * 7) % TENANTS.length];
            const made = await app.service.call(app.customers, {tenant, body: {name: tenant}});
            const found = await app.service.call(app.customers, {tenant});
            const worked = await app.service.call(app.work, {tenant});
            statuses.push(made.status, found.status, worked.status);
            if (found.status === 200)
              wrong.push(...found.body.map((row: any) => row.name).filter((each: string) => each !== tenant));
          }
        };
        await Promise.all(Array.from({length: CLIENTS}, (_, index) => client(index)));
        expect(statuses.filter(status => status !== 200)).to.deep.equal([]);
        expect(wrong).to.deep.equal([]);
        const connected = async () => {
          const rows = await server.sql(
            'postgres',
            `SELECT DISTINCT datname FROM pg_stat_activity WHERE datname LIKE '%_limits_%' AND backend_type = 'client backend'`,
          );
          return rows.length;
        };
        // a server learns of the end of a connection a moment later
        for (let wait = 0; wait < 100 && (await connected()) > 2; wait++) await new Promise(resolve => setTimeout(resolve, 20));
        expect(await connected()).to.be.at.most(2);
      });
    });
  }
});
