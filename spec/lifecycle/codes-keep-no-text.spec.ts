import {EventEmitter} from 'node:events';
import {expect} from 'chai';
import {ModelBuilder, ModelRegistry, TenantContext, TenantDataSources, TenantRegistries} from '../../lib/index';
import {Context as CompatContext} from '../../lib/compat';
import {TenantRequests} from '../../lib/http/tenant-requests';
import {Lease} from '../../lib/lifecycle/context/lease';
import {collectGarbage} from '../../lib/lifecycle/generations/garbage-collection';
import {tenantCode} from '../../lib/scoped-registry/tenant-code';
import {nextJob} from '../support/live-classes';

const CODES = 20;
const TEXT = 400_000;

let made = 0;

/** A tenant code that was cut out of a text, as a service cuts it out of a header or a URL. V8 makes it as a reference to the whole. */
function cut(number: number): string {
  // contexts count for the whole process, so each test has tenants of its own
  const code = `tenant-code-${made++}-äß`.slice(0, number % 2 === 0 ? -3 : undefined);
  return Buffer.from(`${code}${'x'.repeat(TEXT)}`)
    .toString()
    .slice(0, code.length);
}

interface Keeper {
  readonly registries: TenantRegistries;
  readonly kept: unknown[];
}

const WAYS: Record<string, (keeper: Keeper, code: string) => unknown> = {
  'of a registry that is held': ({registries}, code) => registries.for(code),
  'of a registry that was evicted and is kept': ({registries, kept}, code) => {
    kept.push(registries.for(code));
    registries.evictIdle(code);
  },
  'of a free-standing registry': ({kept}, code) => kept.push(new ModelRegistry({tenant: code})),
  'of a context that runs': ({kept}, code) =>
    kept.push(TenantContext.run(code, () => (kept.push(new Promise(() => {})), TenantContext.current))),
  'of a lease': ({registries, kept}, code) => kept.push(registries.acquire(code)),
  'of a lease that was released and is kept': ({registries, kept}, code) => {
    const lease: Lease = registries.acquire(code);
    lease.release();
    kept.push(lease);
  },
  'of a suspended tenant': ({registries}, code) => void registries.suspend(code),
  'of a configured tenant': ({registries}, code) => registries.configure(code, {}),
  'of an offboarded tenant': ({registries}, code) => registries.offboard(code),
  'of a reloaded tenant with work in flight': ({registries, kept}, code) => {
    kept.push(registries.acquire(code));
    void registries.reload(code);
  },
  'of a builder': ({registries, kept}, code) => kept.push(new ModelBuilder({registries, tenant: code})),
  'of a datasource': (keeper, code) => {
    const {registries, kept} = keeper;
    kept[0] ??= new TenantDataSources({registries, create: () => ({connector: 'memory'})});
    (kept[0] as TenantDataSources).get(code);
  },
  'of a tenant that a look-up does not find': (keeper, code) => request(keeper, code, undefined),
  'of a tenant that a look-up finds': (keeper, code) => request(keeper, code, {}),
  'of a context of compat': ({kept}, code) => kept.push(CompatContext.createContext({tenant: code})),
};

/** A request that names a tenant, and is over when this returns. */
async function request({registries, kept}: Keeper, code: string, found: object | undefined): Promise<void> {
  kept[0] ??= new TenantRequests<string>({
    registries,
    pattern: /^t/,
    tenant: asked => asked,
    lookUp: () => found as never,
    unknownTtl: 1e6,
  });
  const emitter = Object.assign(new EventEmitter(), {headers: {}, setHeader: () => {}});
  await (kept[0] as TenantRequests<string>).admit(emitter as never, emitter as never, code).catch(() => {});
  emitter.emit('close');
}

describe('A tenant code keeps no larger text alive,', () => {
  for (const [way, keep] of Object.entries(WAYS)) {
    it(way, async () => {
      const keeper: Keeper = {registries: new TenantRegistries({lastContextGrace: 3_600_000}), kept: []};
      await grown(async () => await keep(keeper, cut(0)));
      const growth = await grown(async () => {
        for (let number = 0; number < CODES; number++) await keep(keeper, cut(number));
      });
      expect(growth).to.be.below((CODES * TEXT) / 4);
      // contexts count for the whole process, also those of other specs
      for (const thing of keeper.kept) if (thing instanceof Lease) thing.release();
      await keeper.registries.shutdown({drainTimeout: 0});
    });
  }

  it('this spec sees a code that does', async () => {
    const kept: string[] = [];
    const growth = await grown(async () => {
      for (let number = 0; number < CODES; number++) kept.push(cut(number));
    });
    expect(growth).to.be.above((CODES * TEXT) / 2);
    expect(kept.map(tenantCode)).to.deep.equal(kept);
  });
});

/** The growth of the heap by `work`, in bytes. */
async function grown(work: () => Promise<unknown>): Promise<number> {
  const used = async () => {
    await nextJob();
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const before = await used();
  await work();
  return (await used()) - before;
}
