import {expect} from 'chai';
import fc from 'fast-check';
import {ModelBuilder, ModelRegistry, TenantContext, TenantRegistries} from '../../../lib/index';
import {assertProperty} from '../../support/assert-property';
import {tenantDataSource} from '../../support/service';

describe('No look-up crosses tenants', () => {
  let registries: TenantRegistries;
  let shared: any, a: any, b: any;

  beforeEach(() => {
    registries = new TenantRegistries();
    shared = new ModelBuilder({registry: registries.shared});
    a = new ModelBuilder({registries, tenant: 'a'});
    b = new ModelBuilder({registries, tenant: 'b'});
  });

  const find = (tenant: string, name: string) => registries.for(tenant).findByName(name);

  it('a look-up by name finds the tenant’s own model, else the shared one, never another tenant’s', () => {
    const Country = shared.define('Country', {code: String});
    const Secret = a.define('Secret', {x: String});
    expect(find('a', 'Secret')).to.equal(Secret);
    expect(find('b', 'Secret')).to.equal(undefined);
    expect(registries.shared.findByName('Secret')).to.equal(undefined);
    expect([find('a', 'Country'), find('b', 'Country')]).to.deep.equal([Country, Country]);
    expect(b.getModel('Secret')).to.equal(undefined);
    expect(b.getModelDefinition('Secret')).to.equal(undefined);
    expect(b.models.Secret).to.equal(undefined);
    const Own = b.define('Country', {name: String});
    expect([find('b', 'Country'), find('a', 'Country'), shared.models.Country]).to.deep.equal([Own, Country, Country]);
  });

  it('a look-up by structure finds the tenant’s own class only, not even a shared one', () => {
    shared.define('S', {addr: {street: String}});
    const A = a.define('A', {addr: {street: String}});
    expect(registries.for('a').findByStructure({street: String})).to.equal(A.definition.properties.addr.type);
    expect(registries.for('b').findByStructure({street: String})).to.equal(undefined);
    const B = b.define('B', {addr: {street: String}});
    const types = [registries.shared, registries.for('a'), registries.for('b')].map(r => r.findByStructure({street: String}));
    expect(new Set(types).size).to.equal(3);
    expect(types[2]).to.equal(B.definition.properties.addr.type);
  });

  it('a type name means the tenant’s own model, else the shared one', () => {
    const Address = shared.define('Address', {street: String});
    const Own = a.define('Address', {street: String, own: Boolean});
    expect(a.define('X', {at: 'Address'}).definition.properties.at.type).to.equal(Own);
    expect(b.define('X', {at: 'Address'}).definition.properties.at.type).to.equal(Address);
  });

  it('a placeholder belongs to the registry that made it: no tenant fills in another tenant’s placeholder or a shared one', () => {
    const waiting = shared.define('Waiting', {later: 'Later'}).definition.properties.later.type;
    const waitingA = a.define('Waiting', {later: 'Later'}).definition.properties.later.type;
    expect(waitingA).not.to.equal(waiting);
    const LaterA = a.define('Later', {of: String});
    expect(LaterA).to.equal(waitingA);
    expect(waiting.settings).to.deep.equal({unresolved: true});
    expect(b.getModel('Later')).to.equal(undefined);
    expect(b.define('Later', {x: String})).not.to.equal(LaterA);
    expect(shared.define('Later', {s: String})).to.equal(waiting);
  });

  it('a tenant’s placeholder does not hide a shared model defined later, and the tenant’s own model still fills it in', () => {
    const waiting = a.define('Waiting', {later: 'Later'}).definition.properties.later.type;
    const Later = shared.define('Later', {s: String});
    expect([find('a', 'Later'), a.getModel('Later')]).to.deep.equal([Later, Later]);
    expect(a.define('Waiting', {later: 'Later'}).definition.properties.later.type).to.equal(Later);
    expect(a.getModelDefinition('Later')).to.equal(Later.definition);
    const Sub = a.define('Sub', {}, {base: 'Later'});
    expect(Sub.base).to.equal(Later);
    expect(Sub.definition.properties).to.have.property('s');
    expect(registries.for('a').models.Sub).to.equal(Sub);
    expect(a.define('Later', {own: String})).to.equal(waiting);
    expect([find('a', 'Later'), find('b', 'Later')]).to.deep.equal([waiting, Later]);
  });

  it('a relation by name finds the tenant’s own model, else the shared one', () => {
    const dataSource = tenantDataSource(registries);
    const Country = dataSource.createModel('Country', {code: String});
    for (const tenant of ['a', 'b']) {
      TenantContext.run(tenant, () => {
        const Order = dataSource.createModel('Order', {n: Number});
        const Customer = dataSource.createModel(
          'Customer',
          {},
          {
            relations: {orders: {type: 'hasMany', model: 'Order'}, country: {type: 'belongsTo', model: 'Country'}},
          },
        );
        expect(Customer.relations.orders.modelTo).to.equal(Order);
        expect(Customer.relations.country.modelTo).to.equal(Country);
      });
    }
    expect(Object.keys(dataSource.models)).to.deep.equal(['Country']);
    expect(Object.keys(Country.relations)).to.deep.equal([]);
  });

  it('a mixin that is defined while a tenant runs belongs to that tenant', () => {
    const dataSource = tenantDataSource(registries);
    const mixins = () => dataSource.modelBuilder.mixins;
    const applied: string[] = [];
    mixins().define('Stamp', () => applied.push('shared'));
    TenantContext.run('a', () => mixins().define('Stamp', () => applied.push('a')));
    TenantContext.run('b', () => mixins().define('Only', () => applied.push('only b')));
    for (const tenant of ['a', 'b']) TenantContext.run(tenant, () => dataSource.createModel('M', {}, {mixins: {Stamp: true}}));
    expect(applied).to.deep.equal(['a', 'shared']);
    const useOnly = () => dataSource.createModel('N', {}, {mixins: {Only: true}});
    expect(() => TenantContext.run('a', useOnly)).to.throw('unknown mixin');
    expect(useOnly).to.throw('unknown mixin');
  });

  it('a shared model that is rebuilt while a tenant runs refers to nothing of that tenant', () => {
    const dataSource = tenantDataSource(registries);
    const Shared = dataSource.createModel('Shared', {addr: {street: String}});
    TenantContext.run('a', () => {
      const Note = dataSource.createModel('Note', {text: String});
      Note.hasMany(Shared, {as: 'shareds'});
      Shared.defineProperty('extra', {deep: {x: Number}});
    });
    for (const name of ['addr', 'extra']) {
      const {type} = Shared.definition.properties[name];
      expect(registries.shared.models[type.modelName], name).to.equal(type);
    }
    expect(Object.keys(registries.for('a').models)).to.deep.equal(['Note']);
  });

  it('each tenant finds exactly its own models, in whatever order tenants define them', async () => {
    const tenants = ['a', 'b', 'c'];
    const names = ['M', 'N', 'Address', 'toString', 'constructor'];
    const step = fc.record({tenant: fc.constantFrom(...tenants), name: fc.constantFrom(...names.slice(0, 4)), size: fc.nat(3)});
    await assertProperty(
      fc.property(fc.array(step, {maxLength: 30}), steps => {
        const all = new TenantRegistries();
        const builders = new Map(tenants.map(tenant => [tenant, new ModelBuilder({registries: all, tenant}) as any]));
        const expected = new Map<string, unknown>();
        for (const {tenant, name, size} of steps) {
          const properties = Object.fromEntries(Array.from({length: size}, (_, i) => [`p${i}`, {deep: {[`q${i}`]: Number}}]));
          expected.set(`${tenant}/${name}`, builders.get(tenant).define(name, properties));
        }
        for (const tenant of tenants) {
          for (const name of names) expect(all.for(tenant).findByName(name)).to.equal(expected.get(`${tenant}/${name}`));
        }
        const classes = tenants.flatMap(tenant => Object.values(all.for(tenant).models));
        expect(new Set(classes).size).to.equal(classes.length);
      }),
      50,
    );
  });

  it('a free-standing registry sees the models of the shared registry in its options, and no others', () => {
    const Country = shared.define('Country', {code: String});
    const free = new ModelRegistry({tenant: 'free', shared: registries.shared});
    const builder = new ModelBuilder({registry: free}) as any;
    const Own = builder.define('Own', {at: 'Country'});
    expect(Own.definition.properties.at.type).to.equal(Country);
    expect(free.findByName('Own')).to.equal(Own);
    expect(registries.peek('free')).to.equal(undefined);
    expect(new ModelRegistry().findByName('Country')).to.equal(undefined);
  });
});
