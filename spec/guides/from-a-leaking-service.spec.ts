import {spawn} from 'node:child_process';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {text} from 'node:stream/consumers';
import {expect} from 'chai';
import {postgresServer} from '../support/postgres-server';
import {codeBySteps} from './page-code';

const PAGE = path.resolve(__dirname, '../../../docs/guides/from-a-leaking-service.md');

/** The rows of the page's table: a step, and the classes after each part of the day. */
const ROWS = [...readFileSync(PAGE, 'utf8').matchAll(/^\| ([^|]+?) \|((?: [\d,]+ \|)+)$/gm)].map(([, step, counts]) => ({
  step,
  counts: counts.match(/[\d,]+/g)!.map(count => Number(count.replace(',', ''))),
}));

async function measure(code: string): Promise<number[]> {
  return (await run(code, [])) as number[];
}

/** What each tenant reads after it has written two rows. */
async function measureRows(code: string, tenants: readonly string[]): Promise<{rows: Record<string, string[]>}> {
  return {rows: (await run(code, tenants)) as Record<string, string[]>};
}

async function run(code: string, tenants: readonly string[]): Promise<unknown> {
  const args = [
    '--no-concurrent-recompilation',
    '--disable-warning=ExperimentalWarning',
    path.join(__dirname, 'measured-service.js'),
    ...tenants,
  ];
  const child = spawn(process.execPath, args, {stdio: ['pipe', 'pipe', 'inherit']});
  child.stdin.end(code);
  return JSON.parse(await text(child.stdout));
}

describe('From a leaking service, as the guide says,', function () {
  // each in a process of its own, with a day of a service
  this.timeout(60_000);
  const steps = codeBySteps(PAGE);

  it('each step of the page shows its code and its figures', () => {
    expect(steps).to.have.lengthOf(ROWS.length);
    for (const {counts} of ROWS) expect(counts).to.have.lengthOf(4);
  });

  describe('on PostgreSQL, where the tables are there from the days before,', () => {
    const server = postgresServer();
    const tenants = ['acme', 'globex'];

    before(async () => {
      await server.sql('postgres', 'CREATE DATABASE shop');
      for (const tenant of tenants)
        await server.sql(
          'shop',
          `CREATE TABLE customer_${tenant} (id serial PRIMARY KEY, name text, address text, orders text, custom text)`,
        );
    });

    steps.forEach((code, index) => {
      it(`${ROWS[index].step}: each tenant reads its own rows, those of the steps before too`, async () => {
        const {host, port, user, password} = server;
        const settings = JSON.stringify({connector: 'postgresql', host, port, user, password, database: 'shop', max: 2});
        const onPostgres = code.replace("{connector: 'memory'}", settings);
        expect(onPostgres).not.to.equal(code);
        const {rows} = await measureRows(onPostgres, tenants);
        const names = (tenant: string) => Array.from({length: 2 * (index + 1)}, () => `Ann of ${tenant}`);
        expect(rows).to.deep.equal(Object.fromEntries(tenants.map(tenant => [tenant, names(tenant)])));
      });
    });
  });

  ROWS.forEach(({step, counts}, index) => {
    it(`${step}: ${counts.join(', ')} classes`, async () => {
      expect(await measure(steps[index])).to.deep.equal(counts);
    });
  });
});
