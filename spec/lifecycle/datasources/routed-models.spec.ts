import {expect} from 'chai';
import {DataSource, ModelBuilder, TenantContext, TenantDataSources, TenantRegistries} from '../../../lib/index';
import type {AnyDataSource, AnyModel} from '../../support/service';
import {settled} from '../../support/settling';

/** All rows of a memory connector, by model. */
const rowsOf = (dataSource: AnyDataSource, model = 'Customer') =>
  Object.values(dataSource.connector.cache[model] ?? {}).map(row => JSON.parse(row as string));

describe('Routed models', () => {
  let registries: TenantRegistries;
  let sources: TenantDataSources;
  /** The one that the application had before: nothing may end up there. */
  let before: AnyDataSource;
  let Customer: AnyModel;
  let Order: AnyModel;

  beforeEach(() => {
    registries = new TenantRegistries();
    sources = new TenantDataSources({registries, create: () => ({connector: 'memory'})});
    before = new DataSource({connector: 'memory', modelRegistry: {registries}});
    Customer = before.createModel('Customer', {name: String, place: 'GeoPoint', address: {street: String}}, {forceId: false});
    Order = before.createModel('Order', {total: Number});
    Customer.hasMany(Order, {as: 'orders', foreignKey: 'customerId'});
    Order.belongsTo(Customer, {as: 'customer', foreignKey: 'customerId'});
    sources.route(Customer);
    sources.route(Order);
  });
  afterEach(async () => {
    if (before.connector) for (const model of ['Customer', 'Order']) expect(rowsOf(before, model)).to.deep.equal([]);
    await registries.dispose();
  });

  const acme = <T>(work: () => T): T => TenantContext.run('acme', work);
  const globex = <T>(work: () => T): T => TenantContext.run('globex', work);
  const rows = (tenant: string, model?: string) => rowsOf(sources.get(tenant), model);
  const refusal = (work: () => unknown) =>
    Promise.resolve(work()).then(
      () => 'nothing',
      error => error.code ?? error,
    );

  it('are one class, which each tenant uses on its own datasource', async () => {
    await acme(() => Customer.create({name: 'Ann'}));
    await globex(() => Customer.create([{name: 'Bob'}, {name: 'Bea'}]));
    expect(rows('acme').map(({name}) => name)).to.deep.equal(['Ann']);
    expect(rows('globex').map(({name}) => name)).to.deep.equal(['Bob', 'Bea']);
    expect(await acme(() => Customer.find())).to.have.lengthOf(1);
    expect(acme(() => Customer.dataSource)).to.equal(sources.get('acme'));
    expect(globex(() => Customer.getDataSource())).to.equal(sources.get('globex'));
    expect((sources.get('acme') as AnyDataSource).models.Customer).to.equal(Customer);
  });

  const WRITES: Record<string, () => Promise<unknown>> = {
    create: () => Customer.create({name: 'x'}),
    createAll: () => Customer.createAll([{name: 'x'}]),
    upsert: () => Customer.upsert({id: 7, name: 'x'}),
    updateOrCreate: () => Customer.updateOrCreate({id: 7, name: 'x'}),
    patchOrCreate: () => Customer.patchOrCreate({id: 7, name: 'x'}),
    upsertWithWhere: () => Customer.upsertWithWhere({name: 'x'}, {name: 'x'}),
    replaceOrCreate: () => Customer.replaceOrCreate({id: 7, name: 'x'}),
    findOrCreate: () => Customer.findOrCreate({where: {name: 'x'}}, {name: 'x'}),
    'prototype.save': () => new Customer({name: 'x'}).save(),
  };
  const ON_INSTANCE: Record<string, (customer: AnyModel) => Promise<unknown>> = {
    save: customer => {
      customer.name = 'new';
      return customer.save();
    },
    updateAttribute: customer => customer.updateAttribute('name', 'new'),
    updateAttributes: customer => customer.updateAttributes({name: 'new'}),
    patchAttributes: customer => customer.patchAttributes({name: 'new'}),
    replaceAttributes: customer => customer.replaceAttributes({name: 'new'}),
    reload: customer => customer.reload(),
    destroy: customer => customer.destroy(),
    'orders.create': customer => customer.orders.create({total: 1}),
    'orders.find': customer => customer.orders.find(),
  };
  const OTHERS: Record<string, () => Promise<unknown>> = {
    find: () => Customer.find(),
    findOne: () => Customer.findOne(),
    findById: () => Customer.findById(1),
    findByIds: () => Customer.findByIds([1]),
    exists: () => Customer.exists(1),
    count: () => Customer.count(),
    updateAll: () => Customer.updateAll({name: 'Ann'}, {name: 'x'}),
    replaceById: () => Customer.replaceById(1, {name: 'x'}),
    destroyAll: () => Customer.destroyAll(),
    destroyById: () => Customer.destroyById(1),
    'find near': () => Customer.find({where: {place: {near: {lat: 1, lng: 1}}}}),
    'find with include': () => Customer.find({include: 'orders'}),
    include: () => Customer.include([new Customer({id: 1})], 'orders'),
  };

  describe('write into the running tenant’s datasource', () => {
    for (const [name, write] of Object.entries(WRITES)) {
      it(name, async () => {
        await acme(write);
        expect(rows('acme').map(row => row.name)).to.deep.equal(['x']);
        expect(rows('globex')).to.deep.equal([]);
      });
    }
    for (const [name, work] of Object.entries(ON_INSTANCE)) {
      it(`instance.${name}`, async () => {
        for (const run of [acme, globex]) await run(() => Customer.create({name: 'old'}));
        await acme(async () => work(await Customer.findById(1)));
        expect(rows('globex').map(row => row.name)).to.deep.equal(['old']);
        expect(rows('globex', 'Order')).to.deep.equal([]);
        if (name === 'orders.create') expect(rows('acme', 'Order')).to.have.lengthOf(1);
        else if (name === 'destroy') expect(rows('acme')).to.deep.equal([]);
        else expect(rows('acme').map(row => row.name)).to.deep.equal([/reload|find/.test(name) ? 'old' : 'new']);
      });
    }
    for (const [name, work] of Object.entries(OTHERS)) {
      it(name, async () => {
        for (const run of [acme, globex]) await run(() => Customer.create({name: 'Ann', place: {lat: 1, lng: 1}}));
        const untouched = JSON.stringify(rows('globex'));
        await acme(work);
        expect(JSON.stringify(rows('globex'))).to.equal(untouched);
      });
    }
  });

  describe('are the error NO_TENANT where no tenant runs', () => {
    for (const [name, work] of Object.entries({...WRITES, ...OTHERS})) {
      it(name, async () => expect(await refusal(work)).to.equal('NO_TENANT'));
    }
    for (const [name, work] of Object.entries(ON_INSTANCE)) {
      it(`instance.${name}`, async () => {
        const customer = await acme(() => Customer.create({name: 'old'}));
        expect(await refusal(() => work(customer))).to.equal('NO_TENANT');
        expect(rows('acme').map(row => row.name)).to.deep.equal(['old']);
      });
    }

    it('by callback, if the caller has given one', async () => {
      const error: any = await new Promise(resolve => expect(Customer.find({}, resolve)).to.equal(undefined));
      expect(error.code).to.equal('NO_TENANT');
    });

    it('also for access by the model’s datasource and connector', async () => {
      const {dataSource} = Customer;
      expect(await refusal(() => new Promise((_, reject) => dataSource.connector.all('Customer', {}, {}, reject)))).to.equal(
        'NO_TENANT',
      );
      expect(await refusal(() => dataSource.beginTransaction({}))).to.equal('NO_TENANT');
      expect(await refusal(() => dataSource.execute('SELECT 1'))).to.equal('NO_TENANT');
      expect(await refusal(() => dataSource.automigrate())).to.equal('NO_TENANT');
    });
  });

  it('refuse an offboarded tenant, by callback or promise', async () => {
    await acme(() => Customer.create({name: 'x'}));
    await registries.offboard('acme');
    expect(await refusal(() => acme(() => Customer.find()))).to.equal('TENANT_OFFBOARDED');
    const error: any = await new Promise(resolve => acme(() => void Customer.find(resolve)));
    expect(error.code).to.equal('TENANT_OFFBOARDED');
  });

  it('report that a tenant’s datasource is unavailable, without effect on other tenants', async () => {
    sources = new TenantDataSources({
      registries,
      create: tenant => ({
        connector: {
          initialize: (ds: any, done: any) => {
            const {Memory} = require('loopback-datasource-juggler/lib/connectors/memory');
            ds.connector = new Memory(null, ds.settings);
            ds.connector.connect = (answer: any) => process.nextTick(answer, tenant === 'acme' ? new Error('down') : null);
            process.nextTick(done);
          },
        },
      }),
    });
    const Note: AnyModel = sources.route(new ModelBuilder({registries}).define('Note', {text: String}));
    expect(await refusal(() => acme(() => Note.create({text: 'x'})))).to.equal('TENANT_UNAVAILABLE');
    expect(await globex(() => Note.create({text: 'x'}))).to.include({text: 'x'});
    expect(await refusal(() => acme(() => Note.find()))).to.equal('TENANT_UNAVAILABLE');
  });

  it('can be defined without a datasource, and related after they were routed', async () => {
    const builder = new ModelBuilder({registries});
    const Author: AnyModel = sources.route(builder.define('Author', {name: String}));
    const Book: AnyModel = sources.route(builder.define('Book', {title: String}));
    const Tag: AnyModel = sources.route(builder.define('Tag', {word: String}));
    Author.hasMany(Book, {as: 'books'});
    Book.belongsTo(Author, {as: 'author'});
    Book.hasAndBelongsToMany(Tag, {as: 'tags'});
    sources.route(registries.shared.findByName('BookTag')!);
    Author.scope('known', {where: {name: 'Ann'}});
    const work = async () => {
      const ann = await Author.create({name: 'Ann'});
      const book = await ann.books.create({title: 'x'});
      await book.tags.create({word: 'y'});
      const [found] = await Author.find({include: {books: ['tags', 'author']}});
      expect(found.toJSON().books[0].tags[0].word).to.equal('y');
      expect(found.toJSON().books[0].author.name).to.equal('Ann');
      expect(await Author.known.count()).to.equal(1);
      expect((await book.author.get()).name).to.equal('Ann');
      return ann;
    };
    const ann = await acme(work);
    await globex(work);
    expect(await globex(() => refusal(async () => ann.books.create({title: 'z'})))).to.equal('TENANT_MISMATCH');
    for (const model of ['Author', 'Book', 'Tag', 'BookTag']) {
      expect(rows('acme', model)).to.have.lengthOf(1);
      expect(rows('globex', model)).to.have.lengthOf(1);
    }
  });

  it('keep embedded relations with the instance', async () => {
    const Line = before.createModel('Line', {id: {type: String, id: true}, text: String});
    const Seal = before.createModel('Seal', {id: {type: String, id: true}, mark: String});
    Order.embedsMany(Line, {as: 'lines', default: []});
    Order.embedsOne(Seal, {as: 'seal'});
    for (const model of [Line, Seal]) sources.route(model);
    await acme(async () => {
      const order = await Order.create({total: 1});
      await order.lines.create({id: 'a', text: 'x'});
      await order.seal.create({id: 'b', mark: 'y'});
      expect((await Order.findById(order.id)).toJSON()).to.nested.include({'_lines[0].text': 'x', '_seal.mark': 'y'});
    });
    expect(rows('globex', 'Order')).to.deep.equal([]);
  });

  it('pass a changed definition to each tenant’s connector', async () => {
    await acme(() => Customer.create({name: 'x'}));
    Customer.defineProperty('since', {type: Date});
    const since = new Date(0);
    await acme(() => Customer.create({name: 'y', since}));
    expect((await acme(() => Customer.findOne({where: {name: 'y'}}))).since).to.deep.equal(since);
    expect(acme(() => Customer.dataSource.connector._models.Customer.properties)).to.have.property('since');
  });

  it('are known to a connector at its first look at them, and a tenant pays for no other', async () => {
    const {connector} = sources.get('acme') as AnyDataSource;
    const known = () => Object.keys(connector._models);
    expect(['Customer' in connector._models, 'Invoice' in connector._models, known()]).to.deep.equal([true, false, []]);
    expect(connector._models.Customer.properties).to.have.property('name');
    expect(known()).to.deep.equal(['Customer']);
    await acme(() => Order.create({total: 1}));
    expect(known()).to.deep.equal(['Customer', 'Order']);
    await globex(() => Order.create({total: 1}));
    expect(Object.keys((sources.get('globex') as AnyDataSource).connector._models)).to.deep.equal(['Order']);
  });

  for (const migrate of ['automigrate', 'autoupdate'])
    it(`are all known to a connector when it migrates: ${migrate}`, async () => {
      const dataSource: AnyDataSource = sources.get('acme');
      const migrated: string[] = [];
      dataSource.connector[migrate] = (models: string[], done: () => void) => {
        migrated.push(...models);
        done();
      };
      await acme(() => dataSource[migrate]());
      expect(migrated).to.have.members(['Customer', 'Order']);
    });

  it('outlive the eviction of a tenant', async () => {
    await acme(() => Customer.create({name: 'x'}));
    registries.evict('acme');
    expect(await acme(() => Customer.count())).to.equal(1);
  });

  it('run hooks and nested operations for the tenant of the operation', async () => {
    Customer.observe('after save', async ({isNewInstance}: any) => {
      if (!isNewInstance) return;
      await Order.create({total: 5});
      await globex(() => Order.create({total: 6}));
    });
    await acme(() => Customer.create({name: 'x'}));
    expect(rows('acme', 'Order').map(({total}) => total)).to.deep.equal([5]);
    expect(rows('globex', 'Order').map(({total}) => total)).to.deep.equal([6]);
  });

  it('take part in juggler’s transactions of a tenant’s datasource', async () => {
    const dataSource: AnyDataSource = await sources.ensure('acme');
    const transaction = acme(() => dataSource.transaction());
    const created = acme(() => transaction.models.Customer.create({name: 'x'}));
    expect(rows('acme')).to.deep.equal([]);
    await new Promise(resolve => transaction.exec(resolve));
    await created;
    expect(rows('acme').map(({name}) => name)).to.deep.equal(['x']);
  });

  describe('can be routed', () => {
    it('a second time by the same TenantDataSources, without effect, but not by another one', () => {
      const {find} = Customer;
      expect(sources.route(Customer)).to.equal(Customer);
      expect(Customer.find).to.equal(find);
      const others = new TenantDataSources({registries, create: () => ({connector: 'memory'})});
      expect(() => others.route(Customer))
        .to.throw('routed already')
        .with.property('code', 'INVALID_OPTION');
    });

    it('by two TenantDataSources, if each routes other models', async () => {
      const files = new TenantDataSources({registries, create: () => ({connector: 'memory'})});
      const File: AnyModel = files.route(new ModelBuilder({registries}).define('File', {name: String}));
      Customer.observe('after save', () => File.create({name: 'note'}));
      await acme(() => Customer.create({name: 'x'}));
      expect(rowsOf(files.get('acme'), 'File')).to.have.lengthOf(1);
      expect(rows('acme', 'File')).to.deep.equal([]);
    });

    it('only if they are models, and not a tenant’s own', () => {
      const own = sources.get('acme').createModel('Own', {});
      for (const model of [own, class {}, undefined]) {
        expect(() => sources.route(model as never))
          .to.throw()
          .with.property('code', 'INVALID_OPTION');
      }
    });

    it('and cannot be attached to another datasource then', () => {
      expect(() => before.attach(Customer))
        .to.throw('routed')
        .with.property('code', 'INVALID_OPTION');
    });
  });

  describe('have instances that know their tenant', () => {
    const MISUSES: Record<string, (customer: AnyModel) => Promise<unknown>> = {
      ...ON_INSTANCE,
      'passed to create': customer => Customer.create(customer),
      'passed to create in an array': customer => Customer.create([{name: 'y'}, customer]),
      'passed to upsert': customer => Customer.upsert(customer),
      'passed to replaceOrCreate': customer => Customer.replaceOrCreate(customer),
    };
    for (const [name, misuse] of Object.entries(MISUSES)) {
      it(`and refuse another one: ${name}`, async () => {
        const made = acme(() => new Customer({name: 'made'}));
        const loaded = await acme(() => Customer.create({name: 'loaded'}));
        for (const customer of [made, loaded, await acme(() => Customer.findOne())]) {
          const code = await globex(async () => refusal(async () => settled(misuse(customer))));
          expect(code).to.equal('TENANT_MISMATCH');
        }
        expect(rows('globex')).to.deep.equal([]);
        expect(rows('globex', 'Order')).to.deep.equal([]);
      });
    }

    it('from the first save, if they were made where no tenant ran', async () => {
      const customer = new Customer({name: 'x'});
      await acme(() => customer.save());
      expect(await globex(() => refusal(() => customer.save()))).to.equal('TENANT_MISMATCH');
    });

    it('without a visible property', async () => {
      const customer = await acme(() => Customer.create({name: 'x'}));
      expect(customer.toJSON()).to.not.have.any.keys('tenant', '__tenant');
      expect(JSON.stringify(customer)).to.not.contain('acme');
    });
  });
});
