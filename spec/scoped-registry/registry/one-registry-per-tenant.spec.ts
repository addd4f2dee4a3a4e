import {expect} from 'chai';
import {ModelBuilder, TenantRegistries} from '../../../lib/index';
import {lookedAt} from '../../support/first-look';
import {liveClasses, nextJob} from '../../support/live-classes';
import {keepingDataSource} from '../../support/keeping-connector';
import {NESTED, NESTED_CLASSES} from '../../support/structures';

describe('A tenant has one registry at any moment', () => {
  it('it is made on first use, and every later call returns the same one', () => {
    const registries = new TenantRegistries();
    expect(registries.peek('acme')).to.equal(undefined);
    const registry = registries.for('acme');
    expect(registry).to.include({tenant: 'acme', disposed: false});
    expect(registries.for('acme')).to.equal(registry);
    expect(registries.peek('acme')).to.equal(registry);
    expect(registries.for('globex')).not.to.equal(registry);
  });

  it('an evicted registry comes back as itself, with its classes, when user code holds one of its classes', async () => {
    const registries = new TenantRegistries();
    const builder = new ModelBuilder({registries, tenant: 'acme'}) as any;
    const Customer = builder.define('Customer', NESTED());
    expect(registries.shed(1)).to.include({tenants: 1});
    expect(registries.shed(1)).to.include({tenants: 0});
    await nextJob();
    liveClasses();

    expect(builder.models.Customer).to.equal(Customer);
    const Again = builder.define('Again', NESTED());
    expect(new Customer({addr: {}}).addr).to.be.instanceOf(Again.definition.properties.addr.type);
    expect(registries.for('acme').stats()).to.include({models: 2, embeddedModels: 3});
  });

  it('an evicted registry comes back as itself when user code holds an instance, even of an embedded class', async () => {
    const registries = new TenantRegistries();
    const addr = (() => {
      const Customer = (new ModelBuilder({registries, tenant: 'acme'}) as any).define('Customer', NESTED());
      return new Customer({addr: {street: 'x'}}).addr;
    })();
    registries.shed(1);
    await nextJob();
    liveClasses();
    const {addr: again} = (new ModelBuilder({registries, tenant: 'acme'}) as any).define('Customer', NESTED()).definition
      .properties;
    expect(addr).to.be.instanceOf(again.type);
  });

  it('an evicted registry is collected when only its datasource and builder are held', async () => {
    const registries = new TenantRegistries();
    const before = liveClasses();
    const dataSource = keepingDataSource(registries, 'acme');
    lookedAt(dataSource.createModel('Customer', NESTED()));
    expect(liveClasses() - before).to.equal(NESTED_CLASSES);

    registries.shed(1);
    await nextJob();

    expect(liveClasses() - before).to.equal(0);
    expect(Object.keys(dataSource.models)).to.deep.equal([]);
    expect(await dataSource.createModel('Customer', NESTED()).create({addr: {street: 'y'}})).to.have.property('id');
    await registries.offboard('acme');
  });

  it('a tenant gets a new registry after user code has disposed its registry', () => {
    const registries = new TenantRegistries();
    const registry = registries.for('acme');
    const builder = new ModelBuilder({registries, tenant: 'acme'}) as any;
    const Old = builder.define('Customer', NESTED());
    registry.dispose();
    registry.dispose();

    expect(registry.disposed).to.equal(true);
    for (const use of [
      () => registry.findByName('Customer'),
      () => registry.findByStructure({}),
      () => new Old(),
      () => Old.settings,
    ]) {
      expect(use).to.throw().with.property('code', 'REGISTRY_DISPOSED');
    }
    expect(registries.peek('acme')).to.equal(undefined);
    expect(registries.for('acme')).not.to.equal(registry);
    expect(new (builder.define('Customer', NESTED()))()).not.to.be.instanceOf(Old);
  });
});
