import {expect} from 'chai';
import {TenantRegistries} from '../../lib/index';
import {lookedAt} from '../support/first-look';
import {liveClasses, nextJob} from '../support/live-classes';
import {keepingDataSource} from '../support/keeping-connector';
import {type AnyModel} from '../support/service';
import {NESTED} from '../support/structures';

/** The code of the error that a data access operation answers with. */
const refusal = (operation: () => Promise<unknown>) =>
  operation().then(
    () => undefined,
    (error: {code?: string}) => error.code,
  );

describe('User code that keeps something of an offboarded tenant', () => {
  const registries = new TenantRegistries();
  after(() => registries.dispose());

  it('a class: it keeps no other class alive, and every use is an error with the code', async () => {
    const before = liveClasses();
    const Customer: AnyModel = lookedAt(keepingDataSource(registries, 'acme').createModel('Customer', NESTED()));

    const report = await registries.offboard('acme', {verify: true});

    expect(report).to.include({models: 1, embeddedModels: 3, survivors: 1});
    expect(liveClasses() - before).to.equal(1);
    const uses = {
      'new Customer()': () => new Customer(),
      'Customer()': () => Customer(),
      defineProperty: () => Customer.defineProperty('x', String),
      extend: () => Customer.extend('Sub'),
      attachTo: () => Customer.attachTo(keepingDataSource(registries, 'other')),
      settings: () => Customer.settings,
      definition: () => Customer.definition,
    };
    for (const [name, use] of Object.entries(uses)) expect(use, name).to.throw().with.property('code', 'TENANT_OFFBOARDED');
    const operations = {
      create: () => Customer.create({}),
      find: () => Customer.find({}),
      findById: () => Customer.findById(1),
      updateAll: () => Customer.updateAll({}, {}),
      count: () => Customer.count(),
      'find with a callback': () =>
        new Promise((resolve, reject) => Customer.find({}, (e: Error) => (e ? reject(e) : resolve(0)))),
    };
    for (const [name, operation] of Object.entries(operations))
      expect(await refusal(operation), name).to.equal('TENANT_OFFBOARDED');
  });

  it('an instance: its values can be read, but not written or saved', async () => {
    const customer = await (async () => {
      const Customer = keepingDataSource(registries, 'globex').createModel('Customer', {name: String, age: Number});
      return Customer.create({name: 'Ann', age: 4});
    })();

    await registries.offboard('globex');

    expect([customer.name, customer.age]).to.deep.equal(['Ann', 4]);
    expect(JSON.parse(JSON.stringify(customer))).to.deep.equal({id: 1, name: 'Ann', age: 4});
    expect(() => (customer.name = 'Bob'))
      .to.throw()
      .with.property('code', 'TENANT_OFFBOARDED');
    expect(await refusal(() => customer.save())).to.equal('TENANT_OFFBOARDED');
    expect(await refusal(() => customer.updateAttributes({name: 'Bob'}))).to.equal('TENANT_OFFBOARDED');
  });

  it('a class with other models among its statics: it keeps none of them alive', async () => {
    const kept = (() => {
      const dataSource = keepingDataSource(registries, 'statics');
      const Part = lookedAt(dataSource.createModel('Part', {size: {w: Number}}));
      dataSource.createModel('Whole', {name: String}, {models: {Part}});
      dataSource.models.Whole.Favourite = dataSource.createModel('Favourite', {name: String});
      return dataSource.models.Whole;
    })();

    const report = await registries.offboard('statics', {verify: true});

    expect(report).to.include({models: 3, embeddedModels: 1, survivors: 1});
    expect(() => new kept())
      .to.throw()
      .with.property('code', 'TENANT_OFFBOARDED');
  });

  it('a class that was redefined before: every use is an error as well', async () => {
    const dataSource = keepingDataSource(registries, 'initech');
    const Old: AnyModel = dataSource.createModel('Customer', {name: String});
    await nextJob();
    dataSource.createModel('Customer', {name: String, age: Number});
    expect(new Old({name: 'still served'}).name).to.equal('still served');

    const report = await registries.offboard('initech', {verify: true});

    expect(report.survivors).to.equal(1);
    expect(() => new Old())
      .to.throw()
      .with.property('code', 'TENANT_OFFBOARDED');
    expect(await refusal(() => Old.find())).to.equal('TENANT_OFFBOARDED');
  });

  it('a class that was redefined in the same turn of the event loop: every use is an error as well', async () => {
    const dataSource = keepingDataSource(registries, 'hooli');
    const Old: AnyModel = lookedAt(dataSource.createModel('Customer', NESTED()));
    dataSource.createModel('Customer', {name: String, age: Number});
    expect(new Old({name: 'still served'}).name).to.equal('still served');

    await registries.offboard('hooli');

    expect(() => new Old())
      .to.throw()
      .with.property('code', 'TENANT_OFFBOARDED');
    expect(() => Old.definition)
      .to.throw()
      .with.property('code', 'TENANT_OFFBOARDED');
    expect(await refusal(() => Old.find())).to.equal('TENANT_OFFBOARDED');
  });

  for (const looks of [true, false]) {
    it(`the settings of a model whose definition ${looks ? 'was' : 'was not'} read: they are empty`, async () => {
      const before = liveClasses();
      const settings = (() => {
        const dataSource = keepingDataSource(registries, `looks-${looks}`);
        const Base = dataSource.createModel('Base', NESTED());
        const Customer: AnyModel = dataSource.createModel('Customer', {}, {base: Base, custom: 1});
        if (looks) void Customer.definition.properties;
        return Customer.settings as object;
      })();
      await registries.offboard(`looks-${looks}`);
      expect(settings).to.deep.equal({});
      expect(liveClasses() - before).to.equal(0);
    });
  }

  it('a ValidationError: it keeps no class alive once its stack was read', async () => {
    const before = liveClasses();
    const error = await (async () => {
      const Customer = keepingDataSource(registries, 'umbrella').createModel('Customer', {
        ...NESTED(),
        name: {type: String, required: true},
      });
      return Customer.create({}).catch((thrown: unknown) => thrown);
    })();
    expect(error).to.have.property('name', 'ValidationError');

    await registries.offboard('umbrella', {verify: true});

    // V8 keeps the receivers of a stack's frames until the stack is read: at most the model that was validated
    expect(liveClasses() - before).to.be.at.most(2);
    void (error as Error).stack;
    expect(liveClasses() - before).to.equal(0);
  });
});
