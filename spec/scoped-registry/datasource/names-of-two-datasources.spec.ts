import {expect} from 'chai';
import {install, TenantContext, TenantRegistries} from '../../../lib/index';
import {tenantDataSource, type AnyDataSource, type AnyModel} from '../../support/service';

const installedJuggler = require('juggler-4');

type Make = (registries: TenantRegistries) => () => AnyDataSource;

const settings = (modelRegistry: object) => ({name: 'db', connector: 'memory', modelRegistry});

const WAYS: Record<string, Make> = {
  'bound to it': registries => () => tenantDataSource(registries, 'acme'),
  'that follow it': registries => () => tenantDataSource(registries),
  'bound to it, of an installed juggler': registries => () =>
    new installedJuggler.DataSource(settings({registries, tenant: 'acme'})),
  'that follow it, of an installed juggler': registries => () => new installedJuggler.DataSource(settings({registries})),
};

for (const [way, make] of Object.entries(WAYS))
  describe(`On two datasources of a tenant, ${way}, a name`, () => {
    let registries: TenantRegistries;
    let uninstall: (() => void) | undefined;
    let main: AnyDataSource;
    let archive: AnyDataSource;
    let both: AnyDataSource[];

    beforeEach(() => {
      registries = new TenantRegistries();
      if (way.includes('installed')) uninstall = install(installedJuggler, {registries});
      const dataSource = make(registries);
      both = [main, archive] = [dataSource(), dataSource()];
    });
    afterEach(async () => {
      await registries.dispose();
      uninstall?.();
      uninstall = undefined;
    });

    const inTenant = (title: string, work: () => unknown) =>
      it(title, () => TenantContext.run('acme', work as () => Promise<void>));
    const counts = async (name: string) => [await main.getModel(name).count(), await archive.getModel(name).count()];

    const ORDERS = {relations: {orders: {type: 'hasMany', model: 'Order', foreignKey: 'customerId'}}};

    for (const order of ['the target first', 'the target last', 'by turns'])
      inTenant(`in a relation means the datasource’s own model (${order})`, async () => {
        const orderOf = (db: AnyDataSource) => db.createModel('Order', {total: Number});
        const customerOf = (db: AnyDataSource) => db.createModel('Customer', {name: String}, structuredClone(ORDERS));
        const steps: Record<string, (() => unknown)[]> = {
          'the target first': [...both.map(db => () => orderOf(db)), ...both.map(db => () => customerOf(db))],
          'the target last': both.flatMap(db => [() => customerOf(db), () => orderOf(db)]),
          'by turns': [() => orderOf(main), () => customerOf(main), () => orderOf(archive), () => customerOf(archive)],
        };
        for (const step of steps[order]) step();
        for (const [index, db] of both.entries()) {
          const [Customer, Order] = [db.getModel('Customer'), db.getModel('Order')];
          expect(Customer.relations.orders.modelTo).to.equal(Order);
          const customer = await Customer.create({name: 'Ann'});
          for (let total = 0; total <= index; total++) await customer.orders.create({total});
          const [found] = await Customer.find({include: 'orders'});
          expect(found.toJSON().orders).to.have.lengthOf(index + 1);
        }
        expect(await counts('Order')).to.deep.equal([1, 2]);
      });

    inTenant('in a relation that code defines later, too, whose foreign key goes to that model', async () => {
      for (const db of both) for (const name of ['Customer', 'Order']) db.createModel(name, {name: String});
      const [Customer, Order] = ['Customer', 'Order'].map(name => main.getModel(name));
      Customer.hasMany('Order', {as: 'orders', foreignKey: 'buyerId'});
      Order.belongsTo('Customer', {as: 'buyer', foreignKey: 'buyerId'});
      expect(Customer.relations.orders.modelTo).to.equal(Order);
      expect(Order.relations.buyer.modelTo).to.equal(Customer);
      expect(Order.definition.properties).to.have.property('buyerId');
      expect(archive.getModel('Order').definition.properties).not.to.have.property('buyerId');
      expect(archive.connector._models.Order.properties).not.to.have.property('buyerId');
      expect(main.connector._models.Order.properties).to.have.property('buyerId');
      await (await Customer.create({name: 'Ann'})).orders.create({name: 'first'});
      expect(await counts('Order')).to.deep.equal([1, 0]);
    });

    inTenant('that a row holds, for a polymorphic relation, means the model of that row’s datasource', async () => {
      for (const db of both) {
        const [Customer, Picture] = [db.createModel('Customer', {name: String}), db.createModel('Picture', {file: String})];
        Picture.belongsTo('imageable', {polymorphic: true});
        Customer.hasMany('Picture', {as: 'pictures', polymorphic: 'imageable'});
      }
      for (const [index, db] of both.entries()) {
        const customer = await db.getModel('Customer').create({name: `of ${index}`});
        await customer.pictures.create({file: 'a.png'});
        const found = (await db.getModel('Picture').findOne({include: 'imageable'})).toJSON();
        expect(found.imageable.name).to.equal(`of ${index}`);
        const picture = await db.getModel('Picture').findOne();
        expect((await picture.imageable.getAsync()).constructor).to.equal(db.getModel('Customer'));
      }
    });

    inTenant('of the model through which two are related is the datasource’s own', async () => {
      for (const db of both) {
        const [Customer, Tag] = [db.createModel('Customer', {name: String}), db.createModel('Tag', {text: String})];
        Customer.hasAndBelongsToMany('Tag', {as: 'tags'});
        Tag.hasAndBelongsToMany('Customer', {as: 'customers'});
      }
      for (const db of both) {
        const through = db.getModel('Customer').relations.tags.modelThrough;
        expect(through).to.equal(db.getModel('Tag').relations.customers.modelThrough);
        expect(through.dataSource).to.equal(db);
        await (await db.getModel('Customer').create({name: 'Ann'})).tags.create({text: 'x'});
        expect(await through.count()).to.equal(1);
      }
    });

    inTenant('in a type and as a base means the datasource’s own model first', async () => {
      for (const [index, db] of both.entries()) {
        db.createModel('Address', {[`of${index}`]: String});
        db.createModel('Person', {[`of${index}`]: String, home: 'Address'});
        db.createModel('Employee', {role: String}, {base: 'Person'});
      }
      for (const [index, db] of both.entries()) {
        expect(db.getModel('Person').definition.properties.home.type).to.equal(db.getModel('Address'));
        expect(db.getModel('Employee').base).to.equal(db.getModel('Person'));
        expect(db.getModel('Employee').definition.properties).to.have.property(`of${index}`);
      }
    });

    inTenant('that only one of them has means that model, for the other’s relations and types, in any order', async () => {
      const Customer = main.createModel('Customer', {name: String, mood: 'Mood'}, structuredClone(ORDERS));
      const Order = archive.createModel('Order', {total: Number});
      const Mood = archive.createModel('Mood', {text: String});
      expect(Customer.relations.orders.modelTo).to.equal(Order);
      expect(Customer.definition.properties.mood.type).to.equal(Mood);
      await (await Customer.create({name: 'Ann'})).orders.create({total: 1});
      expect(await Order.count()).to.equal(1);
      const Late = main.createModel('Late', {mood: 'Mood'}, structuredClone(ORDERS));
      expect([Late.relations.orders.modelTo, Late.definition.properties.mood.type]).to.deep.equal([Order, Mood]);
      for (const name of ['Order', 'Mood']) expect(main.getModel(name)).to.equal(undefined);
      expect(archive.getModel('Order')).to.equal(Order);
      expect(archive.getModel('Customer')).to.equal(undefined);
      expect(main.modelBuilder.getModel('Order')).to.equal(Order);
    });

    inTenant('that is defined in vain means what it meant, on both', () => {
      const Order = main.createModel('Order', {total: Number});
      const vain = () => archive.createModel('Order', {'not.allowed': String});
      const answers = () => [
        ...both.map(db => [db.getModel('Order'), db.models.Order, db.definitions.Order]),
        registries.current().stats(),
      ];
      const before = answers();
      expect(vain).to.throw(/dot/);
      expect(answers()).to.deep.equal(before);
      const Archived = archive.createModel('Order', {sum: Number});
      const inBoth = answers();
      expect(vain).to.throw(/dot/);
      expect(() => main.createModel('Order', {'not.allowed': String})).to.throw(/dot/);
      expect(answers()).to.deep.equal(inBoth);
      expect([main.getModel('Order'), archive.getModel('Order')]).to.deep.equal([Order, Archived]);
    });

    inTenant('that a datasource asks for by force is kept for its own model', () => {
      const placeholder = main.getModel('Order', true);
      expect(main.getModel('Order')).to.equal(placeholder);
      expect(archive.getModel('Order')).to.equal(undefined);
      const Archived = archive.createModel('Order', {sum: Number});
      expect(placeholder.settings).to.deep.equal({unresolved: true});
      expect(registries.current().findByName('Order')).to.equal(Archived);
      expect(main.createModel('Order', {total: Number})).to.equal(placeholder);
      // and takes its name from no model
      expect(main.getModel('Archived', true)).to.have.deep.property('settings', {unresolved: true});
      const Known = archive.createModel('Known', {});
      main.getModel('Known', true);
      expect(registries.current().findByName('Known')).to.equal(Known);
      expect(archive.getModel('Known')).to.equal(Known);
    });

    inTenant('that one of them deletes still means the other’s model', () => {
      for (const db of both) for (const name of ['Order', 'Customer']) db.createModel(name, {});
      const [Order, Customer] = ['Order', 'Customer'].map(name => main.getModel(name));
      archive.deleteModelByName('Order');
      expect(archive.getModel('Order')).to.equal(undefined);
      archive.deleteModelByName('Order');
      if (archive.deleteAllModels) archive.deleteAllModels();
      else archive.deleteModelByName('Customer');
      expect(archive.getModel('Customer')).to.equal(undefined);
      expect([main.getModel('Order'), main.getModel('Customer')]).to.deep.equal([Order, Customer]);
      expect([main.models.Order, main.definitions.Order]).to.deep.equal([Order, Order.definition]);
      expect(Object.keys(main.connector._models)).to.include.members(['Order', 'Customer']);
      expect(registries.current().stats().models).to.equal(2);
      main.deleteModelByName('Order');
      expect(registries.current().findByName('Order')).to.equal(undefined);
    });

    inTenant('means the datasource’s own model in its dictionaries', () => {
      const models = both.map(db => db.createModel('Order', {}));
      main.createModel('Own', {});
      for (const [index, db] of both.entries()) {
        const {models: dictionary, definitions} = db;
        expect(db.models).to.equal(dictionary);
        expect(dictionary.Order).to.equal(models[index]);
        expect(definitions.Order).to.equal(models[index].definition);
        expect({...dictionary}).to.deep.equal({Order: models[index], Own: main.getModel('Own')});
        expect(Object.getOwnPropertyDescriptor(dictionary, 'Order')!.value).to.equal(models[index]);
        expect([Object.keys(dictionary), 'Order' in dictionary]).to.deep.equal([['Order', 'Own'], true]);
      }
      const replacements = both.map((db, index) => (db.models.Order = db.modelBuilder.define(`Replacement${index}`, {})));
      expect(both.map(db => db.models.Order)).to.deep.equal(replacements);
      delete main.models.Order;
      delete archive.models.Order;
      expect(both.map(db => 'Order' in db.models)).to.deep.equal([false, false]);
    });

    inTenant('means the datasource’s own model when a property is added', () => {
      for (const db of both) db.createModel('Order', {});
      main.defineProperty('Order', 'total', {type: Number});
      archive.getModel('Order').defineProperty('sum', {type: Number});
      const properties = both.map(db => Object.keys(db.getModel('Order').definition.properties).sort());
      expect(properties).to.deep.equal([
        ['id', 'total'],
        ['id', 'sum'],
      ]);
      expect(new (main.getModel('Order'))({total: '3'}).total).to.equal(3);
    });

    inTenant('means the datasource’s own model in its transactions', async () => {
      for (const db of both) db.createModel('Order', {total: Number});
      main.createModel('Main', {});
      archive.createModel('Archive', {});
      for (const [index, db] of both.entries()) {
        const transaction = db.transaction();
        expect(Object.keys(transaction.models)).to.have.members(['Order', index ? 'Archive' : 'Main']);
        for (let row = 0; row <= index; row++) transaction.models.Order.create({total: row}, () => {});
        await new Promise(resolve => setImmediate(resolve));
        await new Promise(done => transaction.exec(done));
      }
      expect(await counts('Order')).to.deep.equal([1, 2]);
    });

    const itIfFollowing = way.startsWith('that follow') ? it : () => {};
    itIfFollowing(
      'means its model of all tenants, if both were defined where no tenant runs, until the tenant has its own',
      async () => {
        const shared = both.map(db => db.createModel('Order', {total: Number}));
        await TenantContext.run('acme', async () => {
          const answers = () => both.map(db => db.getModel('Order'));
          expect(answers()).to.deep.equal(shared);
          expect(both.map(db => db.models.Order)).to.deep.equal(shared);
          const Own = archive.createModel('Order', {total: Number});
          expect(answers()).to.deep.equal([shared[0], Own]);
          expect(both.map(db => db.models.Order)).to.deep.equal([shared[0], Own]);
          main.getModel('Order').create({total: 1});
          expect(await counts('Order')).to.deep.equal([1, 0]);
        });
        TenantContext.run('globex', () => expect(both.map(db => db.getModel('Order'))).to.deep.equal(shared));
        await registries.offboard('acme');
        expect(both.map(db => db.getModel('Order'))).to.deep.equal(shared);
      },
    );

    it('means nothing for either after the tenant has left, and new models after it has come back', async () => {
      const run = <T>(work: () => T): T => TenantContext.run('acme', work);
      const models: AnyModel[] = both.map(db => run(() => db.createModel('Order', {total: Number})));
      const report = await registries.offboard('acme');
      expect(report).to.deep.include({models: 2, errors: []});
      for (const Order of models)
        expect(() => new Order())
          .to.throw()
          .with.property('code', 'TENANT_OFFBOARDED');
      registries.reinstate('acme');
      const dataSource = make(registries);
      both = [main, archive] = way.startsWith('that follow') ? both : [dataSource(), dataSource()];
      await run(async () => {
        expect(both.map(db => db.getModel('Order'))).to.deep.equal([undefined, undefined]);
        for (const db of both) await db.createModel('Order', {total: Number}).create({total: 1});
        expect(await counts('Order')).to.deep.equal([1, 1]);
      });
    });

    it('means a model of each after a reload', async () => {
      const run = <T>(work: () => T): T => TenantContext.run('acme', work);
      for (const db of both) run(() => db.createModel('Order', {}));
      await registries.reload('acme');
      const dataSource = make(registries);
      both = [main, archive] = way.startsWith('that follow') ? both : [dataSource(), dataSource()];
      run(() => {
        expect(both.map(db => db.getModel('Order'))).to.deep.equal([undefined, undefined]);
        const again = both.map(db => db.createModel('Order', {}));
        expect(both.map(db => db.getModel('Order'))).to.deep.equal(again);
      });
    });
  });
