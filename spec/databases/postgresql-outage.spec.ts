import {expect} from 'chai';
import {postgresServer} from '../support/postgres-server';
import {Shop} from './shop';

describe('PostgreSQL, killed and restarted under load', function () {
  // the operating system and the pool notice the outage in their own time
  this.timeout(60_000);
  const server = postgresServer();

  // with `onError` the connector listens to its connections itself, and mishandles attempts to connect
  for (const settings of [{}, {onError: 'ignore'}]) {
    const named = JSON.stringify(settings);
    it(`causes errors only during the outage, and mixes no rows: ${named}`, () => killAndRestart(settings));
  }

  async function killAndRestart(settings: object): Promise<void> {
    const prefix = Object.keys(settings).join('').toLowerCase();
    const tenants = ['acme', 'globex', 'initech'].map(tenant => prefix + tenant);
    const newcomer = `${prefix}umbrella`;
    const shop = new Shop(server, settings);
    await shop.open(tenants);
    const {Customer} = shop;
    const done = new Map(tenants.map(tenant => [tenant, 0]));
    const failed = new Map(tenants.map(tenant => [tenant, 0]));
    let over = false;
    const load = async (tenant: string) => {
      while (!over) {
        try {
          const customer = await Customer.create({name: 'x', mark: tenant});
          await customer.orders.create({total: 1, mark: tenant});
          const [found] = await Customer.find({include: 'orders', where: {id: customer.id}});
          expect(found.toJSON()).to.include({mark: tenant});
          const transaction = await Customer.beginTransaction({});
          await Customer.create({name: 'y', mark: tenant}, {transaction}).catch(async (error: unknown) => {
            await transaction.rollback().catch(() => {});
            throw error;
          });
          await transaction.commit();
          done.set(tenant, done.get(tenant)! + 1);
        } catch (error) {
          if ((error as Error).name === 'AssertionError') throw error;
          failed.set(tenant, failed.get(tenant)! + 1);
          await new Promise(resolve => setTimeout(resolve, 5));
        }
      }
    };
    const each = async (counts: Map<string, number>, least: number) => {
      while ([...counts.values()].some(count => count < least)) await new Promise(resolve => setTimeout(resolve, 5));
    };
    const running = tenants.flatMap(tenant => Array.from({length: 6}, () => shop.as(tenant, () => load(tenant))));
    await each(done, 10);

    await server.kill();
    const [before, failures] = [new Map(done), new Map(failed)];
    await each(failed, 10);
    // one that has no datasource yet
    const unavailable: any = await shop.sources.ensure(newcomer).catch((error: unknown) => error);
    expect(unavailable).to.include({code: 'TENANT_UNAVAILABLE', tenant: newcomer});
    expect(unavailable.retryAfter).to.be.above(0);
    expect(unavailable.cause).to.have.property('code', 'ECONNREFUSED');

    await server.restart();
    done.forEach((_, tenant) => done.set(tenant, 0));
    await each(done, 10);
    over = true;
    await Promise.all(running);

    for (const tenant of tenants) {
      expect(before.get(tenant)).to.be.above(0);
      expect(failed.get(tenant)! - failures.get(tenant)!).to.be.above(0);
      for (const table of ['customer', 'customer_order'] as const) {
        const marks = new Set((await shop.rows(tenant, table)).map(({mark}) => mark));
        expect([...marks], `${table} of ${tenant}`).to.deep.equal([tenant]);
      }
    }
    await shop.open([newcomer]);
    expect(await shop.as(newcomer, () => Customer.create({name: 'late'}))).to.include({name: 'late'});
    await shop.registries.dispose();
  }
});
