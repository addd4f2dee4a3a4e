import {readFileSync} from 'node:fs';
import path from 'node:path';
import {expect} from 'chai';
import * as library from '../../lib/index';
import {TenantContext, TenantRegistries} from '../../lib/index';
import {postgresServer} from '../support/postgres-server';
import type {AnyDataSource, AnyModel} from '../support/service';

const PAGE = readFileSync(path.resolve(__dirname, '../../../docs/rows.md'), 'utf8');
const codeOf = (way: string, language: string) => {
  const section = PAGE.split(/^## /m).find(text => text.startsWith(way))!;
  return [...section.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, code]) => code).join('\n');
};

const TABLE = 'CREATE TABLE %s (id serial PRIMARY KEY, name text)';

/** The ways of the page, with the databases that they need. */
const WAYS: Record<string, Record<string, readonly string[]>> = {
  'A datasource for each tenant': {
    shop_acme: [TABLE.replace('%s', 'customer')],
    shop_globex: [TABLE.replace('%s', 'customer')],
  },
  'A table for each tenant': {shop: [TABLE.replace('%s', 'customer_acme'), TABLE.replace('%s', 'customer_globex')]},
  'A tenant column': {
    shop_policy: [
      codeOf('A tenant column', 'sql'),
      codeOf('A tenant column', 'sql').split('-- for each tenant')[1].replaceAll('acme', 'globex'),
    ],
  },
};

/** What a tenant may try with the id of another tenant's row, and with an instance of it. */
const ATTEMPTS: Record<string, (Model: AnyModel, id: number, instance: any) => unknown> = {
  find: Model => Model.find(),
  findById: (Model, id) => Model.findById(id),
  findOne: Model => Model.findOne({where: {name: 'Ann'}}),
  count: Model => Model.count(),
  exists: (Model, id) => Model.exists(id),
  updateAll: Model => Model.updateAll({}, {name: 'changed'}),
  destroyAll: Model => Model.destroyAll(),
  destroyById: (Model, id) => Model.destroyById(id),
  upsert: (Model, id) => Model.upsert({id, name: 'changed'}),
  upsertWithWhere: (Model, id) => Model.upsertWithWhere({id}, {name: 'changed'}),
  replaceOrCreate: (Model, id) => Model.replaceOrCreate({id, name: 'changed'}),
  replaceById: (Model, id) => Model.replaceById(id, {name: 'changed'}),
  'save of an instance that is made from data': (Model, id) => new Model({id, name: 'changed'}, {persisted: true}).save(),
  'updateAttributes of such an instance': (Model, id) => new Model({id}, {persisted: true}).updateAttributes({name: 'changed'}),
  'destroy of such an instance': (Model, id) => new Model({id}, {persisted: true}).destroy(),
  'save of an instance of the other tenant': (_, _id, instance) => ((instance.name = 'changed'), instance.save()),
  'replaceAttributes of it': (_, _id, instance) => instance.replaceAttributes({name: 'changed'}),
  'destroy of it': (_, _id, instance) => instance.destroy(),
  'reload of it': (_, _id, instance) => instance.reload(),
};

describe('Where the rows are, as the page says,', function () {
  this.timeout(60_000);
  const server = postgresServer();

  for (const [way, databases] of Object.entries(WAYS)) {
    describe(`${way.toLowerCase()}:`, () => {
      let registries: TenantRegistries;
      let customers: () => AnyModel;
      let db: AnyDataSource;

      before(async () => {
        for (const [database, statements] of Object.entries(databases)) {
          await server.sql('postgres', `CREATE DATABASE ${database}`);
          for (const statement of statements) await server.sql(database, statement);
        }
        registries = new TenantRegistries();
        const {host, port, user, password} = server;
        const given: Record<string, unknown> = {
          ...{...library, registries, host, port, user, password},
          fieldsOf: {},
          passwordOf: (tenant: string) => `of ${tenant}`,
        };
        // each way has a database of its own here
        const code = codeOf(way, 'js').replace("database: 'shop'", `database: '${Object.keys(databases)[0]}'`);
        const body = `${code}\nreturn {customers, db: typeof db === 'undefined' ? undefined : db};`;
        // eslint-disable-next-line @typescript-eslint/no-implied-eval
        ({customers, db} = new Function(...Object.keys(given), body)(...Object.values(given)));
      });
      after(async () => {
        await registries?.dispose();
        await db?.disconnect();
      });

      const as = (tenant: string, work: () => any): Promise<any> => TenantContext.run(tenant, work);
      const namesOf = (tenant: string) => as(tenant, async () => (await customers().find()).map(({name}: any) => name));
      beforeEach(() => Promise.all(['acme', 'globex'].map(tenant => as(tenant, () => customers().destroyAll()))));

      for (const [attempt, work] of Object.entries(ATTEMPTS)) {
        it(`another tenant's rows are out of reach of ${attempt}`, async () => {
          const ann = await as('acme', () => customers().create({name: 'Ann'}));
          await as('globex', () => customers().create({name: 'Bob'}));
          const answer = await as('globex', async () => work(customers(), ann.id, ann)).catch(error => error);
          // an operation by an instance may answer with the instance that it was given, or with an error
          if (!attempt.includes('it') && !attempt.includes('other tenant')) expect(JSON.stringify(answer)).not.to.contain('Ann');
          expect(await namesOf('acme')).to.deep.equal(['Ann']);
        });
      }

      it('each tenant finds its own rows, and a tenant that came back finds them again', async () => {
        for (const [tenant, name] of [
          ['acme', 'Ann'],
          ['globex', 'Bob'],
        ])
          await as(tenant, () => customers().create({name}));
        registries.evict('acme');
        expect([await namesOf('acme'), await namesOf('globex')]).to.deep.equal([['Ann'], ['Bob']]);
      });
    });
  }
});
