import {EventEmitter} from 'node:events';
import {expect} from 'chai';
import {TenantContext, TenantRegistries} from '../../../lib/index';
import {deferred} from '../../support/deferred';
import {tenantDataSource, type AnyModel} from '../../support/service';

type Outcome = {value?: unknown; code?: string};

/** Ways in which work outlives its `run`: each lets `work` be done when `go` is called, after the context has ended. */
const ways: Record<string, (work: () => unknown) => () => void> = {
  'a timer': work => {
    let go = false;
    const timer = setInterval(() => {
      if (!go) return;
      clearInterval(timer);
      void work();
    }, 1);
    return () => void (go = true);
  },
  'a promise that was not awaited': work => {
    const {promise, resolve} = deferred();
    void promise.then(work);
    return resolve;
  },
  'a listener': work => {
    const emitter = TenantContext.bindEmitter(new EventEmitter().on('x', work));
    return () => void emitter.emit('x');
  },
  'a pooled callback': work => TenantContext.bind(() => void work()),
};

for (const [title, outlive] of Object.entries(ways)) {
  describe(`Work that outlives its run: ${title}`, () => {
    let registries: TenantRegistries;
    let Customer: AnyModel;
    beforeEach(() => (registries = new TenantRegistries()));
    afterEach(async () => {
      expect(registries.activeContexts('acme')).to.equal(0);
      await registries.dispose();
    });

    /** @param meanwhile between the end of the context and the late work */
    async function late(work: () => unknown, meanwhile: () => unknown = () => {}): Promise<Outcome> {
      const {promise, resolve} = deferred<Outcome>();
      const others = registries.activeContexts('acme');
      const dataSource = tenantDataSource(registries);
      const go = TenantContext.run('acme', () => {
        Customer = dataSource.createModel('Customer', {name: String});
        return outlive(async () => {
          try {
            resolve({value: await work()});
          } catch (error) {
            resolve({code: (error as {code: string}).code ?? String(error)});
          }
        });
      });
      expect(registries.activeContexts('acme')).to.equal(others);
      await meanwhile();
      go();
      return promise;
    }

    it('holds no lease, and still has its tenant', async () => {
      let before: number | undefined;
      const {value} = await late(
        () => TenantContext.tenant,
        () => (before = registries.activeContexts('acme')),
      );
      expect([before, value]).to.deep.equal([0, 'acme']);
    });

    it('gets the tenant’s registry, which does not end under an operation of it', async () => {
      const {value} = await late(async () => {
        const creating = Customer.create({name: 'x'}) as Promise<{id: number}>;
        const registry = registries.current();
        registries.evict('acme');
        const ended = registry.disposed;
        const {id} = await creating;
        return [ended, id, registry.disposed];
      });
      expect(value).to.deep.equal([false, 1, true]);
    });

    it('may take a lease, and holds up the offboarding then', async () => {
      let report!: Promise<{leasesDrained: number; leasesForced: number}>;
      const {value} = await late(async () => {
        const lease = registries.acquire('acme');
        report = registries.offboard('acme');
        await new Promise(setImmediate);
        const rows = (await lease.run(() => Customer.count())) as number;
        lease.release();
        return [rows, lease.released];
      });
      expect(value).to.deep.equal([0, true]);
      expect(await report).to.include({leasesDrained: 1, leasesForced: 0});
    });

    it('gets the next generation after a reload, never the old one', async () => {
      let old: unknown;
      const {value} = await late(
        () => registries.current(),
        async () => {
          old = registries.peek('acme');
          await registries.reload('acme');
        },
      );
      expect(value).to.equal(registries.peek('acme'));
      expect(value).not.to.equal(old);

      using lease = registries.acquire('acme');
      void registries.reload('acme');
      const next = await late(() => registries.current());
      expect(next.value).to.equal(registries.peek('acme'));
      expect(next.value).not.to.equal(lease.registry);
    });

    it('gets an error that says what to do when it uses a class of a generation that has ended', async () => {
      const outcome = await late(
        () => Customer.create({name: 'x'}) as unknown,
        () => registries.reload('acme'),
      );
      expect(outcome).to.deep.equal({code: 'REGISTRY_DISPOSED'});
    });

    it('is refused where the tenant is suspended, being offboarded or offboarded', async () => {
      const use = () => registries.current();
      expect(await late(use, () => registries.suspend('acme'))).to.deep.equal({code: 'TENANT_SUSPENDED'});
      registries.resume('acme');
      const lease = registries.acquire('acme');
      const leaving = await late(use, () => void registries.offboard('acme'));
      expect(leaving).to.deep.equal({code: 'TENANT_OFFBOARDED'});
      lease.release();
      await registries.offboard('acme');
      registries.reinstate('acme');
      expect(await late(use, () => registries.offboard('acme'))).to.deep.equal({code: 'TENANT_OFFBOARDED'});
    });
  });
}
