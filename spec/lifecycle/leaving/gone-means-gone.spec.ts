import {expect} from 'chai';
import {ModelBuilder, TenantContext, TenantRegistries} from '../../../lib/index';
import {lookedAt} from '../../support/first-look';
import {liveClasses} from '../../support/live-classes';
import {NESTED, NESTED_CLASSES} from '../../support/structures';
import {keepingDataSource} from '../../support/keeping-connector';

describe('Gone means gone', () => {
  it('nothing rebuilds an offboarded tenant by accident', async () => {
    const registries = new TenantRegistries();
    const builder = new ModelBuilder({registries, tenant: 'acme'}) as any;
    const following = keepingDataSource(registries);
    const bound = keepingDataSource(registries, 'acme');
    const Customer = lookedAt(bound.createModel('Customer', NESTED()));
    await registries.offboard('acme');

    const inContext = (work: () => unknown) => () => TenantContext.run('acme', work);
    for (const use of [
      () => registries.for('acme'),
      inContext(() => registries.current()),
      () => builder.define('X'),
      () => builder.resolveType({x: String}),
      () => builder.models,
      () => builder.getModel('Customer'),
      () => bound.createModel('X'),
      () => bound.attach(Customer),
      () => bound.definitions,
      inContext(() => following.createModel('X')),
      inContext(() => following.models),
      inContext(() => following.connector._models),
      () => new Customer(),
      () => new ModelBuilder({registries, tenant: 'acme'}).getSchemaName(),
    ]) {
      expect(use, String(use)).to.throw().with.property('code', 'TENANT_OFFBOARDED');
    }
    const answer = await Customer.find().catch((error: unknown) => error);
    expect(answer).to.have.property('code', 'TENANT_OFFBOARDED');
    expect(registries.peek('acme')).to.equal(undefined);
    expect(registries.evict('acme')).to.equal(false);
    expect(registries.stats()).to.include({tenants: 0, tombstones: 1});
  });

  it('a reinstated tenant starts anew, and its old classes stay ended', async () => {
    const registries = new TenantRegistries();
    const bound = keepingDataSource(registries, 'acme');
    const Old = lookedAt(bound.createModel('Customer', NESTED()));
    await registries.offboard('acme', {verify: true});

    expect(registries.reinstate('acme')).to.equal(true);
    expect(registries.reinstate('acme')).to.equal(false);

    expect(registries.for('acme').stats()).to.include({models: 0, embeddedModels: 0});
    const Customer = bound.createModel('Customer', NESTED());
    expect(await Customer.create({addr: {street: 'x'}})).to.have.property('id');
    expect(() => new Old())
      .to.throw()
      .with.property('code', 'TENANT_OFFBOARDED');
    expect(await registries.offboard('acme')).to.include({models: 1, embeddedModels: 3});
  });

  it('a tenant that the gate refuses never gets a registry', () => {
    const asked: string[] = [];
    const registries = new TenantRegistries({isTenant: code => (asked.push(code), code === 'known')});
    expect(() => registries.for('unknown'))
      .to.throw()
      .with.property('code', 'TENANT_REFUSED');
    expect(() => keepingDataSource(registries, 'unknown'))
      .to.throw()
      .with.property('code', 'TENANT_REFUSED');
    registries.for('known');
    registries.for('known');
    expect(asked).to.deep.equal(['unknown', 'unknown', 'known']);
    expect(registries.stats().tenants).to.equal(1);
  });

  it('after dispose() everything is gone, the shared registry too, and every use is an error', async () => {
    const registries = new TenantRegistries();
    const before = liveClasses();
    const dataSource = keepingDataSource(registries);
    lookedAt(dataSource.createModel('Shared', NESTED()));
    for (const tenant of ['a', 'b']) lookedAt(keepingDataSource(registries, tenant).createModel('Customer', NESTED()));
    registries.evict('b');
    expect(liveClasses() - before).to.be.at.least(2 * NESTED_CLASSES);

    await Promise.all([registries.dispose(), registries.dispose()]);
    await registries[Symbol.asyncDispose]();
    await new Promise(setImmediate);

    expect(liveClasses() - before).to.equal(0);
    for (const use of [
      () => registries.for('a'),
      () => registries.current(),
      () => dataSource.models,
      () => registries.offboard('a'),
      () => registries.shared.findByName('Shared'),
    ]) {
      expect(use, String(use)).to.throw().with.property('code', 'REGISTRIES_DISPOSED');
    }
    expect(registries.stats()).to.include({tenants: 0, models: 0});
  });
});
