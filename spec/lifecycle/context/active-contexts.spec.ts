import {expect} from 'chai';
import fc from 'fast-check';
import {TenantContext, TenantRegistries, type Context, type Lease} from '../../../lib/index';
import {allActiveContexts} from '../../../lib/lifecycle/context/cohort';
import {assertProperty} from '../../support/assert-property';
import {deferred, type Deferred} from '../../support/deferred';

const TENANTS = ['acme', 'globex', 'initech'];

interface Work {
  readonly tenant: string;
  readonly context: Context;
  readonly gate: Deferred<void>;
  readonly done: Promise<unknown>;
  /** Does something in its context, or late where that has ended. */
  readonly inside: (action: () => void) => void;
}

/** Anything that can happen, on the real thing and on a count by hand. */
class Service {
  readonly registries = new TenantRegistries({max: 2, lastContextGrace: 0});
  readonly expected = new Map(TENANTS.map(tenant => [tenant, 0]));
  readonly work: Work[] = [];
  readonly leases: Lease[] = [];
  readonly late: (() => unknown)[] = [];

  enter(tenant: string, around?: Work): void {
    const gate = deferred();
    let work!: Work;
    const begin = () => {
      const done = TenantContext.run(tenant, () => {
        this.late.push(TenantContext.bind(() => this.check(TenantContext.tenant!)));
        const inside = TenantContext.bind((action: () => void) => action());
        work = {tenant, context: TenantContext.current!, gate, done: gate.promise, inside};
        return gate.promise;
      });
      work = {...work, done: done.catch(() => {})};
    };
    if (around) around.inside(begin);
    else begin();
    this.work.push(work);
    this.#add(tenant, 1);
  }

  async leave(index: number, fails: boolean): Promise<void> {
    const [work] = this.work.splice(index % this.work.length, 1);
    if (fails) work.gate.reject(new Error('x'));
    else work.gate.resolve();
    await work.done;
    this.#add(work.tenant, -1);
    expect(work.context.ended).to.equal(true);
  }

  acquire(tenant: string): void {
    this.leases.push(this.registries.acquire(tenant));
    this.#add(tenant, 1);
  }

  release(index: number, times: number): void {
    const lease = this.leases[index % this.leases.length];
    if (!lease.released) this.#add(lease.tenant, -1);
    for (let time = 0; time < times; time++) lease.release();
  }

  /** It is asked within a context of its own, or within the one that has bound it. */
  check(tenant: string): void {
    expect(TenantContext.current!.ended).to.equal(false);
    const own = this.work.some(({context}) => context === TenantContext.current) ? 0 : 1;
    expect(TenantContext.activeContexts(tenant)).to.equal(this.expected.get(tenant)! + own);
  }

  checkAll(): void {
    for (const [tenant, count] of this.expected) {
      expect(this.registries.activeContexts(tenant), tenant).to.equal(count);
      expect(TenantContext.activeContexts(tenant), tenant).to.equal(count);
      expect(this.registries.inspect(tenant).activeContexts).to.equal(count);
    }
    expect(allActiveContexts()).to.equal([...this.expected.values()].reduce((sum, count) => sum + count));
  }

  #add(tenant: string, change: number): void {
    this.expected.set(tenant, this.expected.get(tenant)! + change);
  }
}

const tenant = fc.constantFrom(...TENANTS);
const index = fc.nat(50);
type Step = (service: Service) => unknown;

const step: fc.Arbitrary<Step> = fc.oneof(
  tenant.map(code => (service: Service) => service.enter(code)),
  fc.tuple(tenant, index).map(([code, at]) => (service: Service) => {
    if (service.work.length > 0) service.enter(code, service.work[at % service.work.length]);
  }),
  fc.tuple(index, fc.boolean()).map(([at, fails]) => async (service: Service) => {
    if (service.work.length > 0) await service.leave(at, fails);
  }),
  tenant.map(code => (service: Service) => service.acquire(code)),
  fc.tuple(index, fc.integer({min: 1, max: 3})).map(([at, times]) => (service: Service) => {
    if (service.leases.length > 0) service.release(at, times);
  }),
  index.map(at => (service: Service) => service.late.at(at % Math.max(1, service.late.length))?.()),
  // lines are drawn, and nothing is counted otherwise for that
  tenant.map(code => (service: Service) => service.registries.evict(code)),
  tenant.map(code => (service: Service) => void service.registries.reload(code)),
  tenant.map(code => (service: Service) => {
    TenantContext.run(code, () => service.check(code));
  }),
);

describe('activeContexts(tenant)', () => {
  it('is exact for contexts, nested contexts, leases, late work and evictions in any order', async () => {
    await assertProperty(
      fc.asyncProperty(fc.array(step, {maxLength: 60}), async steps => {
        const service = new Service();
        try {
          for (const take of steps) {
            await take(service);
            service.checkAll();
          }
        } finally {
          while (service.work.length > 0) await service.leave(0, false);
          for (const lease of service.leases) lease.release();
        }
        for (const code of TENANTS) service.expected.set(code, 0);
        service.checkAll();
        expect(service.registries.stats().leaving).to.equal(0);
        await service.registries.dispose();
      }),
      150,
    );
  });

  it('is 0 for an unknown tenant', () => {
    expect(TenantContext.activeContexts('nobody')).to.equal(0);
    expect(new TenantRegistries().activeContexts('__proto__')).to.equal(0);
  });

  it('is lower in the statement after the end of a context', () => {
    const registries = new TenantRegistries();
    const counts: number[] = [];
    const count = () => counts.push(registries.activeContexts('acme'));
    const lease = registries.acquire('acme');
    registries.run('acme', count);
    count();
    lease.release();
    count();
    expect(counts).to.deep.equal([2, 1, 0]);
  });

  it('counts aborted work until that work ends, and later contexts as before', async () => {
    const registries = new TenantRegistries();
    const gate = deferred();
    const work = registries.run('acme', () => gate.promise);
    await registries.offboard('acme', {drainTimeout: 0});
    expect(registries.activeContexts('acme')).to.equal(1);
    registries.reinstate('acme');
    const lease = registries.acquire('acme');
    expect(registries.activeContexts('acme')).to.equal(2);
    gate.resolve();
    await work;
    expect(registries.activeContexts('acme')).to.equal(1);
    lease.release();
    expect(registries.activeContexts('acme')).to.equal(0);
  });

  it('still counts a caller within the tenant’s work, although the offboarding does not wait for it', async () => {
    const registries = new TenantRegistries();
    await registries.run('acme', async () => {
      const report = await registries.offboard('acme');
      expect(report).to.include({leasesForced: 0});
      expect(registries.activeContexts('acme')).to.equal(1);
    });
    expect(registries.activeContexts('acme')).to.equal(0);
  });
});
