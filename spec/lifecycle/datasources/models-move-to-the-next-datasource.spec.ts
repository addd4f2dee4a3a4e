import {expect} from 'chai';
import {DefaultCrudRepository, Entity, model, property} from '@loopback/repository';
import {forJuggler, install, TenantContext, TenantDataSources, TenantRegistries} from '../../../lib/index';
import {deferred} from '../../support/deferred';
import {FakeServer} from '../../support/fake-server';
import {nextJob} from '../../support/live-classes';
import type {AnyDataSource, AnyModel} from '../../support/service';
import {survivorsOf} from '../../support/weak-count';
import {keepingConnector} from '../../support/keeping-connector';

const MAJORS = ['juggler-3', 'juggler-4', 'juggler-5', 'juggler-6', 'loopback-datasource-juggler'];

interface Setup {
  readonly registries: TenantRegistries;
  readonly sources: TenantDataSources;
  readonly server: FakeServer;
  /** Lets a time longer than idleTtl pass. */
  becomeIdle(): Promise<void>;
}

/** By what a tenant's datasource is closed. */
const CLOSINGS: Record<string, (setup: Setup) => unknown> = {
  idleTtl: ({becomeIdle}) => becomeIdle(),
  max: ({sources}) => sources.ensure('globex'),
  close: ({sources}) => sources.close('acme'),
  'a disconnect by user code': ({sources}) => sources.get('acme').disconnect(),
  'a connection that fails': async ({sources, server}) => {
    await sources.close('acme');
    server.mode = 'down';
    await sources.ensure('acme').catch(() => {});
    server.mode = 'up';
  },
};

describe('The models of a tenant go on, on the datasource that takes the place of one that was closed', () => {
  const undo: (() => unknown)[] = [];
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });

  function setUp(juggler?: any, settings: object = {}): Setup {
    const registries = new TenantRegistries();
    const server = new FakeServer();
    let now = 0;
    const sources = new TenantDataSources({
      registries,
      max: 1,
      idleTtl: 20,
      clock: {now: () => now},
      ...(juggler && {juggler}),
      create: () => ({connector: keepingConnector(server.connector), connectionTimeout: 50}),
      ...settings,
    });
    undo.push(() => registries.dispose());
    return {
      registries,
      sources,
      server,
      async becomeIdle() {
        now += 10_000;
        while (sources.stats().open > 0) await new Promise(resolve => setTimeout(resolve, 5));
      },
    };
  }

  /** Models as an application defines them once for a tenant, with all that it may add to a class. */
  function defineModels(dataSource: AnyDataSource) {
    const Customer: AnyModel = dataSource.createModel('Customer', {
      name: String,
      address: {street: String},
      tags: [{label: String}],
    });
    const Order: AnyModel = dataSource.createModel('Order', {total: Number});
    const Vip: AnyModel = Customer.extend('Vip', {level: Number});
    Vip.attachTo(dataSource);
    Customer.hasMany(Order, {as: 'orders', foreignKey: 'customerId'});
    Order.belongsTo(Customer, {as: 'customer', foreignKey: 'customerId'});
    Customer.scope('named', {where: {name: 'Ann'}});
    const seen: string[] = [];
    Customer.observe('before save', async ({isNewInstance}: any) => void seen.push(isNewInstance ? 'create' : 'update'));
    const {count} = Customer;
    Customer.count = function (...args: unknown[]) {
      seen.push('count');
      return count.apply(this, args);
    };
    return {Customer, Order, Vip, seen};
  }

  async function expectAlive(
    {Customer, Order, Vip, seen}: ReturnType<typeof defineModels>,
    dataSource: AnyDataSource,
  ): Promise<void> {
    seen.length = 0;
    const customer = await Customer.create({name: 'Ann', address: {street: 'Main St'}, tags: [{label: 'a'}]});
    await customer.orders.create({total: 1});
    customer.name = 'Bob';
    await customer.save();
    expect(seen).to.deep.equal(['create', 'update']);
    await customer.updateAttributes({name: 'Ann'});
    const [found] = await Customer.find({include: 'orders'});
    expect(found).to.be.instanceOf(Customer);
    expect(found.toJSON()).to.deep.include({name: 'Ann', address: {street: 'Main St'}});
    expect(found.toJSON().orders).to.have.lengthOf(1);
    const [order] = await Order.find({});
    expect((await order.customer.get()).name).to.equal('Ann');
    const named = await new Promise(
      (resolve, reject) => void Customer.named((e: Error, list: any) => (e ? reject(e) : resolve(list))),
    );
    expect(named).to.have.lengthOf(1);
    seen.length = 0;
    expect(await Customer.count()).to.equal(1);
    expect(seen).to.deep.equal(['count']);
    expect(
      await new Promise(
        (resolve, reject) => void Customer.findById(customer.id, (e: Error, r: any) => (e ? reject(e) : resolve(r.name))),
      ),
    ).to.equal('Ann');
    expect((await Vip.create({name: 'V', level: 2})).toJSON()).to.include({name: 'V', level: 2});
    for (const each of [Customer, Order, Vip]) {
      expect(each.dataSource).to.equal(dataSource);
      expect(dataSource.models[each.modelName]).to.equal(each);
      expect(dataSource.connector._models[each.modelName].model).to.equal(each);
    }
    await dataSource.automigrate();
  }

  for (const major of MAJORS) {
    for (const [closing, close] of Object.entries(CLOSINGS)) {
      it(`of ${major}, after ${closing}`, async () => {
        const setup = setUp(major === 'loopback-datasource-juggler' ? undefined : require(major));
        const {sources, server, registries} = setup;
        const first: AnyDataSource = await sources.ensure('acme');
        const models = defineModels(first);
        await expectAlive(models, first);
        const old = await models.Customer.create({name: 'Old'});
        const size = Object.keys(registries.for('acme').models).length;
        const mixins = models.Customer._mixins.length;
        for (let round = 0; round < 3; round++) {
          await close(setup);
          await nextJob();
          const next: AnyDataSource = await sources.ensure('acme');
          expect(next).not.to.equal(first);
          await expectAlive(models, next);
          expect(old).to.be.instanceOf(models.Customer);
          expect(await models.Customer.create({name: old.name})).to.have.property('name', 'Old');
        }
        expect(Object.keys(registries.for('acme').models)).to.have.lengthOf(size);
        expect(models.Customer._mixins.length, 'nothing is added with each move').to.equal(mixins);
        await sources.close('globex');
        expect(server.open).to.equal(1);
        expect(await registries.offboard('acme')).to.deep.include({models: 3, errors: []});
      });
    }
  }

  it('where juggler’s own classes make the datasources, after install', async () => {
    const juggler = require('juggler-5');
    const registries = new TenantRegistries();
    undo.push(install(juggler, {registries}));
    const {sources} = setUp(juggler, {
      registries,
      create: (tenant: string) =>
        new juggler.DataSource({connector: 'memory', lazyConnect: true, modelRegistry: {registries, tenant}}),
    });
    const first: AnyDataSource = await sources.ensure('acme');
    const models = defineModels(first);
    await expectAlive(models, first);
    await sources.close('acme');
    const next: AnyDataSource = await sources.ensure('acme');
    await expectAlive(models, next);
  });

  it('where create defines models itself, its new classes have the names, and the old classes work on', async () => {
    const {DataSource} = forJuggler(require('loopback-datasource-juggler'));
    const registries = new TenantRegistries();
    const {sources} = setUp(undefined, {
      registries,
      create(tenant: string) {
        const dataSource: AnyDataSource = new DataSource({
          connector: 'memory',
          lazyConnect: true,
          modelRegistry: {registries, tenant},
        });
        dataSource.createModel('Own', {name: String});
        return dataSource;
      },
    });
    const first: AnyDataSource = await sources.ensure('acme');
    const {Own: Old} = first.models;
    const Other: AnyModel = first.createModel('Other', {name: String});
    await nextJob();
    await sources.close('acme');
    const next: AnyDataSource = await sources.ensure('acme');
    const {Own} = next.models;
    expect(Own).not.to.equal(Old);
    expect(next.connector._models.Own.model).to.equal(Own);
    for (const each of [Own, Old, Other]) expect(await each.create({name: 'x'})).to.be.instanceOf(each);
  });

  it('in a repository of LoopBack 4, which finds the same class', async () => {
    @model()
    class Thing extends Entity {
      @property({type: 'number', id: true, generated: true}) declare id?: number;
      @property({type: 'string'}) declare name: string;
    }
    const registries = new TenantRegistries();
    const server = new FakeServer();
    const {sources} = setUp(undefined, {
      registries,
      create: () => ({connector: keepingConnector(server.connector)}),
    });
    const repository = async () => new DefaultCrudRepository(Thing, await sources.ensure('acme'));
    const first = await repository();
    await first.create({name: 'a'});
    for (let round = 0; round < 2; round++) {
      await sources.ensure('globex');
      const next = await repository();
      expect(next.modelClass).to.equal(first.modelClass);
      expect(await next.create({name: 'b'})).to.be.instanceOf(Thing);
      expect(await next.find()).to.have.lengthOf(1);
    }
  });

  it('not before the operations have ended that run on the old one: each ends where it began', async () => {
    const {sources, server} = setUp();
    const first: AnyDataSource = await sources.ensure('acme');
    const Note: AnyModel = first.createModel('Note', {text: String});
    const begun = deferred();
    const goOn = deferred();
    Note.observe('before save', async () => {
      begun.resolve();
      await goOn.promise;
    });
    const created = TenantContext.run('acme', () => Note.create({text: 'slow'}));
    await begun.promise;
    const closing = sources.close('acme');
    const next: AnyDataSource = await sources.ensure('acme');
    expect(Note.dataSource).to.equal(first);
    expect(server.open).to.equal(2);
    goOn.resolve();
    expect(await created).to.include({text: 'slow'});
    expect(Object.keys(first.connector.cache.Note)).to.have.lengthOf(1);
    await closing;
    // at once, for work that has the new datasource already
    expect(Note.dataSource).to.equal(next);
    await Note.create({text: 'next'});
    expect(Object.keys(next.connector.cache.Note)).to.have.lengthOf(1);
    expect(server.open).to.equal(1);
  });

  it('also while leases hold the old one, which is not used any more', async () => {
    const {sources, registries} = setUp();
    const lease = registries.acquire('acme');
    const first: AnyDataSource = await lease.run(() => sources.ensure('acme'));
    const Note: AnyModel = first.createModel('Note', {text: String});
    const closing = sources.close('acme');
    const next: AnyDataSource = await sources.ensure('acme');
    expect(Note.dataSource).to.equal(next);
    expect(await lease.run(() => Note.create({text: 'x'}))).to.include({text: 'x'});
    expect(first.connected).to.equal(true);
    lease.release();
    await closing;
    expect(await Note.count()).to.equal(1);
  });

  it('a model on a datasource of another TenantDataSources, or of the application itself, stays where it is', async () => {
    const registries = new TenantRegistries();
    const one = setUp(undefined, {registries});
    const two = setUp(undefined, {registries});
    const [here, there]: AnyDataSource[] = [await one.sources.ensure('acme'), await two.sources.ensure('acme')];
    const Here: AnyModel = here.createModel('Here', {});
    const There: AnyModel = there.createModel('There', {});
    await one.sources.close('acme');
    await two.sources.close('acme');
    const next: AnyDataSource = await one.sources.ensure('acme');
    expect([Here.dataSource, There.dataSource]).to.deep.equal([next, there]);
  });

  it('a datasource that was closed is collected while its models live', async () => {
    const {sources, server} = setUp();
    const closed = new WeakSet<object>();
    const Note: AnyModel = ((await sources.ensure('acme')) as AnyDataSource).createModel('Note', {text: String, at: {x: Number}});
    for (let round = 0; round < 5; round++) {
      await Note.create({text: 'x', at: {x: 1}});
      closed.add(Note.dataSource);
      await sources.close('acme');
      await sources.ensure('acme');
    }
    await nextJob();
    expect(server.disconnects).to.equal(5);
    expect(await Note.count()).to.equal(0);
    expect(survivorsOf(closed)).to.be.at.most(1);
  });
});
