import {expect} from 'chai';
import type {TenantRegistries, TenantRegistriesOptions} from '../../lib/index';
import {MOST_IDLE_COHORTS} from '../../lib/lifecycle/context/cohort';
import {collectGarbage} from '../../lib/lifecycle/generations/garbage-collection';
import {FakeClock} from '../support/fake-clock';
import {nextJob} from '../support/live-classes';
import {isLong} from '../support/long-form';
import {TrackedTables} from '../support/tracked-tables';

type Any = any;

/** Tenants that come and go. The tables are looked at after each round of them. */
const ROUNDS = isLong ? 10 : 4;
const ROUND = isLong ? 1_000 : 80;

interface Visitors {
  readonly registries: TenantRegistries;
  readonly clock: FakeClock;
  readonly tables: TrackedTables;
  /** Made once, of what the visits share. */
  shared?: Any;
}

const OPTIONS: TenantRegistriesOptions = {max: 50, maxTombstones: 50};

const swallow = (work: () => unknown): void => {
  try {
    work();
  } catch {
    // refused, because the table is full
  }
};

/** Each way in which a tenant's code, or what a client sends for it, comes into the process. */
const VISITS: Record<
  string,
  {visit(visitors: Visitors, tenant: string, number: number): unknown; options?: TenantRegistriesOptions}
> = {
  for: {visit: ({registries}, tenant) => registries.for(tenant)},
  'for a tenant that is refused': {
    options: {isTenant: () => false},
    visit: ({registries}, tenant) => swallow(() => registries.for(tenant)),
  },
  'peek, state, inspect and settings': {
    visit({registries}, tenant) {
      for (const ask of ['peek', 'state', 'inspect', 'settings', 'activeContexts'] as const) registries[ask](tenant);
    },
  },
  'a context': {visit: ({tables}, tenant) => tables.library.TenantContext.run(tenant, () => {})},
  'a context within another': {
    visit: ({tables: {library}}, tenant) => library.TenantContext.run('outer', () => library.TenantContext.run(tenant, () => {})),
  },
  'a context that ends, with a grace of an hour': {
    options: {lastContextGrace: 3_600_000},
    visit: ({registries}, tenant) => registries.run(tenant, () => {}),
  },
  'a lease that is released, with a grace of an hour and limits that evict at once': {
    options: {lastContextGrace: 3_600_000, max: 1},
    visit: ({registries}, tenant) => registries.acquire(tenant).release(),
  },
  evict: {
    visit({registries}, tenant) {
      registries.for(tenant);
      registries.evict(tenant);
    },
  },
  'evict as idle': {
    visit({registries}, tenant) {
      registries.for(tenant);
      registries.evictIdle(tenant);
    },
  },
  'evict and reload, with work in flight that ends': {
    async visit({registries}, tenant) {
      const leases = [registries.acquire(tenant)];
      registries.evict(tenant);
      leases.push(registries.acquire(tenant));
      const reloading = registries.reload(tenant);
      for (const lease of leases) lease.release();
      await reloading;
    },
  },
  'suspend and resume': {
    async visit({registries}, tenant) {
      await registries.suspend(tenant);
      registries.resume(tenant);
    },
  },
  'suspend until no more can be suspended': {visit: ({registries}, tenant) => swallow(() => void registries.suspend(tenant))},
  'configure until no more can be configured': {
    visit: ({registries}, tenant) => swallow(() => registries.configure(tenant, {a: 1})),
  },
  offboard: {visit: ({registries}, tenant) => registries.offboard(tenant)},
  'offboard and reinstate': {
    async visit({registries}, tenant) {
      registries.for(tenant);
      await registries.offboard(tenant);
      registries.reinstate(tenant);
    },
  },
  'dispose of a registry': {visit: ({registries}, tenant) => registries.for(tenant).dispose()},
  'a datasource of a TenantDataSources': {
    visit(visitors, tenant) {
      const {registries, tables} = visitors;
      visitors.shared ??= new tables.library.TenantDataSources({registries, create: () => ({connector: 'memory'}), max: 20});
      visitors.shared.get(tenant);
    },
  },
  'a datasource of a TenantDataSources, reloaded and closed': {
    async visit(visitors, tenant) {
      const {registries, tables} = visitors;
      visitors.shared ??= new tables.library.TenantDataSources({registries, create: () => ({connector: 'memory'}), max: 20});
      const lease = registries.acquire(tenant);
      lease.run(() => visitors.shared.get(tenant));
      const reloading = registries.reload(tenant);
      visitors.shared.get(tenant);
      lease.release();
      await reloading;
      await visitors.shared.close(tenant);
    },
  },
  'models with names and structures of its own': {
    options: {max: 5},
    visit({registries, tables}, tenant, number) {
      const builder: Any = new tables.library.ModelBuilder({registries, tenant});
      const document = {[`name${number}`]: {[`street${number}`]: 1}};
      new (builder.buildModelFromInstance(`Model${number}`, document, {}))(document);
    },
  },
  'a look-up that finds the tenant': {
    visit: (visitors, tenant) => request(visitors, tenant, async () => ({db: tenant})),
  },
  'a look-up that fails': {visit: (visitors, tenant) => request(visitors, tenant, () => Promise.reject(new Error('away')))},
  'a look-up that does not find the tenant, in the time for which that is remembered': {
    visit(visitors, tenant) {
      visitors.clock.jump(100);
      return request(visitors, tenant, async () => undefined);
    },
  },
  'a request that is malformed': {visit: (visitors, tenant) => request(visitors, `${tenant} `, async () => ({}))},
  'a context of compat': {
    visit({registries, tables: {compat}}, tenant) {
      (compat.registryManager as Any).registries = registries;
      return compat.Context.runAsTenant(tenant, () => {});
    },
  },
};

/** A request as the middleware gets it, without a socket. Answered when the lease is over. */
async function request(visitors: Visitors, tenant: string, lookUp: () => Promise<object | undefined>): Promise<void> {
  const {registries, clock, tables} = visitors;
  const {EventEmitter} = await import('node:events');
  visitors.shared ??= tables.http.tenantMiddleware({
    tenant: (asked: Any) => asked.tenant,
    registries,
    clock,
    lookUp: () => visitors.shared.lookUp(),
  });
  visitors.shared.lookUp = lookUp;
  const incoming = Object.assign(new EventEmitter(), {tenant, headers: {}, readableEnded: true});
  const response = Object.assign(new EventEmitter(), {
    setHeader: () => {},
    headersSent: false,
    writableEnded: false,
    destroyed: false,
  });
  await new Promise<void>(resolve => void visitors.shared(incoming, response, () => resolve()));
  response.emit('close');
}

describe(`Tables hold no more when ${ROUNDS * ROUND} tenants have come and gone than after the first ${2 * ROUND}:`, () => {
  let tables: TrackedTables;

  before(() => {
    tables = new TrackedTables();
    // the fixed number of cohorts that are kept for the next contexts of their tenants
    for (let number = 0; number < MOST_IDLE_COHORTS; number++) tables.library.TenantContext.run(`earlier-${number}`, () => {});
  });
  after(() => tables.restore());

  for (const [way, {visit, options}] of Object.entries(VISITS)) {
    it(way, async () => {
      const clock = new FakeClock();
      const registries = new tables.library.TenantRegistries({clock, ...OPTIONS, ...options});
      const visitors: Visitors = {registries, clock, tables};
      const begin = tables.entries();
      const held: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        for (let number = 0; number < ROUND; number++) {
          const visited = visit(visitors, `tenant-${round}-${number}`, round * ROUND + number);
          if (visited instanceof Promise) await visited;
        }
        // weak tables drop what is dead
        await nextJob();
        collectGarbage();
        held.push(tables.entries() - begin);
      }
      expect(held.at(-1)! - held[1], held.join(' ')).to.be.below(1.5 * ROUND);
      await registries.shutdown({drainTimeout: 0});
    });
  }
});
