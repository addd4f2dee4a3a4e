import {queryObjects} from 'node:v8';
import {expect} from 'chai';
import {ModelRegistry, TenantContext, TenantRegistries, type Lease} from '../../../lib/index';
import {nextJob} from '../../support/live-classes';
import {tenantDataSource} from '../../support/service';

describe('A lease', () => {
  let registries: TenantRegistries;

  beforeEach(() => (registries = new TenantRegistries()));

  it('counts as work in flight until it is released; to release it again changes nothing', () => {
    const [first, second] = [registries.acquire('acme'), registries.acquire('acme')];
    expect(first.registry).to.equal(registries.for('acme'));
    expect([first.tenant, first.released, registries.activeContexts('acme')]).to.deep.equal(['acme', false, 2]);
    first.release();
    first.release();
    expect([first.released, second.released, registries.activeContexts('acme')]).to.deep.equal([true, false, 1]);
    second.release();
    expect(TenantContext.activeContexts('acme')).to.equal(0);
  });

  it('is released by `using`, also where the block throws', () => {
    const work = (fail: boolean) => {
      using lease = registries.acquire('acme');
      expect(registries.activeContexts(lease.tenant)).to.equal(1);
      if (fail) throw new Error('mine');
    };
    work(false);
    expect(() => work(true)).to.throw('mine');
    expect(registries.activeContexts('acme')).to.equal(0);
  });

  it('runs work in its context, passes arguments on, and does not end with the work', () => {
    const lease = registries.acquire('acme');
    const own = lease.run(
      (a: number, b: number) => {
        TenantContext.set('sum', a + b);
        return [TenantContext.tenant, registries.current()];
      },
      1,
      2,
    );
    expect(own).to.deep.equal(['acme', lease.registry]);
    expect(lease.run(() => TenantContext.get('sum'))).to.equal(3);
    expect(lease.run(() => TenantContext.signal)).to.equal(lease.signal);
    expect(TenantContext.tenant).to.equal(undefined);
    expect(registries.activeContexts('acme')).to.equal(1);
    lease.release();
  });

  it('runs work in a new context once it is released', () => {
    const lease = registries.acquire('acme');
    lease.run(() => TenantContext.set('key', 1));
    lease.release();
    const seen = lease.run(() => [TenantContext.tenant, TenantContext.get('key'), registries.activeContexts('acme')]);
    expect(seen).to.deep.equal(['acme', undefined, 1]);
    expect(registries.activeContexts('acme')).to.equal(0);
  });

  it('keeps its registry while the tenant is evicted or reloaded; the registry ends within the release of its last lease', () => {
    for (const letGo of [() => registries.evict('acme'), () => void registries.reload('acme')]) {
      const [first, second] = [registries.acquire('acme'), registries.acquire('acme')];
      const {registry} = first;
      letGo();
      const next = registries.for('acme');
      expect(next).not.to.equal(registry);
      expect(first.run(() => registries.current())).to.equal(registry);
      expect(second.registry).to.equal(registry);
      first.release();
      expect([registry.disposed, registries.stats().leaving]).to.deep.equal([false, 1]);
      second.release();
      expect([registry.disposed, next.disposed, registries.stats().leaving]).to.deep.equal([true, false, 0]);
    }
  });

  it('has no method that ends its registry', () => {
    const lease = registries.acquire('acme');
    for (const name of ['end', 'dispose', 'evict']) expect(lease).not.to.have.property(name);
    lease.release();
  });

  it('calls back once, when it is released', () => {
    const lease = registries.acquire('acme');
    let calls = 0;
    lease.onRelease(() => calls++);
    lease.release();
    lease.release();
    expect(calls).to.equal(1);
    expect(() => lease.onRelease(() => {}))
      .to.throw()
      .with.property('code', 'CONTEXT_ENDED');
    const other = registries.acquire('acme');
    expect(() => other.onRelease('x' as never))
      .to.throw()
      .with.property('code', 'INVALID_OPTION');
    other.release();
  });

  it('belongs to the work that takes it, and can outlive that work', () => {
    const lease = TenantContext.run('acme', () => {
      TenantContext.set('user', 'ann');
      const taken = registries.acquire('acme');
      void registries.suspend('acme');
      expect(taken.run(() => TenantContext.get('user'))).to.equal('ann');
      return taken;
    });
    expect(registries.activeContexts('acme')).to.equal(1);
    // still of the work that was in flight when the tenant was suspended
    expect(lease.run(() => registries.current())).to.equal(lease.registry);
    expect(lease.run(() => TenantContext.get('user'))).to.equal(undefined);
    lease.release();
    expect(() => lease.run(() => registries.current()))
      .to.throw()
      .with.property('code', 'TENANT_SUSPENDED');
  });

  it('is refused and not counted where the tenant takes no work', async () => {
    const gated = new TenantRegistries({isTenant: tenant => tenant !== 'none'});
    await gated.suspend('suspended');
    await gated.offboard('gone');
    const codes = ['', 'none', 'suspended', 'gone'].map(tenant => {
      for (const take of [() => gated.acquire(tenant), () => gated.run(tenant, () => expect.fail('called'))]) {
        expect(take).to.throw().with.property('code');
      }
      expect(gated.activeContexts(tenant)).to.equal(0);
      try {
        gated.acquire(tenant);
      } catch (error) {
        return (error as {code: string}).code;
      }
      return undefined;
    });
    expect(codes).to.deep.equal(['INVALID_TENANT_CODE', 'TENANT_REFUSED', 'TENANT_SUSPENDED', 'TENANT_OFFBOARDED']);
    await gated.dispose();
    expect(() => gated.acquire('acme'))
      .to.throw()
      .with.property('code', 'REGISTRIES_DISPOSED');
  });

  it('keeps nothing of its tenant alive once it is released', async () => {
    const alive = () => queryObjects(ModelRegistry, {format: 'count'});
    const before = alive();
    const kept: Lease[] = [];
    (() => {
      for (let index = 0; index < 5; index++) {
        const lease = registries.acquire(`tenant${index}`);
        kept.push(lease);
        lease.onRelease(() => expect(lease.registry.disposed).to.equal(false));
        lease.release();
      }
    })();
    registries.evictAll();
    for (let turn = 0; turn < 3; turn++) await nextJob();
    expect(alive() - before).to.equal(0);
    expect(() => kept[0].registry)
      .to.throw(/tenant "tenant0" has ended/)
      .with.property('code', 'CONTEXT_ENDED');
  });
});

describe('registries.run', () => {
  it('gives work the tenant’s registry, in a context of the tenant, and returns what it returns', async () => {
    const registries = new TenantRegistries();
    const seen = registries.run('acme', registry => [registry, TenantContext.tenant, registries.activeContexts('acme')]);
    expect(seen).to.deep.equal([registries.for('acme'), 'acme', 1]);
    const rows = await registries.run('acme', async registry => {
      const Customer = tenantDataSource(registries).createModel('Customer', {name: String});
      expect(registry.findByName('Customer')).to.equal(Customer);
      await Customer.create({name: 'x'});
      return (await Customer.count()) as number;
    });
    expect([rows, registries.activeContexts('acme')]).to.deep.equal([1, 0]);
    const error = new Error('mine');
    expect(() =>
      registries.run('acme', () => {
        throw error;
      }),
    )
      .to.throw()
      .that.equals(error);
    expect(registries.activeContexts('acme')).to.equal(0);
  });

  it('gives nested work the registry that the work around it began with', async () => {
    const registries = new TenantRegistries();
    await registries.run('acme', async registry => {
      registries.evict('acme');
      await Promise.resolve();
      expect(registries.run('acme', own => own)).to.equal(registry);
      expect(registries.run('globex', () => registries.run('acme', own => own))).to.equal(registry);
      using lease = registries.acquire('acme');
      expect(lease.registry).to.equal(registry);
    });
  });
});
