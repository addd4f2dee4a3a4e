import {queryObjects} from 'node:v8';
import {expect} from 'chai';
import {ModelBuilder, ModelRegistry, TenantRegistries, type TenantRegistriesOptions} from '../../lib/index';
import {FakeClock} from '../support/fake-clock';
import {lookedAt} from '../support/first-look';
import {nextJob} from '../support/live-classes';
import {NESTED, NESTED_CLASSES} from '../support/structures';

const FOREVER = {idleTtl: Infinity};

/** Gives a tenant NESTED_CLASSES classes for each model. */
function define(registries: TenantRegistries, tenant: string, models = 1): void {
  const builder = new ModelBuilder({registries, tenant});
  for (let i = 0; i < models; i++) {
    // another structure each time, or they would share their embedded classes
    const {addr, items} = NESTED();
    const extra = {[`extra${i}`]: String};
    const shapes = {addr: {...addr, geo: {...addr.geo, ...extra}, ...extra}, items: [{...items[0], ...extra}]};
    lookedAt(builder.define(`Model${i}`, shapes));
  }
}

/** Missing in juggler's types. */
function remove(builder: ModelBuilder, name: string): void {
  (builder as unknown as {deleteModelByName(name: string): void}).deleteModelByName(name);
}

/** The tenants that the LRU holds after `work`. */
function held(registries: TenantRegistries, tenants: readonly string[], work: () => void): string[] {
  work();
  return tenants.filter(tenant => registries.evict(tenant));
}

describe('Everything is bounded: tenants', () => {
  it('are at most max, and stats say how many there are', () => {
    const registries = new TenantRegistries({max: 3, ...FOREVER});
    for (let i = 0; i < 100; i++) {
      registries.for(`tenant-${i}`);
      expect(registries.stats().tenants).to.equal(Math.min(i + 1, 3));
    }
    expect(registries.stats()).to.deep.include({misses: 100, hits: 0, evictions: {lru: 97, idle: 0, memory: 0, manual: 0}});
  });

  it('are no longer counted once user code has disposed their registry', () => {
    const registries = new TenantRegistries({max: 3, ...FOREVER});
    define(registries, 'a');
    registries.for('a').dispose();
    registries.for('b').dispose();
    expect(registries.stats()).to.include({tenants: 0, models: 0});
  });

  it('can have a max of Infinity: no memory is allocated for free places', () => {
    const registries = new TenantRegistries({max: Infinity, maxModels: Number.MAX_SAFE_INTEGER, ...FOREVER});
    registries.for('a');
    expect(registries.stats().tenants).to.equal(1);
  });

  it('leave in the order of their last use, though the tenant at work is the oldest', () => {
    const registries = new TenantRegistries({max: 10, maxModels: 3 * NESTED_CLASSES, ...FOREVER});
    const builder = new ModelBuilder({registry: registries.for('pinned')});
    define(registries, 'a');
    define(registries, 'b');
    lookedAt(builder.define('One', NESTED()));
    lookedAt(builder.define('Two', {other: {x: String}}));
    expect(registries.peek('pinned')!.stats().models).to.equal(2);
    expect(registries.stats().models).to.be.at.most(3 * NESTED_CLASSES);
    expect(['a', 'b', 'pinned'].filter(tenant => registries.evict(tenant))).to.deep.equal(['b', 'pinned']);
  });

  it('leave in the order of their last use', () => {
    const registries = new TenantRegistries({max: 3, ...FOREVER});
    const left = held(registries, ['a', 'b', 'c', 'd', 'e'], () => {
      for (const tenant of ['a', 'b', 'c', 'a', 'd', 'a', 'e']) registries.for(tenant);
    });
    expect(left).to.deep.equal(['a', 'd', 'e']);
  });

  it('count as used by what a builder of theirs defines', () => {
    const registries = new TenantRegistries({max: 2, ...FOREVER});
    const left = held(registries, ['a', 'b', 'c'], () => {
      const builder = new ModelBuilder({registries, tenant: 'a'});
      registries.for('a');
      registries.for('b');
      builder.define('Customer');
      registries.for('c');
    });
    expect(left).to.deep.equal(['a', 'c']);
  });

  it('do not count as used by peek, which builds nothing either', () => {
    const registries = new TenantRegistries({max: 2, ...FOREVER});
    const left = held(registries, ['a', 'b', 'c', 'x'], () => {
      const a = registries.for('a');
      registries.for('b');
      expect(registries.peek('a')).to.equal(a);
      expect(registries.peek('x')).to.equal(undefined);
      expect(registries.stats()).to.include({tenants: 2, misses: 2, hits: 0});
      registries.for('c');
    });
    expect(left).to.deep.equal(['b', 'c']);
  });

  it('max of 1 holds one', () => {
    const registries = new TenantRegistries({max: 1, ...FOREVER});
    for (const tenant of ['a', 'b', 'a']) expect(registries.for(tenant).tenant).to.equal(tenant);
    expect(registries.stats()).to.deep.include({tenants: 1, evictions: {lru: 2, idle: 0, memory: 0, manual: 0}});
  });

  it('that were evicted and that no code keeps alive are gone after a collection', async () => {
    const before = queryObjects(ModelRegistry, {format: 'count'});
    const registries = new TenantRegistries({max: 10, ...FOREVER});
    for (let i = 0; i < 200; i++) define(registries, `tenant-${i}`);
    await nextJob();
    // the shared one lives with the set
    expect(queryObjects(ModelRegistry, {format: 'count'}) - before).to.equal(10 + 1);
    expect(registries.stats()).to.include({tenants: 10, models: 10 * NESTED_CLASSES});
  });

  it('whose code is refused are not held', () => {
    const registries = new TenantRegistries({isTenant: code => code.startsWith('t')});
    for (let i = 0; i < 100; i++)
      expect(() => registries.for(`x${i}`))
        .to.throw()
        .with.property('code', 'TENANT_REFUSED');
    expect(registries.stats()).to.include({tenants: 0, misses: 0});
  });
});

describe('Everything is bounded: classes over all tenants', () => {
  const limit = (maxModels: number): TenantRegistriesOptions => ({max: 100, maxModels, ...FOREVER});

  it('are at most maxModels; where a tenant grows, the least recently used tenants are evicted', () => {
    const registries = new TenantRegistries(limit(3 * NESTED_CLASSES));
    const left = held(registries, ['a', 'b', 'c'], () => {
      for (const tenant of ['a', 'b', 'c']) define(registries, tenant);
      expect(registries.stats()).to.include({tenants: 3, models: 3 * NESTED_CLASSES});
      registries.for('a');
      define(registries, 'c', 2);
      expect(registries.stats()).to.include({tenants: 2, models: 3 * NESTED_CLASSES});
    });
    expect(left).to.deep.equal(['a', 'c']);
  });

  it('are at most maxModels while a kept builder goes on defining', () => {
    const registries = new TenantRegistries(limit(10));
    for (const tenant of ['a', 'b', 'c']) registries.for(tenant);
    const builder = new ModelBuilder({registries, tenant: 'c'});
    for (let i = 0; i < 8; i++) {
      builder.define(`Model${i}`);
      expect(registries.stats().models).to.be.at.most(10);
    }
    expect(registries.stats()).to.include({tenants: 3, models: 10});
    builder.define('Model8');
    expect(registries.stats()).to.include({tenants: 2, models: 10});
    builder.define('Model9');
    expect(registries.stats()).to.include({tenants: 1, models: 10});
    expect(registries.peek('c')?.stats().models).to.equal(10);
  });

  it('of a tenant that exceeds the limit alone are held, and it is held alone', () => {
    const registries = new TenantRegistries(limit(10));
    define(registries, 'small');
    define(registries, 'large', 5);
    expect(registries.stats()).to.include({tenants: 1, models: 5 * NESTED_CLASSES});
    expect(registries.peek('large')?.stats()).to.include({models: 5, embeddedModels: 15, disposed: false});

    define(registries, 'small');
    expect(registries.stats()).to.include({tenants: 1, models: NESTED_CLASSES});
  });

  it('count one for an empty tenant, so that tenants are bounded too', () => {
    const registries = new TenantRegistries({max: Infinity, maxModels: 5, ...FOREVER});
    for (let i = 0; i < 50; i++) registries.for(`tenant-${i}`);
    expect(registries.stats()).to.include({tenants: 5});
  });

  it('count anew when a tenant shrinks, leaves or comes back', async () => {
    const registries = new TenantRegistries(limit(1_000));
    define(registries, 'a', 2);
    define(registries, 'b', 2);
    expect(registries.stats().models).to.equal(4 * NESTED_CLASSES);
    const a = registries.for('a');
    registries.for('b');
    registries.shed(1);
    expect(registries.stats().models).to.equal(2 * NESTED_CLASSES);
    // evicted, but in use: it grows outside the LRU, and counts in full from its next use on
    new ModelBuilder({registry: a}).define('Late');
    expect(registries.stats().models).to.equal(2 * NESTED_CLASSES);
    expect(registries.for('a')).to.equal(a);
    expect(registries.stats().models).to.equal(4 * NESTED_CLASSES + 1);
    remove(new ModelBuilder({registry: a}), 'Late');
    expect(registries.stats().models).to.equal(4 * NESTED_CLASSES);
    await registries.offboard('a');
    expect(registries.stats().models).to.equal(2 * NESTED_CLASSES);
    registries.for('b').dispose();
    registries.for('b');
    // an empty tenant counts for one
    expect(registries.stats().models).to.equal(1);
  });

  it('do not include those of a failed define', () => {
    const registries = new TenantRegistries(limit(1_000));
    const builder = new ModelBuilder({registries, tenant: 'a'});
    builder.define('Customer');
    expect(() => builder.define('Broken', {addr: {street: String}, 'with.dot': String})).to.throw();
    expect(registries.stats().models).to.equal(1);
  });
});

describe('Everything is bounded: idle tenants', () => {
  it('are evicted after idleTtl, when another tenant is asked for', () => {
    const clock = new FakeClock();
    const registries = new TenantRegistries({idleTtl: 10_000, clock});
    const left = held(registries, ['a', 'b', 'c'], () => {
      registries.for('a');
      clock.jump(6_000);
      registries.for('b');
      clock.jump(3_999);
      registries.for('b');
      expect(registries.stats().tenants).to.equal(2);
      clock.jump(1_001);
      registries.for('c');
      expect(registries.stats()).to.deep.include({tenants: 2, evictions: {lru: 0, idle: 1, memory: 0, manual: 0}});
    });
    expect(left).to.deep.equal(['b', 'c']);
  });

  it('are all evicted, for any number of them', () => {
    const clock = new FakeClock();
    const registries = new TenantRegistries({idleTtl: 10_000, clock});
    for (let i = 0; i < 100; i++) registries.for(`tenant-${i}`);
    clock.jump(20_000);
    registries.for('late');
    expect(registries.stats()).to.deep.include({tenants: 1, evictions: {lru: 0, idle: 100, memory: 0, manual: 0}});
  });

  it('stay while they are used; peek does not count as use', () => {
    const clock = new FakeClock();
    const registries = new TenantRegistries({idleTtl: 10_000, clock});
    const left = held(registries, ['a', 'b', 'c'], () => {
      registries.for('a');
      registries.for('b');
      for (let i = 0; i < 5; i++) {
        clock.jump(4_000);
        registries.for('a');
        registries.peek('b');
      }
      registries.for('c');
    });
    expect(left).to.deep.equal(['a', 'c']);
  });

  it('that are asked for after idleTtl come back as themselves, if user code keeps them alive', () => {
    const clock = new FakeClock();
    const registries = new TenantRegistries({idleTtl: 10_000, clock});
    const a = registries.for('a');
    clock.jump(60_000);
    expect(registries.for('a')).to.equal(a);
  });

  it('never leave where idleTtl is Infinity', () => {
    const clock = new FakeClock();
    const registries = new TenantRegistries({idleTtl: Infinity, clock});
    registries.for('a');
    clock.jump(Number.MAX_SAFE_INTEGER);
    registries.for('b');
    expect(registries.stats()).to.deep.include({tenants: 2, evictions: {lru: 0, idle: 0, memory: 0, manual: 0}});
  });

  it('are evicted even if idleTtl is shorter than the pause between two checks', () => {
    const clock = new FakeClock();
    const registries = new TenantRegistries({idleTtl: 5, clock});
    registries.for('a');
    clock.jump(5);
    registries.for('b');
    expect(registries.stats().evictions.idle).to.equal(1);
  });
});

describe('Everything is bounded: evictions are counted by reason', () => {
  it('lru, idle and manual', () => {
    const clock = new FakeClock();
    const registries = new TenantRegistries({max: 2, idleTtl: 10_000, clock});
    for (const tenant of ['a', 'b', 'c']) registries.for(tenant);
    expect(registries.evict('b')).to.equal(true);
    clock.jump(10_000);
    registries.for('d');
    expect(registries.stats().evictions).to.deep.equal({lru: 1, idle: 1, memory: 0, manual: 1});
  });

  it('no eviction is counted where the tenant is not held', () => {
    const registries = new TenantRegistries();
    registries.for('a');
    expect(registries.evict('b')).to.equal(false);
    expect(registries.evict('a')).to.equal(true);
    expect(registries.evict('a')).to.equal(false);
    expect(registries.stats().evictions).to.deep.equal({lru: 0, idle: 0, memory: 0, manual: 1});
  });

  it('no eviction is counted for an offboarding', async () => {
    const registries = new TenantRegistries();
    registries.for('a');
    await registries.offboard('a');
    expect(registries.stats()).to.deep.include({offboarded: 1, tenants: 0, evictions: {lru: 0, idle: 0, memory: 0, manual: 0}});
  });

  it('a snapshot is frozen and does not change later', () => {
    const registries = new TenantRegistries({max: 1});
    const before = registries.stats();
    registries.for('a');
    registries.for('b');
    expect(before).to.deep.include({tenants: 0, evictions: {lru: 0, idle: 0, memory: 0, manual: 0}});
    for (const part of [before, before.evictions, before.shared]) expect(part).to.be.frozen;
  });
});

describe('Everything is bounded: tombstones', () => {
  it('are at most maxTombstones; the one that was not asked for longest is forgotten', async () => {
    const registries = new TenantRegistries({maxTombstones: 3});
    for (const tenant of ['a', 'b', 'c']) await registries.offboard(tenant);
    expect(registries.stats()).to.include({tombstones: 3, offboarded: 3});
    // asking again is what keeps one
    await registries.offboard('a');
    await registries.offboard('d');
    expect(registries.stats()).to.include({tombstones: 3, offboarded: 4});
    for (const tenant of ['a', 'c', 'd']) {
      expect(() => registries.for(tenant), tenant)
        .to.throw()
        .with.property('code', 'TENANT_OFFBOARDED');
    }
    expect(registries.for('b').tenant).to.equal('b');
  });

  it('stay longer where they were asked for', async () => {
    const registries = new TenantRegistries({maxTombstones: 2});
    await registries.offboard('a');
    await registries.offboard('b');
    expect(() => registries.for('a')).to.throw();
    await registries.offboard('c');
    expect(() => registries.for('a'))
      .to.throw()
      .with.property('code', 'TENANT_OFFBOARDED');
    expect(registries.for('b')).to.be.instanceOf(ModelRegistry);
  });

  it('are removed when their tenant is reinstated', async () => {
    const registries = new TenantRegistries();
    await registries.offboard('a');
    expect(registries.reinstate('a')).to.equal(true);
    expect(registries.reinstate('a')).to.equal(false);
    expect(registries.stats()).to.include({tombstones: 0, offboarded: 1});
  });
});

describe('Everything is bounded: the embedded classes of one tenant', () => {
  const BOUND = 300;

  it('while one of its models is redefined 2,000 times, each time with another shape', () => {
    const registries = new TenantRegistries();
    const registry = registries.for('acme');
    const builder = new ModelBuilder({registry});
    let most = 0;
    for (let i = 0; i < 2_000; i++) {
      const shapes = {addr: {[`street${i}`]: String, geo: {[`lat${i}`]: Number}}, items: [{[`sku${i}`]: String}]};
      lookedAt(builder.define('Customer', shapes));
      most = Math.max(most, registry.stats().embeddedModels);
    }
    expect(most).to.be.below(BOUND);
    expect(registry.stats()).to.include({models: 1});
    expect(registry.stats().fingerprints).to.be.below(BOUND);
    expect(registries.stats().models).to.equal(registry.stats().embeddedModels + 1);
    expect(registry.findByName('Customer')!.definition.properties.addr.type)
      .to.have.nested.property('definition.properties')
      .that.has.keys('street1999', 'geo');
  });

  it('while a property of a model is redefined 2,000 times', () => {
    const registry = new TenantRegistries().for('acme');
    const builder = new ModelBuilder({registry});
    builder.define('Customer', {name: String});
    let most = 0;
    for (let i = 0; i < 2_000; i++) {
      builder.defineProperty('Customer', 'addr', {type: {[`street${i}`]: String}});
      most = Math.max(most, registry.stats().embeddedModels);
    }
    expect(most).to.be.below(BOUND);
  });

  it('while models are defined and deleted', () => {
    const registry = new TenantRegistries().for('acme');
    const builder = new ModelBuilder({registry});
    let most = 0;
    for (let i = 0; i < 2_000; i++) {
      lookedAt(builder.define(`Model${i}`, {addr: {[`street${i}`]: String}}));
      remove(builder, `Model${i}`);
      most = Math.max(most, registry.stats().embeddedModels);
    }
    expect(most).to.be.below(BOUND);
    expect(registry.stats().models).to.equal(0);
  });

  it('while 2,000 documents each give one model another shape', () => {
    const registry = new TenantRegistries().for('acme');
    const builder = new ModelBuilder({registry});
    let most = 0;
    for (let i = 0; i < 2_000; i++) {
      lookedAt(builder.buildModelFromInstance('Event', {id: i, payload: {[`field${i}`]: {value: i}}}, {}));
      most = Math.max(most, registry.stats().embeddedModels);
    }
    expect(most).to.be.below(BOUND);
    expect(registry.stats().models).to.equal(1);
  });

  it('and no class is made for the same shape again', () => {
    const registry = new TenantRegistries().for('acme');
    const builder = new ModelBuilder({registry});
    for (let i = 0; i < 2_000; i++) lookedAt(builder.define('Customer', NESTED()));
    expect(registry.stats()).to.include({models: 1, embeddedModels: NESTED_CLASSES - 1});
  });
});
