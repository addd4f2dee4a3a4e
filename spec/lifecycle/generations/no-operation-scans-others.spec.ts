import {expect} from 'chai';
import {
  DataSource,
  ModelBuilder,
  TenantContext,
  TenantDataSources,
  TenantRegistries,
  type Lease,
  type TenantDataSourcesOptions,
} from '../../../lib/index';
import {countEnumerations} from '../../support/count-enumerations';
import {lookedAt} from '../../support/first-look';
import {isLong} from '../../support/long-form';

type Any = any;

const OTHERS = isLong ? 1_000 : 150;
/** The steps of a walk over the others, nearly. */
const WALK = OTHERS - 10;
const acme = 'acme';

interface World {
  readonly registries: TenantRegistries;
  readonly sources: TenantDataSources;
  /** Called at the end: lets everything go that the others wait for. */
  readonly ends: (() => unknown)[];
}

const busy = ({registries, ends}: World, tenant: string): Lease => {
  const lease = registries.acquire(tenant);
  ends.push(() => lease.release());
  return lease;
};

/** What all the other tenants are doing meanwhile. */
const STATES: Record<string, (world: World, tenant: string) => unknown> = {
  'are reloaded, with work in flight on their datasources': (world, tenant) => {
    busy(world, tenant).run(() => world.sources.get(tenant));
    void world.registries.reload(tenant);
    world.sources.get(tenant);
  },
  'are evicted, with work in flight': (world, tenant) => {
    busy(world, tenant);
    world.registries.evict(tenant);
  },
  'are idle and evicted, and come back when they are used': (world, tenant) => {
    busy(world, tenant);
    world.registries.evictIdle(tenant);
  },
  'are suspended, with work in flight': (world, tenant) => {
    busy(world, tenant);
    void world.registries.suspend(tenant);
  },
  'are being offboarded': (world, tenant) => {
    busy(world, tenant);
    world.ends.push(() => report);
    const report = world.registries.offboard(tenant);
  },
  'were offboarded': ({registries}, tenant) => registries.offboard(tenant),
  'were reloaded often, with work in flight in each generation': (world, tenant) => {
    for (let time = 0; time < 2; time++) {
      busy(world, tenant);
      void world.registries.reload(tenant);
    }
  },
  'have datasources, each with a context that uses it': (world, tenant) => {
    busy(world, tenant).run(() => world.sources.get(tenant));
  },
  'have contexts that have ended, and wait for the end of their grace': ({registries}, tenant) => {
    registries.run(tenant, () => {});
  },
  'have models, also on a datasource of their own': ({registries}, tenant) => {
    lookedAt((new ModelBuilder({registries, tenant}) as Any).define('Order', {at: {street: String}}));
    new DataSource({connector: 'memory', modelRegistry: {registries, tenant}}).createModel('Row', {name: String});
  },
};

const OPERATIONS: Record<string, (world: World) => unknown> = {
  'for, peek, inspect, state and settings': ({registries}) => {
    registries.for(acme);
    registries.peek(acme);
    registries.inspect(acme);
    registries.state(acme);
    registries.settings(acme);
    registries.activeContexts(acme);
  },
  'a context, a lease and their ends': ({registries}) => {
    registries.run(acme, () => registries.current());
    registries.acquire(acme).release();
    TenantContext.run(acme, () => TenantContext.run('globex', () => {}));
  },
  evict: ({registries}) => registries.evict(acme),
  'evict as idle, and come back': ({registries}) => {
    registries.evictIdle(acme);
    registries.for(acme);
  },
  'evict with work in flight, which ends': world => {
    const lease = world.registries.acquire(acme);
    world.registries.evict(acme);
    lease.release();
  },
  'reload with work in flight, which ends': async world => {
    const lease = world.registries.acquire(acme);
    lease.run(() => world.sources.get(acme));
    const reloading = world.registries.reload(acme);
    world.sources.get(acme);
    lease.release();
    await reloading;
  },
  'suspend and resume': async ({registries}) => {
    await registries.suspend(acme);
    registries.resume(acme);
  },
  'offboard and reinstate': async ({registries}) => {
    await registries.offboard(acme);
    registries.reinstate(acme);
    registries.for(acme);
  },
  configure: ({registries}) => {
    registries.evict(acme);
    registries.configure(acme, {a: 1});
  },
  'get a datasource': ({sources}) => sources.get(acme),
  'close a datasource': async ({sources}) => {
    sources.get(acme);
    await sources.close(acme);
  },
  'close a datasource with work in flight, which ends': async ({registries, sources}) => {
    const lease = registries.acquire(acme);
    lease.run(() => sources.get(acme));
    const closing = sources.close(acme);
    sources.get(acme);
    lease.release();
    await closing;
  },
  'a datasource that cannot be connected': async ({sources}) => {
    await sources.ensure('broken').catch(() => {});
  },
  'define, make rows and delete': async ({registries}) => {
    const dataSource: Any = new DataSource({connector: 'memory', modelRegistry: {registries, tenant: acme}});
    const Row = dataSource.createModel('Row', {name: String, at: {street: String}});
    await Row.create({name: 'x', at: {street: 's'}});
    dataSource.deleteModelByName('Row');
  },
};

const connector = {
  initialize(dataSource: Any, callback: (error?: Error) => void) {
    dataSource.connector = {
      connect: (done: (error?: Error) => void) => done(new Error('away')),
      disconnect: (done: () => void) => done(),
    };
    process.nextTick(callback);
  },
};

describe(`With ${OTHERS} other tenants, no operation goes through them`, () => {
  for (const [state, put] of Object.entries(STATES)) {
    it(`while they ${state}`, async () => {
      const registries = new TenantRegistries({lastContextGrace: 3_600_000, max: OTHERS + 10, maxModels: Infinity});
      const create: TenantDataSourcesOptions['create'] = tenant => ({connector: tenant === 'broken' ? connector : 'memory'});
      const world: World = {registries, sources: new TenantDataSources({registries, create, max: Infinity}), ends: []};
      try {
        await Promise.all(Array.from({length: OTHERS}, (_, number) => put(world, `other-${number}`)));
        const found: string[] = [];
        for (const [name, operate] of Object.entries(OPERATIONS)) {
          const enumerations = countEnumerations(WALK);
          try {
            await operate(world);
          } finally {
            enumerations.stop();
          }
          found.push(...enumerations.long.map(where => `${name}: ${where}`));
        }
        expect(found).to.deep.equal([]);
      } finally {
        for (const end of world.ends) void end();
        await registries.shutdown({drainTimeout: 0});
      }
    });
  }

  it('this spec sees a walk over them', async () => {
    const registries = new TenantRegistries({max: OTHERS});
    for (let number = 0; number < OTHERS; number++) registries.for(`other-${number}`);
    const enumerations = countEnumerations(WALK);
    registries.tenants();
    enumerations.stop();
    expect(enumerations.long).not.to.deep.equal([]);
    await registries.dispose();
  });
});
