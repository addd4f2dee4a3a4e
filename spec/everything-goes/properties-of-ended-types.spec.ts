import {expect} from 'chai';
import {forJuggler, install, TenantRegistries, type Juggler} from '../../lib/index';
import {anotherJuggler} from '../support/another-juggler';
import {tenantDataSource, type AnyDataSource} from '../support/service';
import {JUGGLERS} from '../support/side-by-side';

const ENDED = 'TENANT_OFFBOARDED';

const refusal = (work: () => Promise<unknown>): Promise<string | undefined> =>
  work().then(
    () => undefined,
    // of several instances, each has an error of its own
    (error: {code?: string} | {code?: string}[]) => [error].flat().find(Boolean)?.code,
  );

/** What a model of another tenant has as the type of its properties. */
const TYPES: Record<string, (holder: AnyDataSource, Gone: unknown) => unknown> = {
  'belonged to an offboarded tenant': (_, Gone) => Gone,
  'extended a class of an offboarded tenant': (holder, base) => holder.createModel('Sub', {}, {base}),
};

/** A model of another tenant with such properties, and one row. */
async function rowOfAnotherTenant(
  registries: TenantRegistries,
  holder: AnyDataSource,
  gone: AnyDataSource,
  type = TYPES['belonged to an offboarded tenant'],
): Promise<any> {
  const Address = type(holder, gone.createModel('Address', {street: String}));
  const Order = holder.createModel('Order', {name: String, ship: Address, stops: [Address]});
  await Order.create({name: 'first', ship: {street: 'Main St'}, stops: [{street: 'a'}]});
  await registries.offboard('gone');
  return Order;
}

describe('A property whose type has ended', () => {
  for (const {major, juggler} of JUGGLERS) {
    for (const [what, type] of Object.entries(TYPES)) {
      describe(`that ${what}, on juggler ${major}`, () => {
        const registries = new TenantRegistries();
        after(() => registries.dispose());
        let Order: any;
        before(async () => {
          const Scoped: any = forJuggler(juggler as Juggler).DataSource;
          const [holder, gone] = ['holder', 'gone'].map(
            tenant => new Scoped({connector: 'memory', modelRegistry: {registries, tenant}}),
          );
          Order = await rowOfAnotherTenant(registries, holder, gone, type);
        });

        it('shows the values of rows', async () => {
          const [order] = await Order.find();
          expect(JSON.parse(JSON.stringify(order))).to.deep.include({ship: {street: 'Main St'}, stops: [{street: 'a'}]});
        });

        it('takes no new value, by assignment', async () => {
          const order = await Order.findOne();
          for (const assign of [() => (order.ship = {street: 'x'}), () => (order.stops = [{street: 'x'}])])
            expect(assign).to.throw().with.property('code', ENDED);
        });

        it('takes no new value, by an operation', async () => {
          const order = await Order.findOne();
          const ship = {street: 'x'};
          const works: Record<string, () => Promise<unknown>> = {
            create: () => Order.create({name: 'b', ship}),
            'create of many': () => Order.create([{name: 'b', stops: [ship]}]),
            updateAttributes: () => order.updateAttributes({ship}),
            updateAttribute: () => order.updateAttribute('stops', [ship]),
            updateAll: () => Order.updateAll({name: 'first'}, {ship}),
            upsert: () => Order.upsert({id: order.id, name: 'b', ship}),
            replaceById: () => Order.replaceById(order.id, {name: 'b', ship}),
            replaceOrCreate: () => Order.replaceOrCreate({id: order.id, name: 'b', ship}),
            findOrCreate: () => Order.findOrCreate({where: {name: 'none'}}, {name: 'none', ship}),
            'save of a new instance': () => new Order({name: 'b', ship}).save(),
          };
          for (const [name, work] of Object.entries(works)) expect(await refusal(work), name).to.equal(ENDED);
          expect(await Order.count()).to.equal(1);
          expect((await Order.findOne()).toJSON()).to.deep.include({name: 'first', ship: {street: 'Main St'}});
        });

        it('does not hinder what is done to the rest of a row', async () => {
          const order = await Order.findOne();
          order.name = 'second';
          await order.save();
          await order.updateAttributes({name: 'third'});
          await Order.updateAll({name: 'third'}, {name: 'fourth'});
          await order.reload();
          const row = (await Order.findOne()).toJSON();
          expect(row).to.deep.include({name: 'fourth', ship: {street: 'Main St'}});
          await order.updateAttributes({ship: null, name: 'first'});
          expect((await Order.findOne()).ship).to.equal(null);
          await Order.destroyAll();
          await Order.create({name: 'new'});
        });
      });
    }
  }

  it('takes no new value on classes of juggler’s own, while the library is installed, with callbacks', async () => {
    const registries = new TenantRegistries();
    const juggler = anotherJuggler();
    const uninstall = install(juggler, {registries});
    const [holder, gone] = ['holder', 'gone'].map(
      tenant => new juggler.DataSource({connector: 'memory', modelRegistry: {registries, tenant}}),
    );
    const Order = await rowOfAnotherTenant(registries, holder, gone);
    const error = await new Promise<any>(resolve => Order.create({name: 'b', ship: {street: 'x'}}, resolve));
    expect(error).to.have.property('code', ENDED);
    uninstall();
    await registries.dispose();
  });

  it('that is a part of a nested object: the rest of the object is used as before', async () => {
    const registries = new TenantRegistries();
    const Address = tenantDataSource(registries, 'gone').createModel('Address', {street: String});
    const Order = tenantDataSource(registries, 'holder').createModel('Order', {part: {ship: Address, no: Number}});
    await Order.create({part: {ship: {street: 'Main St'}, no: 1}});
    await registries.offboard('gone');
    const order = await Order.findOne();
    expect(order.part.toObject()).to.deep.equal({ship: {street: 'Main St'}, no: 1});
    expect(() => (order.part.ship = {street: 'x'}))
      .to.throw()
      .with.property('code', ENDED);
    order.part.no = '2';
    await order.save();
    expect((await Order.findOne()).part.no).to.equal(2);
    await registries.dispose();
  });

  it('is a function of the name of the class in the definition, and another define may take it over', async () => {
    const registries = new TenantRegistries();
    const holder = tenantDataSource(registries, 'holder');
    const Order = await rowOfAnotherTenant(registries, holder, tenantDataSource(registries, 'gone'));
    expect(Order.definition.properties.ship.type.name).to.equal('Address');
    expect(Order.definition.toJSON().properties.ship.type).to.equal('Address');
    const Sub = Order.extend('Sub', {more: String});
    holder.attach(Sub);
    expect(await Sub.create({name: 'a', more: 'b'})).to.include({more: 'b'});
    const Again = holder.createModel('Order', {name: String, ship: {street: String}});
    expect((await Again.create({ship: {street: 'x'}})).ship.street).to.equal('x');
    await registries.dispose();
  });
});
