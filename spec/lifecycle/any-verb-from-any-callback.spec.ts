import {IncomingMessage, ServerResponse} from 'node:http';
import {Socket} from 'node:net';
import {expect} from 'chai';
import fc from 'fast-check';
import {DataSource, TenantContext, TenantDataSources, TenantRegistries, type Lease, type ModelRegistry} from '../../lib/index';
import {TenantRequests} from '../../lib/http/tenant-requests';
import {assertProperty} from '../support/assert-property';
import {FakeClock} from '../support/fake-clock';
import {codeOf, type LifeEvent} from '../support/life-log';
import {isLong} from '../support/long-form';

const TENANTS = ['a', 'b', 'c'] as const;
type Tenant = (typeof TENANTS)[number];

/** Where the library calls a user's code. */
const CALLBACKS = [
  'isTenant',
  'built',
  'leaving',
  'ended',
  'state',
  'beforeOffboard',
  'onOffboard',
  'create',
  'onEnd',
  'onRelease',
  'getter',
  'connect',
  'disconnect',
  'abort',
  'strategy',
  'lookUp',
  'prepare',
] as const;

const CODES = [
  'TENANT_OFFBOARDED',
  'TENANT_SUSPENDED',
  'TENANT_REFUSED',
  'TENANT_BUILT',
  'REGISTRY_DISPOSED',
  'REGISTRIES_DISPOSED',
  'DATASOURCE_CLOSED',
  'CONTEXT_ENDED',
  'NO_TENANT',
];

/** The reasons for which a registry ends for good. */
const FINAL: readonly string[] = ['manual', 'reload', 'offboard', 'shutdown'];

interface Call {
  readonly verb: keyof typeof VERBS;
  readonly tenant: Tenant;
}

interface Reaction extends Call {
  readonly callback: (typeof CALLBACKS)[number];
}

interface Step extends Call {
  readonly reactions: readonly Reaction[];
}

const VERBS = {
  for: (walk: Walk, tenant: Tenant) => walk.took(tenant, walk.registries.for(tenant)),
  acquire(walk: Walk, tenant: Tenant) {
    const lease = walk.registries.acquire(tenant);
    walk.leases.push(lease);
    walk.took(tenant, lease.registry);
    lease.onRelease(() => walk.called('onRelease'));
    lease.signal.addEventListener('abort', () => walk.called('abort'));
  },
  release: (walk: Walk, tenant: Tenant) => walk.leases.find(lease => lease.tenant === tenant && !lease.released)?.release(),
  run: (walk: Walk, tenant: Tenant) =>
    walk.registries.run(tenant, registry => {
      walk.took(tenant, registry);
      TenantContext.current!.onEnd(() => walk.called('onEnd'));
    }),
  define: (walk: Walk, tenant: Tenant) => TenantContext.run(tenant, () => walk.define()),
  get(walk: Walk, tenant: Tenant) {
    if (walk.creating.has(tenant)) expect(codeOf(() => walk.sources.get(tenant))).to.be.oneOf(['INVALID_OPTION', ...CODES]);
    else walk.sources.get(tenant);
  },
  close: (walk: Walk, tenant: Tenant) => walk.promised(walk.sources.close(tenant)),
  evict: (walk: Walk, tenant: Tenant) => walk.registries.evict(tenant),
  evictAll: (walk: Walk) => walk.registries.evictAll(),
  shed: (walk: Walk) => walk.registries.shed(2),
  configure: (walk: Walk, tenant: Tenant) => walk.registries.configure(tenant, {}),
  reload: (walk: Walk, tenant: Tenant) => walk.promised(walk.registries.reload(tenant, {drainTimeout: 10})),
  suspend: (walk: Walk, tenant: Tenant) => walk.promised(walk.registries.suspend(tenant, {drainTimeout: 10})),
  resume: (walk: Walk, tenant: Tenant) => walk.registries.resume(tenant),
  offboard: (walk: Walk, tenant: Tenant) => walk.promised(walk.registries.offboard(tenant, {drainTimeout: 10})),
  reinstate: (walk: Walk, tenant: Tenant) => walk.registries.reinstate(tenant),
  serve: (walk: Walk, tenant: Tenant) => walk.promised(walk.serve(tenant)),
  dispose: (walk: Walk, tenant: Tenant) => walk.registries.peek(tenant)?.dispose(),
  pass: (walk: Walk) => walk.promised(walk.clock.pass(5)),
};

class Walk {
  readonly clock = new FakeClock();
  readonly registries: TenantRegistries;
  readonly sources: TenantDataSources;
  readonly requests: TenantRequests<{tenant: Tenant}>;
  readonly db: any;
  readonly leases: Lease[] = [];
  /** Held, so that an evicted registry comes back as itself. */
  readonly seen = new Set<ModelRegistry>();
  readonly log: LifeEvent[] = [];
  readonly failures: unknown[] = [];
  /** The tenants whose datasource is being made now. */
  readonly creating = new Set<Tenant>();
  reactions: Reaction[] = [];
  #models = 0;

  constructor(readonly max: number) {
    const {clock} = this;
    this.registries = new TenantRegistries({clock, max, idleTtl: 50, isTenant: () => this.called('isTenant')});
    const {registries} = this;
    registries.observe({
      built: event => {
        this.log.push({name: 'built', ...event});
        this.see(event.tenant);
        this.called('built');
      },
      leaving: event => {
        this.log.push({name: 'leaving', ...event});
        this.called('leaving');
      },
      ended: event => {
        this.log.push({name: 'ended', ...event});
        this.called('ended');
      },
      state: () => void this.called('state'),
    });
    registries.beforeOffboard(() => void this.called('beforeOffboard'));
    registries.onOffboard(() => void this.called('onOffboard'));
    this.sources = new TenantDataSources({
      registries,
      clock,
      max: 1,
      create: tenant => {
        this.creating.add(tenant as Tenant);
        try {
          this.called('create');
        } finally {
          this.creating.delete(tenant as Tenant);
        }
        return {connector: this.connector};
      },
    });
    this.requests = new TenantRequests({
      registries,
      tenant: ({tenant}: {tenant: Tenant}) => this.called('strategy') && tenant,
      lookUp: () => this.called('lookUp') && {},
      prepare: () => void this.called('prepare'),
    });
    this.db = new DataSource({connector: 'memory', modelRegistry: {registries}});
  }

  /** A connector that calls back. */
  readonly connector = {
    initialize: (dataSource: any, done: () => void) => {
      dataSource.connector = {
        connect: (answer: (error: null) => void) => {
          this.called('connect');
          answer(null);
        },
        disconnect: (answer: () => void) => {
          this.called('disconnect');
          answer();
        },
      };
      done();
    },
  };

  define(): void {
    const get = () => {
      this.called('getter');
      return {street: String};
    };
    const properties = Object.defineProperty({name: String}, 'nested', {get, enumerable: true});
    const Model = this.db.createModel(`Model${this.#models++ % 3}`, properties);
    Model.definition.properties.nested.type.definition.properties;
  }

  /** A request, from its admission to the end of its answer. */
  async serve(tenant: Tenant): Promise<void> {
    const request = new IncomingMessage(new Socket());
    const response = new ServerResponse(request);
    try {
      const scope = await this.requests.admit(request, response, {tenant});
      scope!.run(() => this.took(tenant, this.registries.current()));
    } catch (error) {
      if (!CODES.includes((error as {code: string}).code)) throw error;
    } finally {
      response.emit('close');
    }
  }

  see(tenant: string): void {
    const registry = this.registries.peek(tenant);
    if (registry) this.seen.add(registry);
  }

  /** A registry that new or running work was given. */
  took(tenant: Tenant, registry: ModelRegistry): void {
    this.seen.add(registry);
    if (registry.tenant !== tenant) throw new Error(`a registry of ${registry.tenant} was given to ${tenant}`);
    if (registry.disposed) throw new Error('a disposed registry was given out');
  }

  promised(promise: Promise<unknown>): void {
    promise.catch((error: unknown) => this.failures.push(error));
  }

  /** The library calls a user's code, which may do anything. */
  called(callback: Reaction['callback']): true {
    const index = this.reactions.findIndex(reaction => reaction.callback === callback);
    if (index >= 0) this.call(this.reactions.splice(index, 1)[0]);
    return true;
  }

  call({verb, tenant}: Call): void {
    try {
      VERBS[verb](this, tenant);
    } catch (error) {
      if (!CODES.includes((error as {code: string}).code)) throw error;
    }
  }

  async step({reactions, ...call}: Step): Promise<void> {
    this.reactions = [...reactions];
    this.call(call);
    await this.clock.pass(0);
    this.check();
  }

  check(): void {
    const {registries, reactions} = this;
    // the checks themselves ask the gate
    this.reactions = [];
    for (const tenant of TENANTS) {
      const state = registries.state(tenant);
      const held = registries.peek(tenant);
      this.see(tenant);
      if (held) expect(held.disposed).to.equal(false);
      if (state === 'active') expect(held, 'an active tenant is held').not.to.equal(undefined);
      if (state === 'offboarding' || state === 'offboarded') expect(held, `${state} and held`).to.equal(undefined);
      if (this.leases.some(lease => lease.tenant === tenant && !lease.released) || state === 'offboarding') continue;
      const alive = [...this.seen].filter(registry => registry.tenant === tenant && !registry.disposed);
      expect(alive.length, `registries of ${tenant} that live`).to.be.at.most(1);
      for (const registry of alive) expect(registry, 'a registry that no work uses').to.equal(held);
    }
    const ofRegistries = this.log.filter(event => event.name !== 'state');
    for (const {generation} of ofRegistries.filter(({name}) => name === 'built')) {
      const events = ofRegistries.filter(event => event.generation === generation);
      expect(events[0].name, 'the first event of a generation').to.equal('built');
      const final = events.findIndex(event => event.name === 'ended' && FINAL.includes(event.reason));
      if (final >= 0) expect(final, 'a generation ends once, and nothing follows').to.equal(events.length - 1);
    }
    const active = TENANTS.filter(tenant => registries.state(tenant) === 'active');
    expect(registries.stats().tenants).to.be.within(active.length, this.max);
    this.reactions = reactions;
    expect(this.failures).to.deep.equal([]);
  }

  async end(): Promise<void> {
    this.reactions = [];
    for (const lease of this.leases) lease.release();
    await this.clock.pass(1_000);
    this.check();
    expect(this.registries.stats().leaving).to.equal(0);
    for (const tenant of TENANTS) {
      if (this.registries.reinstate(tenant) || this.registries.resume(tenant)) await this.clock.pass(0);
      expect(this.registries.for(tenant).disposed).to.equal(false);
    }
    await this.registries.dispose();
    for (const registry of this.seen) expect(registry.disposed).to.equal(true);
    expect(this.clock.pending).to.equal(0);
    expect(this.sources.stats().open).to.equal(0);
  }
}

/** Makes room for a registry that comes back; an observer of that evicts it by hand. Random steps find it after some 1,200 runs. */
const CAME_BACK_AND_ENDED: Step[] = [
  {verb: 'for', tenant: 'b', reactions: []},
  {verb: 'acquire', tenant: 'a', reactions: []},
  {verb: 'for', tenant: 'b', reactions: [{verb: 'evictAll', tenant: 'a', callback: 'leaving'}]},
];

describe('Any verb from any callback', () => {
  const call = {
    verb: fc.constantFrom(...(Object.keys(VERBS) as (keyof typeof VERBS)[])),
    tenant: fc.constantFrom(...TENANTS),
  };
  const reaction = fc.record({...call, callback: fc.constantFrom(...CALLBACKS)});
  // a reaction that concerns the same tenant is the one that can do harm
  const step = fc
    .record({...call, reactions: fc.array(reaction, {maxLength: 4}), same: fc.boolean()})
    .map(({same, reactions, verb, tenant}) => ({
      verb,
      tenant,
      reactions: same ? reactions.map(reaction => ({...reaction, tenant})) : reactions,
    }));

  it('leaves one registry to each tenant, none to one that was offboarded, and never gives out a disposed one', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => void unhandled.push(error);
    process.on('unhandledRejection', note);
    const property = fc.asyncProperty(
      fc.integer({min: 1, max: 3}),
      fc.array(step, {minLength: 1, maxLength: 12}),
      async (max, steps) => {
        const walk = new Walk(max);
        try {
          for (const one of steps) await walk.step(one);
          await walk.end();
        } finally {
          for (const lease of walk.leases) lease.release();
        }
      },
    );
    try {
      await assertProperty(property, isLong ? 2_000 : 800, {examples: [[1, CAME_BACK_AND_ENDED]]});
    } finally {
      process.off('unhandledRejection', note);
    }
    expect(unhandled).to.deep.equal([]);
  });
});

describe('A callback that runs while a tenant is built', () => {
  let work: ((registries: TenantRegistries) => unknown) | undefined;
  const call = () => {
    const once = work;
    work = undefined;
    once?.(registries);
    return true;
  };
  let registries: TenantRegistries;
  beforeEach(() => {
    registries = new TenantRegistries({max: 1, isTenant: call});
    registries.for('other');
  });
  afterEach(() => registries.dispose());

  const CALLERS: Record<string, () => unknown> = {
    isTenant: () => {},
    'an observer of `built`': () => registries.observe({built: () => void call()}),
    'an observer of `ended`, of the tenant that makes room,': () => registries.observe({ended: () => void call()}),
  };
  for (const [caller, prepare] of Object.entries(CALLERS)) {
    const isGate = caller === 'isTenant';
    const react = (reaction: typeof work) => {
      prepare();
      // the gate is called first in any case
      work = isGate ? reaction : () => (work = reaction);
    };

    it(`may offboard the tenant: it is not built and not given out (${caller})`, async () => {
      react(() => void registries.offboard('acme'));
      expect(codeOf(() => registries.for('acme'))).to.equal('TENANT_OFFBOARDED');
      expect([registries.peek('acme'), codeOf(() => registries.for('acme'))]).to.deep.equal([undefined, 'TENANT_OFFBOARDED']);
      await registries.offboard('acme');
      expect(registries.state('acme')).to.equal('offboarded');
    });

    it(`may dispose the registries: no tenant is built (${caller})`, async () => {
      react(() => void registries.dispose());
      expect(codeOf(() => registries.for('acme'))).to.equal('REGISTRIES_DISPOSED');
      expect(registries.peek('acme')).to.equal(undefined);
    });

    it(`may use the tenant: both get the same registry (${caller})`, () => {
      let within: ModelRegistry | undefined;
      react(() => (within = registries.for('acme')));
      expect(registries.for('acme')).to.equal(within);
      expect(registries.stats()).to.include({tenants: 1});
    });

    it(`may evict or reload the tenant: no disposed registry is given out (${caller})`, () => {
      react(() => {
        registries.evict('acme');
        void registries.reload('acme');
      });
      let got: ModelRegistry | undefined;
      const code = codeOf(() => (got = registries.for('acme')));
      expect(code === 'REGISTRY_DISPOSED' || !got!.disposed).to.equal(true);
      expect(registries.for('acme').disposed).to.equal(false);
    });
  }
});
