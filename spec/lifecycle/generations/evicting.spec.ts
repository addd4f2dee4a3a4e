import {expect} from 'chai';
import {TenantContext, TenantRegistries, type ModelRegistry} from '../../../lib/index';
import {FakeClock} from '../../support/fake-clock';
import {lookedAt} from '../../support/first-look';
import {codeOf, inShort, lifeLog, type LifeEvent} from '../../support/life-log';
import {liveClasses, nextJob} from '../../support/live-classes';
import {type AnyModel} from '../../support/service';
import {keepingDataSource} from '../../support/keeping-connector';

describe('evict() of a tenant', () => {
  let registries: TenantRegistries;
  let log: LifeEvent[];
  beforeEach(() => {
    registries = new TenantRegistries({clock: new FakeClock()});
    log = lifeLog(registries);
  });

  describe('that has no work in flight', () => {
    it('lets its registry go, says so, and is true once', () => {
      registries.for('acme');
      expect([registries.evict('acme'), registries.evict('acme')]).to.deep.equal([true, false]);
      expect(registries.state('acme')).to.equal('unbuilt');
      expect(inShort(log)).to.deep.equal(['built acme 1', 'ended acme 1 manual']);
    });

    it('returns false where the tenant is not held', () => {
      expect(registries.evict('acme')).to.equal(false);
      expect(log).to.deep.equal([]);
    });

    it('ends its registry for good: the next use builds the next generation, whatever user code keeps', () => {
      const define = (fields: object): AnyModel => keepingDataSource(registries, 'acme').createModel('Customer', fields);
      const kept = define({size: Number});
      const registry = registries.for('acme');
      for (let generation = 2; generation <= 50; generation++) {
        registries.evict('acme');
        expect(registries.for('acme').generation).to.equal(generation);
        const next = define({[`size${generation}`]: String});
        expect(Object.keys(next.definition.properties)).to.include(`size${generation}`).and.not.include('size');
      }
      expect(registry.disposed).to.equal(true);
      expect(codeOf(() => new kept())).to.equal('REGISTRY_DISPOSED');
      expect(registries.stats().evictions.manual).to.equal(49);
    });

    it('also ends a registry that was evicted before and is kept alive by user code', () => {
      const registry = registries.for('acme');
      registries.shed(1);
      expect(registries.evict('acme')).to.equal(false);
      expect(registry.disposed).to.equal(true);
      expect(registries.for('acme').generation).to.equal(2);
    });

    it('frees all of its classes', async () => {
      const before = liveClasses();
      const dataSource = keepingDataSource(registries, 'acme');
      lookedAt(dataSource.createModel('Customer', {address: {street: String}}));
      await nextJob();
      registries.evict('acme');
      await nextJob();
      expect(liveClasses() - before).to.equal(0);
      expect(registries.for('acme').generation).to.equal(2);
    });

    it('tells in the event how many classes the registry had', () => {
      lookedAt(keepingDataSource(registries, 'acme').createModel('Customer', {address: {street: String}}));
      registries.evict('acme');
      const ended = {name: 'ended', tenant: 'acme', generation: 1, reason: 'manual', models: 1, embeddedModels: 1};
      expect(log.at(-1)).to.deep.equal(ended);
    });
  });

  describe('that has work in flight', () => {
    it('lets work in flight go on with its registry; new work gets the next one', () => {
      const lease = registries.acquire('acme');
      expect(registries.evict('acme')).to.equal(true);
      expect(registries.state('acme')).to.equal('leaving');
      expect(registries.stats()).to.include({tenants: 0, leaving: 1});
      expect(lease.run(() => registries.for('acme'))).to.equal(lease.registry);
      const next = registries.for('acme');
      expect(next.generation).to.equal(2);
      expect(registries.state('acme')).to.equal('active');
      expect(lease.run(() => registries.for('acme'))).to.equal(lease.registry);
      expect(lease.registry.disposed).to.equal(false);
      lease.release();
      expect(lease.registry.disposed).to.equal(true);
      expect(next.disposed).to.equal(false);
    });

    it('ends the registry once, within the release of its last lease', () => {
      const leases = [registries.acquire('acme'), registries.acquire('acme')];
      registries.evict('acme');
      leases[0].release();
      expect(inShort(log)).to.deep.equal(['built acme 1', 'leaving acme 1 manual']);
      leases[1].release();
      expect(inShort(log).slice(2)).to.deep.equal(['ended acme 1 manual']);
      expect(registries.state('acme')).to.equal('unbuilt');
      leases[1].release();
      expect(log).to.have.lengthOf(3);
      expect(registries.stats()).to.deep.include({leaving: 0, endings: endings({manual: 1})});
    });

    it('ends the registry after its work, where no next one was built too', () => {
      const lease = registries.acquire('acme');
      registries.evict('acme');
      lease.release();
      expect(lease.registry.disposed).to.equal(true);
      expect(registries.for('acme').generation).to.equal(2);
    });

    it('is true for a registry that the LRU evicted and that the work still uses, and ends it with that work', () => {
      registries = new TenantRegistries({max: 1, clock: new FakeClock()});
      const lease = registries.acquire('acme');
      registries.for('other');
      expect(registries.evict('acme')).to.equal(true);
      expect(registries.for('acme').generation).to.equal(3);
      expect(lease.run(() => registries.for('acme'))).to.equal(lease.registry);
      lease.release();
      expect(lease.registry.disposed).to.equal(true);
    });

    it('ends the classes of a generation where the next one was built: their use is a clear error', () => {
      const dataSource = keepingDataSource(registries, 'acme');
      const Customer = dataSource.createModel('Customer', {});
      const lease = registries.acquire('acme');
      registries.evict('acme');
      registries.for('acme');
      lease.run(() => new Customer());
      lease.release();
      expect(codeOf(() => new Customer())).to.equal('REGISTRY_DISPOSED');
    });

    it('waits for a context as for a lease', async () => {
      let finish!: () => void;
      let seen: ModelRegistry[] = [];
      const work = registries.run('acme', async registry => {
        await new Promise<void>(resolve => (finish = resolve));
        seen = [registry, registries.for('acme')];
      });
      registries.evict('acme');
      const next = registries.for('acme');
      finish();
      await work;
      expect(seen[1]).to.equal(seen[0]);
      expect(seen[0]).not.to.equal(next);
      expect(seen[0].disposed).to.equal(true);
    });

    it('keeps each piece of work with the generation that it began with, over many evictions', () => {
      const leases = Array.from({length: 4}, () => {
        const lease = registries.acquire('acme');
        registries.evict('acme');
        return lease;
      });
      expect(leases.map(({registry}) => registry.generation)).to.deep.equal([1, 2, 3, 4]);
      for (const lease of leases) expect(lease.run(() => registries.for('acme'))).to.equal(lease.registry);
      // a later one ends with the work of before its line, so not before the earlier ones
      for (const lease of leases.toReversed()) {
        expect(lease.registry.disposed).to.equal(false);
        lease.release();
      }
      expect(inShort(log).filter(event => event.startsWith('ended'))).to.have.lengthOf(4);
      expect(registries.stats()).to.include({tenants: 0, leaving: 0});
    });

    it('counts nested work as part of the work around it', () => {
      const outer = registries.acquire('acme');
      registries.evict('acme');
      const nested = outer.run(() => registries.acquire('acme'));
      expect(nested.registry).to.equal(outer.registry);
      outer.release();
      expect(log.at(-1)?.name).to.equal('leaving');
      expect(nested.run(() => registries.for('acme'))).to.equal(outer.registry);
      nested.release();
      expect(log.at(-1)?.name).to.equal('ended');
    });

    it('within the tenant’s own work lets that work go on', () => {
      const lease = registries.acquire('acme');
      lease.run(() => {
        expect(registries.evict('acme')).to.equal(true);
        expect(registries.for('acme')).to.equal(lease.registry);
      });
      lease.release();
    });

    it('does not touch another tenant that the work is nested in', () => {
      const outer = registries.acquire('other');
      const inner = outer.run(() => registries.acquire('acme'));
      registries.evict('acme');
      expect(inner.run(() => registries.for('other'))).to.equal(outer.registry);
      inner.release();
      expect(registries.state('acme')).to.equal('unbuilt');
      expect(registries.state('other')).to.equal('active');
      outer.release();
    });
  });

  describe('by the LRU', () => {
    beforeEach(() => {
      registries = new TenantRegistries({max: 1, clock: new FakeClock()});
      log = lifeLog(registries);
    });

    it('keeps a registry with work in flight alive, and new work gets it back as itself', () => {
      const lease = registries.acquire('acme');
      registries.for('other');
      expect(inShort(log)).to.deep.equal(['built acme 1', 'leaving acme 1 lru', 'built other 2']);
      expect([registries.state('acme'), registries.stats().leaving]).to.deep.equal(['leaving', 1]);
      expect(registries.for('acme')).to.equal(lease.registry);
      expect([registries.state('acme'), registries.stats().leaving]).to.deep.equal(['active', 0]);
      lease.release();
      expect(registries.stats().endings).to.deep.equal(endings({lru: 1}));
      expect(log.at(-1)).to.include({name: 'ended', tenant: 'other', reason: 'lru'});
    });

    it('ends such a registry with its last work, and it stays usable for code that keeps it', () => {
      const lease = registries.acquire('acme');
      registries.for('other');
      lease.release();
      expect(inShort(log).at(-1)).to.equal('ended acme 1 lru');
      expect(lease.registry.disposed).to.equal(false);
      expect(registries.for('acme')).to.equal(lease.registry);
    });

    it('waits for an operation outside any context as well as for a lease', async () => {
      const dataSource = keepingDataSource(registries, 'acme');
      const Customer = dataSource.createModel('Customer', {});
      let answer!: () => void;
      Customer.observe('access', () => new Promise<void>(resolve => (answer = resolve)));
      const found = Customer.find();
      await nextJob();
      await nextJob();
      expect(registries.inspect('acme').operations).to.equal(1);
      registries.for('other');
      expect(registries.state('acme')).to.equal('leaving');
      answer();
      expect(await found).to.deep.equal([]);
      // it has called its tenant back itself
      expect(registries.state('acme')).to.equal('active');
    });

    it('publishes one end for a registry that came back and was evicted again', () => {
      const lease = registries.acquire('acme');
      for (const tenant of ['other', 'acme', 'other']) registries.for(tenant);
      lease.release();
      expect(inShort(log).filter(event => event.startsWith('ended acme'))).to.deep.equal(['ended acme 1 lru']);
      expect(registries.stats().leaving).to.equal(0);
    });

    it('lets an observer of `leaving` offboard the tenant: the registry ends once', async () => {
      registries.observe({leaving: ({tenant}) => void registries.offboard(tenant, {drainTimeout: 0})});
      const lease = registries.acquire('acme');
      registries.for('other');
      lease.release();
      await nextJob();
      expect(inShort(log).filter(event => event.startsWith('ended acme'))).to.deep.equal(['ended acme 1 offboard']);
    });
  });

  it('lets an observer of `leaving` offboard the tenant: the registry ends once, and does not come back', async () => {
    registries.observe({
      leaving: ({tenant, reason}) => void (reason === 'manual' && registries.offboard(tenant, {drainTimeout: 0})),
    });
    const lease = registries.acquire('acme');
    registries.evict('acme');
    await nextJob();
    expect(lease.registry.disposed).to.equal(true);
    expect(inShort(log).filter(event => event.startsWith('ended'))).to.deep.equal(['ended acme 1 offboard']);
    expect(registries.peek('acme')).to.equal(undefined);
    lease.release();
    expect(registries.stats()).to.include({leaving: 0});
  });

  it('gives work that outlives its context the next generation', () => {
    let late!: () => ModelRegistry;
    TenantContext.run('acme', () => {
      registries.for('acme');
      late = TenantContext.bind(() => registries.for('acme'));
      registries.evict('acme');
      registries.run('other', () => {});
    });
    registries.evict('acme');
    expect(late().disposed).to.equal(false);
    expect(registries.activeContexts('acme')).to.equal(0);
  });
});

describe('evictAll()', () => {
  it('evicts every tenant that is held, busy or not, and says how many', () => {
    const registries = new TenantRegistries();
    const log = lifeLog(registries);
    const lease = registries.acquire('busy');
    for (const tenant of ['a', 'b']) registries.for(tenant);
    expect([registries.evictAll(), registries.evictAll()]).to.deep.equal([3, 0]);
    expect(registries.stats()).to.deep.include({tenants: 0, leaving: 1, endings: endings({manual: 2})});
    expect(inShort(log).slice(3)).to.deep.equal(['leaving busy 1 manual', 'ended a 2 manual', 'ended b 3 manual']);
    expect(lease.run(() => registries.for('busy'))).to.equal(lease.registry);
    lease.release();
    expect(registries.stats().endings.manual).to.equal(3);
  });

  it('goes on where an observer throws, which becomes a warning', async () => {
    const registries = new TenantRegistries();
    const warnings: Error[] = [];
    const note = (warning: Error) => void warnings.push(warning);
    process.on('warning', note);
    registries.observe({
      ended() {
        throw new Error('observer down');
      },
    });
    for (const tenant of ['a', 'b']) registries.for(tenant);
    expect(registries.evictAll()).to.equal(2);
    await nextJob();
    process.off('warning', note);
    expect(warnings.map(({message}) => message)).to.deep.equal(
      ['a', 'b'].map(tenant => `The end of a registry of tenant "${tenant}" failed: Error: observer down`),
    );
  });
});

describe('shed()', () => {
  it('passes over tenants that are at work, and stops when it has found enough', () => {
    const registries = new TenantRegistries();
    for (const tenant of ['busy', 'a', 'b', 'c'])
      lookedAt(keepingDataSource(registries, tenant).createModel('Customer', {x: {y: Number}}));
    const lease = registries.acquire('busy');
    for (const tenant of ['a', 'b', 'c']) registries.for(tenant);
    const log = lifeLog(registries);
    expect(registries.shed(3)).to.deep.equal({tenants: 2, models: 4});
    expect(inShort(log)).to.deep.equal(['ended a 2 memory', 'ended b 3 memory']);
    expect(registries.shed(100)).to.deep.equal({tenants: 1, models: 2});
    expect(registries.state('busy')).to.equal('active');
    expect(registries.shed(1)).to.deep.equal({tenants: 0, models: 0});
    lease.release();
  });
});

function endings(counted: object): object {
  return {lru: 0, idle: 0, memory: 0, manual: 0, reload: 0, offboard: 0, shutdown: 0, ...counted};
}
