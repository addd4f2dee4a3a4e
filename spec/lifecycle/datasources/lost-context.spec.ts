import {AsyncResource} from 'node:async_hooks';
import {expect} from 'chai';
import {ModelBuilder, TenantContext, TenantDataSources, TenantRegistries} from '../../../lib/index';
import type {AnyModel} from '../../support/service';

const {Memory} = require('loopback-datasource-juggler/lib/connectors/memory');

/** Does what it is given in the context that it was made in, as the pool of a driver does. */
class Pool {
  readonly #jobs: (() => void)[] = [];
  #over = false;

  constructor() {
    const work = () => {
      for (const job of this.#jobs.splice(0)) job();
      if (!this.#over) setImmediate(work);
    };
    setImmediate(work);
  }

  run = (job: () => void) => void this.#jobs.push(job);

  end(): void {
    this.#over = true;
  }
}

/** A memory connector all of whose work the pool does: its own code too, and whatever that calls. */
const connectorOf = (pool: Pool) => ({
  initialize(dataSource: any, callback: () => void) {
    const connector = new Memory(null, dataSource.settings);
    for (const name of [
      'create',
      'all',
      'find',
      'count',
      'save',
      'update',
      'updateAttributes',
      'destroy',
      'destroyAll',
      'findOrCreate',
    ]) {
      const method = Memory.prototype[name];
      const pooled = (...args: unknown[]) => pool.run(() => method.apply(connector, args));
      connector[name] = Object.defineProperty(pooled, 'length', {value: method.length});
    }
    dataSource.connector = connector;
    connector.dataSource = dataSource;
    process.nextTick(callback);
  },
});

const CONTEXTS: Record<string, (make: () => Pool) => Pool> = {
  'no tenant': make => new AsyncResource('none').runInAsyncScope(make),
  'another tenant': make => TenantContext.run('globex', make),
  'a tenant that has left': make => TenantContext.run('gone', make),
};

for (const [context, within] of Object.entries(CONTEXTS)) {
  describe(`Where a pool calls back in the context of ${context}, an operation ends where it began`, () => {
    let registries: TenantRegistries;
    let sources: TenantDataSources;
    let pool: Pool;
    let Customer: AnyModel;
    let Order: AnyModel;

    beforeEach(async () => {
      registries = new TenantRegistries();
      await registries.offboard('gone');
      pool = within(() => new Pool());
      const connector = connectorOf(pool);
      sources = new TenantDataSources({registries, create: () => ({connector})});
      const builder = new ModelBuilder({registries});
      Customer = sources.route(builder.define('Customer', {name: String}, {forceId: false}));
      Order = sources.route(builder.define('Order', {total: Number}));
      Customer.hasMany(Order, {as: 'orders'});
      Order.belongsTo(Customer, {as: 'customer'});
      await TenantContext.run('globex', () => Customer.create({name: 'Bob'}));
    });
    afterEach(async () => {
      pool.end();
      await registries.dispose();
    });

    const acme = <T>(work: () => T): T => TenantContext.run('acme', work);
    /** Exactly this was written for acme, and for globex nothing but Bob. */
    const expectRows = (names: string[], totals: number[] = []) => {
      const rows = (tenant: string, model: string) =>
        Object.values((sources.get(tenant) as any).connector.cache[model] ?? {}).map(row => JSON.parse(row as string));
      expect(rows('acme', 'Customer').map(({name}) => name)).to.deep.equal(names);
      expect(rows('acme', 'Order').map(({total}) => total)).to.deep.equal(totals);
      expect(rows('globex', 'Customer').map(({name}) => name)).to.deep.equal(['Bob']);
      expect(rows('globex', 'Order')).to.deep.equal([]);
    };

    it('of a class and of an instance', async () => {
      await acme(async () => {
        const customer = await Customer.create({name: 'Ann'});
        await customer.updateAttributes({name: 'Anna'});
        await (await Customer.findById(customer.id)).save();
        await Customer.findOrCreate({where: {name: 'Abe'}}, {name: 'Abe'});
        await Customer.upsert({id: customer.id, name: 'Annie'});
        expect(await Customer.count()).to.equal(2);
      });
      expectRows(['Annie', 'Abe']);
    });

    it('of relations, with what the connector itself includes', async () => {
      await acme(async () => {
        const customer = await Customer.create({name: 'Ann'});
        await customer.orders.create({total: 3});
        const [found] = await Customer.find({include: {orders: 'customer'}});
        expect(found.toJSON().orders[0]).to.nested.include({total: 3, 'customer.name': 'Ann'});
      });
      expectRows(['Ann'], [3]);
    });

    it('with hooks of included models: they run for its tenant', async () => {
      const seen = new Set<string | undefined>();
      Order.observe('access', async () => void seen.add(TenantContext.tenant));
      await acme(async () => {
        await (await Customer.create({name: 'Ann'})).orders.create({total: 3});
        await Customer.find({include: 'orders'});
      });
      expect([...seen]).to.deep.equal(['acme']);
    });

    it('with user hooks and validations that call back from the pool', async () => {
      for (const event of ['before save', 'persist', 'after save', 'loaded', 'access'])
        Customer.observe(event, (_: unknown, next: () => void) => pool.run(next));
      Customer.beforeSave = (next: () => void) => pool.run(next);
      Customer.afterSave = (next: () => void) => pool.run(next);
      Customer.validateAsync('name', (_: unknown, done: () => void) => pool.run(done));
      await acme(async () => {
        const customer = await Customer.create({name: 'Ann'});
        customer.name = 'Anna';
        await customer.save();
        await (await Customer.findOne()).orders.create({total: 4});
      });
      expectRows(['Anna'], [4]);
    });

    it('and the caller’s callback runs in the caller’s context', async () => {
      const tenants = await new Promise(resolve =>
        acme(() =>
          Customer.create({name: 'Ann'}, () => {
            const first = TenantContext.tenant;
            Customer.find({}, (_: unknown, found: unknown[]) => resolve([first, TenantContext.tenant, found.length]));
          }),
        ),
      );
      expect(tenants).to.deep.equal(['acme', 'acme', 1]);
    });

    it('also when the datasource was replaced meanwhile', async () => {
      const dataSource = await sources.ensure('acme');
      let closed!: Promise<boolean>;
      Customer.observe('before save', async () => void (closed = sources.close('acme')));
      Customer.observe('after save', async () => Order.create({total: 5}));
      await acme(() => Customer.create({name: 'Ann'}));
      expect(Object.keys((dataSource as any).connector.cache.Order)).to.have.lengthOf(1);
      await closed;
      expect(sources.get('acme')).not.to.equal(dataSource);
    });
  });
}
