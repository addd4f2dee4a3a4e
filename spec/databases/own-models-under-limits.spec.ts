import {expect} from 'chai';
import {tenantMiddleware} from '../../lib/express';
import {TenantContext, TenantDataSources, TenantRegistries} from '../../lib/index';
import {Service} from '../support/http';
import {isLong} from '../support/long-form';
import {mariadbServer} from '../support/mariadb-server';
import {postgresServer} from '../support/postgres-server';
import type {AnyDataSource, AnyModel} from '../support/service';

const [TENANTS, CLIENTS, REQUESTS] = isLong ? [15, 50, 20] : [6, 20, 15];
const FEW = 2;

for (const [name, start] of Object.entries({PostgreSQL: postgresServer, MariaDB: mariadbServer})) {
  describe(`Tenants with models of their own on ${name}, more than there may be datasources,`, () => {
    const server = start();
    const tenants = Array.from({length: TENANTS}, (_, index) => `t${index}`);
    let registries: TenantRegistries;
    let sources: TenantDataSources;
    let service: Service;

    const notes = (dataSource: AnyDataSource): AnyModel =>
      dataSource.getModel('Note') ?? dataSource.createModel('Note', {text: String, mark: String}, TABLE);
    const rows = (database: string) => server.sql(database, 'SELECT * FROM note');

    before(async () => {
      registries = new TenantRegistries();
      // a tenant without settings gets the default database
      const databaseIn = (settings: {database?: string} = {}) => settings.database ?? 'limits_default';
      sources = new TenantDataSources({
        registries,
        max: FEW,
        create: (_, settings) => server.settings(databaseIn(settings)),
      });
      for (const tenant of ['default', 'leaving', ...tenants]) {
        await server.createDatabase(`limits_${tenant}`);
        if (tenant !== 'default') registries.configure(tenant, {database: `limits_${tenant}`});
        await TenantContext.run(tenant, async () => {
          const dataSource = await sources.ensure(tenant);
          notes(dataSource);
          await dataSource.automigrate('Note');
        });
      }
      const {listener} = tenantMiddleware({registries, tenant: {header: 'X-Tenant'}});
      service = await Service.start(
        listener(async (_, response) => {
          try {
            const mark = TenantContext.require();
            const Note = notes(await sources.ensure(mark));
            await Note.create({text: 'first', mark});
            // other tenants' requests open datasources meanwhile
            await new Promise(resolve => setTimeout(resolve, 2));
            const found = await Note.find({limit: 5});
            response.end(JSON.stringify(found.map(({mark}: {mark: string}) => mark)));
          } catch (error) {
            response.statusCode = 500;
            response.end(String(error));
          }
        }),
      );
    });
    after(async () => {
      await service?.stop();
      await registries?.dispose();
    });

    it('serve every request: a lease keeps the datasource that its work was given, and the models move to the next one', async () => {
      const outcomes: Record<string, number> = {};
      const client = async (index: number) => {
        for (let round = 0; round < REQUESTS; round++) {
          const tenant = tenants[(index + round * 7) % TENANTS];
          const {status, text} = await service.call('/', {tenant});
          const isOwn = status === 200 && (JSON.parse(text) as string[]).every(mark => mark === tenant);
          const outcome = isOwn ? 'own rows' : `${status} ${text}`;
          outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        }
      };
      await Promise.all(Array.from({length: CLIENTS}, (_, index) => client(index)));
      expect(outcomes).to.deep.equal({'own rows': CLIENTS * REQUESTS});
      for (const tenant of tenants)
        expect(new Set((await rows(`limits_${tenant}`)).map(({mark}) => mark))).to.deep.equal(new Set([tenant]));
      expect(await rows('limits_default')).to.deep.equal([]);
      expect(sources.stats()).to.include({open: FEW, over: 0});
    });

    it('go on with the same classes after their datasource was closed', async () => {
      const Note = await TenantContext.run('t0', async () => notes(await sources.ensure('t0')));
      const before = (await rows('limits_t0')).length;
      for (const others of [['t1', 't2', 't3'], []]) {
        for (const tenant of others) await sources.ensure(tenant);
        if (others.length === 0) await sources.close('t0');
        const dataSource = await sources.ensure('t0');
        expect([notes(dataSource), Note.dataSource]).to.deep.equal([Note, dataSource]);
        await TenantContext.run('t0', () => Note.create({text: 'later', mark: 't0'}));
      }
      expect(await rows('limits_t0')).to.have.lengthOf(before + 2);
    });

    it('keep their settings until they have gone: work in flight and hooks that open a datasource get the tenant’s database', async () => {
      const write = async (text: string) => notes(await sources.ensure('leaving')).create({text, mark: 'leaving'});
      await sources.close('leaving');
      registries.beforeOffboard(({tenant}) => tenant === 'leaving' && write('hook'));
      let go!: () => void;
      const working = TenantContext.run('leaving', async () => {
        await new Promise<void>(resolve => (go = resolve));
        await write('in flight');
      });
      const leaving = registries.offboard('leaving', {verify: true});
      go();
      await working;
      expect(await leaving).to.deep.include({errors: [], hookErrors: [], leasesDrained: 1, survivors: 0});
      expect((await rows('limits_leaving')).map(({text}) => text)).to.deep.equal(['in flight', 'hook']);
      expect(await rows('limits_default')).to.deep.equal([]);
      expect(registries.settings('leaving')).to.equal(undefined);
    });
  });
}

const TABLE = {postgresql: {table: 'note'}, mysql: {table: 'note'}};
