import {expect} from 'chai';
import {isLong} from '../support/long-form';
import {mariadbServer} from '../support/mariadb-server';
import {postgresServer} from '../support/postgres-server';
import type {DatabaseServer} from '../support/server-of-a-suite';
import {databaseOf, Shop} from './shop';

/** Each has a database, which takes the server a moment to make. */
const MANY = isLong ? 20 : 8;

interface Engine {
  name: string;
  start(): DatabaseServer;
  /** What the connector says of a database that does not exist. */
  missing: {message: (database: string) => string; code: string};
}

const ENGINES: Engine[] = [
  {name: 'PostgreSQL', start: postgresServer, missing: {message: name => `database "${name}" does not exist`, code: '3D000'}},
  {name: 'MariaDB', start: mariadbServer, missing: {message: name => `Unknown database '${name}'`, code: 'ER_BAD_DB_ERROR'}},
];

for (const {name, start, missing} of ENGINES)
  describe(`${name}, a database for each tenant`, () => {
    const server = start();
    let shop: Shop;

    before(async () => {
      shop = new Shop(server);
      await shop.open(['acme', 'globex']);
    });
    after(() => shop?.registries.dispose());

    beforeEach(async () => {
      for (const tenant of ['acme', 'globex']) {
        await shop.as(tenant, async () => {
          await shop.Order.destroyAll();
          await shop.Customer.destroyAll();
        });
      }
    });

    const failure = (work: () => Promise<unknown>): Promise<any> =>
      work().then(
        () => undefined,
        (error: unknown) => error,
      );

    it('all CRUD operations use the running tenant’s database', async () => {
      const {Customer} = shop;
      await shop.as('globex', () => Customer.create({name: 'Bob', mark: 'globex'}));
      await shop.as('acme', async () => {
        const [ann, abe] = await Customer.create([
          {name: 'Ann', mark: 'acme'},
          {name: 'Abe', mark: 'acme'},
        ]);
        ann.name = 'Anna';
        await ann.save();
        await abe.updateAttributes({name: 'Abel'});
        await Customer.updateAll({name: 'Abel'}, {mark: 'acme too'});
        const [amy, isNew] = await Customer.findOrCreate({where: {name: 'Amy'}}, {name: 'Amy', mark: 'acme'});
        expect(isNew).to.equal(true);
        await Customer.upsert({id: amy.id, name: 'Amelia', mark: 'acme'});
        await Customer.replaceById(abe.id, {id: abe.id, name: 'Abraham', mark: 'acme'});
        expect(await Customer.exists(ann.id)).to.equal(true);
        expect(await Customer.count({name: {like: 'A%'}})).to.equal(3);
        await (await Customer.findById(ann.id)).destroy();
        expect((await Customer.find({order: 'name'})).map(({name}: any) => name)).to.deep.equal(['Abraham', 'Amelia']);
      });
      expect((await shop.rows('acme')).map(({name}) => name)).to.have.members(['Abraham', 'Amelia']);
      expect((await shop.rows('globex')).map(({name}) => name)).to.deep.equal(['Bob']);
    });

    it('relations and included models use it too', async () => {
      const {Customer, Order} = shop;
      await shop.as('globex', async () => (await Customer.create({name: 'Bob'})).orders.create({total: 9}));
      await shop.as('acme', async () => {
        const ann = await Customer.create({name: 'Ann'});
        await ann.orders.create([{total: 1}, {total: 2}]);
        const [found] = await Customer.find({include: {orders: 'customer'}});
        expect(found.toJSON().orders.map(({total}: any) => total)).to.have.members([1, 2]);
        expect(found.toJSON().orders[0].customer.name).to.equal('Ann');
        expect((await (await Order.findOne({where: {total: 2}})).customer.get()).name).to.equal('Ann');
        await ann.orders.destroyAll({total: 1});
      });
      expect((await shop.rows('acme', 'customer_order')).map(({total}) => total)).to.deep.equal([2]);
      expect((await shop.rows('globex', 'customer_order')).map(({total}) => total)).to.deep.equal([9]);
    });

    it('a transaction is the tenant’s, and is committed as a whole or not at all', async () => {
      const {Customer, Order} = shop;
      await shop.as('acme', async () => {
        const undone = await Customer.beginTransaction({isolationLevel: 'READ COMMITTED'});
        await (await Customer.create({name: 'Ann'}, {transaction: undone})).orders.create({total: 1}, {transaction: undone});
        expect(await Customer.count()).to.equal(0);
        expect(await Customer.count({}, {transaction: undone})).to.equal(1);
        await undone.rollback();
        const done = await Customer.dataSource.beginTransaction({});
        await Customer.create({name: 'Abe'}, {transaction: done});
        await Order.create({total: 2}, {transaction: done});
        await done.commit();
      });
      expect((await shop.rows('acme')).map(({name}) => name)).to.deep.equal(['Abe']);
      expect((await shop.rows('acme', 'customer_order')).map(({total}) => total)).to.deep.equal([2]);
      expect(await shop.rows('globex')).to.deep.equal([]);
    });

    it('juggler’s own transactions work with routed models', async () => {
      await shop.as('acme', async () => {
        await shop.Customer.dataSource.transaction(async (models: any) => {
          await models.Customer.create({name: 'Ann'});
        });
        const failed = shop.Customer.dataSource.transaction(async (models: any) => {
          await models.Customer.create({name: 'Abe'});
          throw new Error('no');
        });
        expect((await failure(() => failed)).message).to.equal('no');
      });
      expect((await shop.rows('acme')).map(({name}) => name)).to.deep.equal(['Ann']);
      expect(await shop.rows('globex')).to.deep.equal([]);
    });

    it('using one tenant’s transaction in the work of another tenant is an error', async () => {
      const transaction = await shop.as('acme', () => shop.Customer.beginTransaction({}));
      const error = await shop.as('globex', () => failure(() => shop.Customer.create({name: 'x'}, {transaction})));
      expect(error).to.include({code: 'TENANT_MISMATCH', tenant: 'acme'});
      await transaction.rollback();
      expect(await shop.rows('globex')).to.deep.equal([]);
    });

    it('a datasource with an open transaction is closed only when the transaction has ended', async () => {
      const dataSource = await shop.sources.ensure('acme');
      const transaction = await shop.as('acme', () => shop.Customer.beginTransaction({}));
      const closed = shop.sources.close('acme');
      await new Promise(resolve => setImmediate(resolve));
      expect(dataSource.connected).to.equal(true);
      await transaction.commit();
      expect(await closed).to.equal(true);
      expect(dataSource.connected).to.equal(false);
      expect(await shop.as('acme', () => shop.Customer.count())).to.equal(0);
    });

    it('a missing database is an immediate, clear error for each kind of call, and does not affect other tenants', async () => {
      const before = Date.now();
      const errors = await Promise.all([
        failure(() => shop.sources.ensure('nobody')),
        shop.as('nobody', () => failure(() => shop.Customer.find())),
        shop.as('nobody', () => failure(() => shop.Customer.create({name: 'x'}))),
      ]);
      for (const error of errors) {
        expect(error).to.include({code: 'TENANT_UNAVAILABLE', tenant: 'nobody'});
        expect(error.message).to.contain(missing.message(databaseOf('nobody')));
        expect(error.cause.code).to.equal(missing.code);
      }
      // juggler waits for 5 seconds
      expect(Date.now() - before).to.be.below(4_500);
      expect(await shop.as('acme', () => shop.Customer.create({name: 'Ann'}))).to.include({name: 'Ann'});

      await server.createDatabase(databaseOf('nobody'));
      expect((await shop.sources.ensure('nobody')).connected).to.equal(true);
      await registriesForget('nobody');
    });

    const registriesForget = (tenant: string) => shop.registries.offboard(tenant);

    it(`${MANY} tenants at once mix no rows`, async () => {
      const tenants = Array.from({length: MANY}, (_, index) => `t${index}`);
      await shop.open(tenants);
      const {Customer, Order} = shop;
      const work = async (tenant: string) => {
        for (let round = 0; round < 5; round++) {
          const customer = await Customer.create({name: `${round}`, mark: tenant});
          const tx = await Customer.beginTransaction({});
          await customer.orders.create({total: round, mark: tenant}, {transaction: tx});
          await tx.commit();
          await customer.updateAttributes({name: `${round} of ${tenant}`});
          const found = await Customer.find({include: 'orders'});
          for (const each of found) {
            const {mark, orders} = each.toJSON();
            expect([mark, ...orders.map((order: any) => order.mark)]).to.deep.equal([tenant, tenant]);
          }
          await Order.findOrCreate({where: {total: 100 + round}}, {total: 100 + round, mark: tenant});
        }
      };
      await Promise.all(tenants.map(tenant => shop.as(tenant, () => work(tenant))));
      for (const tenant of tenants) {
        const [customers, orders] = await Promise.all([shop.rows(tenant), shop.rows(tenant, 'customer_order')]);
        expect([customers.length, orders.length]).to.deep.equal([5, 10]);
        expect(new Set([...customers, ...orders].map(({mark}) => mark))).to.deep.equal(new Set([tenant]));
      }
    });

    it('a tenant is offboarded while an observer of its connector runs: the statement after the observer is not executed', async () => {
      await shop.open(['observed']);
      const dataSource: any = await shop.sources.ensure('observed');
      let goOn!: () => void;
      const observed = new Promise<void>(resolve =>
        dataSource.connector.observe('before execute', (_: unknown, next: () => void) => {
          goOn = next;
          resolve();
        }),
      );
      const found = shop.as('observed', () => failure(() => shop.Customer.find()));
      await observed;
      await shop.registries.offboard('observed', {drainTimeout: 0});
      goOn();
      expect(await found).to.have.property('code', 'TENANT_OFFBOARDED');
    });

    it('a tenant is offboarded under endless load: at the deadline its work gets the error, other tenants’ work goes on, no connection stays', async () => {
      await shop.open(['leaving']);
      const outcomes = {done: 0, codes: new Set<string>()};
      let over = false;
      const load = async (tenant: string) => {
        while (!over) {
          const error = await failure(async () => {
            const customer = await shop.Customer.create({name: 'x', mark: tenant});
            await customer.orders.create({total: 1, mark: tenant});
            await shop.Customer.find({include: 'orders', limit: 3});
            outcomes.done++;
          });
          if (error && tenant === 'acme') throw error;
          if (error) {
            outcomes.codes.add(error.code ?? error);
            return;
          }
        }
      };
      const workers = (tenant: string, count: number) => Array.from({length: count}, () => shop.as(tenant, () => load(tenant)));
      // more than the pool has connections: some wait for one
      const leaving = workers('leaving', 12);
      const staying = workers('acme', 4);
      while (outcomes.done < 20) await shop.Customer.findOne().catch(() => new Promise(resolve => setImmediate(resolve)));
      const report = await shop.registries.offboard('leaving', {drainTimeout: 100});
      await Promise.all(leaving);
      const atEnd = outcomes.done;
      while (outcomes.done < atEnd + 5) await new Promise(resolve => setImmediate(resolve));
      over = true;
      await Promise.all(staying);

      expect(report).to.deep.include({dataSources: 1, leasesForced: 12, errors: [], hookErrors: []});
      expect([...outcomes.codes]).to.deep.equal(['TENANT_OFFBOARDED']);
      const connections = () => server.connections(databaseOf('leaving'));
      for (let wait = 0; wait < 50 && (await connections()) > 0; wait++);
      expect(await connections()).to.equal(0);
      expect((await shop.rows('acme')).every(({mark}) => mark === 'acme')).to.equal(true);
      expect((await shop.rows('leaving')).every(({mark}) => mark === 'leaving')).to.equal(true);
    });

    it('a tenant is offboarded under load: requests that have begun are answered, later ones are refused', async () => {
      await shop.open(['draining']);
      const outcomes: Record<string, number> = {};
      const request = async () => {
        await shop.Customer.create({name: 'x', mark: 'draining'});
        await shop.Customer.find({limit: 3});
      };
      const answered = async () => {
        const error = await failure(() => shop.as('draining', request));
        const outcome = error?.code ?? 'done';
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      };
      const begun = Array.from({length: 20}, answered);
      const offboarding = shop.registries.offboard('draining');
      const late = Array.from({length: 20}, answered);
      const report = await offboarding;
      await Promise.all([...begun, ...late]);

      expect(report).to.deep.include({leasesDrained: 20, leasesForced: 0, operationsForced: 0, dataSources: 1, errors: []});
      expect(outcomes).to.deep.equal({done: 20, TENANT_OFFBOARDED: 20});
      expect(await shop.rows('draining')).to.have.lengthOf(20);
    });
  });
