import {queryObjects} from 'node:v8';
import {
  ModelRegistry,
  ScopedRegistryError,
  TenantContext,
  TenantRegistries,
  type EndReason,
  type TenantState,
} from '../../lib/index';
import {tenantsAtWork} from '../../lib/lifecycle/context/cohort';
import {Context} from '../../lib/lifecycle/context/context';
import {Drain} from '../../lib/lifecycle/generations/drain';
import {Offboarding} from '../../lib/lifecycle/leaving/offboarding';
import {liveByV8, nextJob} from './live-classes';
import {liveCohorts} from './live-cohorts';
import {tenantDataSource, type AnyDataSource, type AnyModel} from './service';

const TENANTS = 200;
/** Requests at a time. */
const WORKERS = 24;

/** Codes that a request may be answered with while its tenant is let go of. */
const ALLOWED = new Set(['TENANT_SUSPENDED', 'TENANT_OFFBOARDED', 'REGISTRY_DISPOSED']);

/** mulberry32: the same seed, the same numbers. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface TrafficResult {
  readonly requests: number;
  /** Requests that met a documented error, by its code. */
  readonly refused: Readonly<Record<string, number>>;
  readonly done: Readonly<Record<string, number>>;
  /** Everything that is not as it should be; none, where all is well. */
  readonly problems: readonly string[];
}

/** Mixed traffic of 200 tenants, with everything that can happen to them at random, and what was wrong with it. */
export async function trafficUnderLifecycles(duration: number, seed: number): Promise<TrafficResult> {
  const before = counts();
  const traffic = new Traffic(seed);
  await traffic.run(duration);
  await traffic.settle();
  traffic.compareStats();
  await nextJob();
  traffic.compareLive(before);
  await traffic.leave();
  await nextJob();
  traffic.compareGone(before);
  const {requests, refused, done, problems} = traffic;
  return {requests, refused, done, problems: [...problems].slice(0, 20)};
}

function count(of: Function): number {
  return queryObjects(of, {format: 'count'});
}

/** What lives, counted by V8. */
function live() {
  return {...liveByV8(), registries: count(ModelRegistry)};
}

/** The same, with what work in flight is made of. */
function counts() {
  const [contexts, drains, offboardings] = [Context, Drain, Offboarding].map(count);
  return {...live(), contexts, drains, offboardings, cohorts: liveCohorts()};
}

class Traffic {
  readonly #random: () => number;
  readonly #registries = new TenantRegistries({max: 60, maxModels: 2_000, idleTtl: 400});
  /**
   * One for all tenants, and one for each of the first. Their connectors keep nothing: what a keeping connector keeps of the asynchronous
   * context are the contexts themselves, and these are counted here.
   */
  readonly #following: AnyDataSource = tenantDataSource(this.#registries);
  readonly #bound = new Map<string, AnyDataSource>();
  readonly #late = new Set<Promise<void>>();
  readonly #reports = new Set<Promise<unknown>>();
  readonly #told = {built: 0, ended: {} as Partial<Record<EndReason, number>>};
  /** What the verbs said that they did. */
  readonly #asked = {offboarded: 0};
  readonly problems = new Set<string>();
  readonly refused: Record<string, number> = {};
  readonly done: Record<string, number> = Object.fromEntries(
    [
      'following',
      'bound',
      'nested',
      'lease',
      'late',
      'evict',
      'reload',
      'suspend',
      'resume',
      'offboard',
      'reinstate',
      'shed',
    ].map(name => [name, 0]),
  );
  requests = 0;

  constructor(seed: number) {
    this.#random = random(seed);
    this.#registries.observe({
      built: () => this.#told.built++,
      ended: ({reason}) => (this.#told.ended[reason] = (this.#told.ended[reason] ?? 0) + 1),
    });
  }

  async run(duration: number): Promise<void> {
    const start = Date.now();
    // on a busy machine it takes longer until each thing has happened
    const isOver = () => Date.now() - start >= duration * (Object.values(this.done).includes(0) ? 10 : 1);
    const until = async (work: () => Promise<void> | void) => {
      while (!isOver()) {
        await work();
        await this.#pause();
      }
    };
    await Promise.all([
      ...Array.from({length: WORKERS}, () => until(() => this.#request())),
      ...Array.from({length: 3}, () => until(() => this.#letGo())),
    ]);
  }

  /** Waits for all that is under way, and takes every tenant that is suspended or gone back in. */
  async settle(): Promise<void> {
    await Promise.all(this.#late);
    await Promise.all(this.#reports);
    await new Promise(resolve => setTimeout(resolve, 20));
  }

  async #request(): Promise<void> {
    this.requests++;
    const tenant = this.#tenant();
    const kind = this.#pick(['following', 'following', 'bound', 'nested', 'lease', 'late'] as const);
    await this.#expectingCodes(tenant, kind, () => this.#kinds[kind](tenant));
    this.done[kind]++;
  }

  readonly #kinds = {
    following: (tenant: string) => TenantContext.run(tenant, () => this.#work(tenant, this.#following)),

    bound: (tenant: string) => {
      const work = () => this.#work(tenant, this.#boundTo(tenant));
      return this.#random() < 0.5 ? work() : this.#registries.run(tenant, work);
    },

    nested: (tenant: string) =>
      TenantContext.run(tenant, async () => {
        const other = this.#tenant();
        TenantContext.set('tenant', tenant);
        await this.#work(tenant, this.#following);
        await this.#expectingCodes(other, 'nested', () =>
          TenantContext.run(other, async () => {
            this.#check(other === tenant || TenantContext.get('tenant') === undefined, `${other} reads a value of ${tenant}`);
            await this.#work(other, this.#following);
            await TenantContext.run(tenant, () => this.#work(tenant, this.#following));
          }),
        );
        this.#check(TenantContext.get('tenant') === tenant, `${tenant} lost its value`);
        await this.#work(tenant, this.#following);
      }),

    lease: async (tenant: string) => {
      const lease = this.#registries.acquire(tenant);
      try {
        for (let i = 0; i < 3; i++) {
          await lease.run(() => this.#work(tenant, this.#following));
          const registry = lease.run(() => this.#registries.for(tenant));
          this.#check(
            registry === lease.registry,
            `A lease of ${tenant} on ${lease.registry.generation}, disposed: ${lease.registry.disposed}, got ${registry.generation}`,
          );
          await this.#pause();
        }
      } finally {
        lease.release();
      }
    },

    late: (tenant: string) => {
      TenantContext.run(tenant, () => {
        const work = () => this.#expectingCodes(tenant, 'late', () => this.#work(tenant, this.#following));
        const late = new Promise<void>(resolve => setTimeout(() => void work().then(resolve), this.#random() * 30));
        this.#late.add(late);
        void late.then(() => this.#late.delete(late));
      });
    },
  };

  /** A model that is defined again and again, with embedded ones; a row of it, which is this tenant's and no other's. */
  async #work(tenant: string, dataSource: AnyDataSource): Promise<void> {
    const shape = {[`of-${tenant}`]: String, place: {lat: Number, lng: Number}};
    // a tenant's names are the same in all of its datasources
    const name = this.#pick(dataSource === this.#following ? ['Customer', 'Order'] : ['Invoice', 'Product']);
    let Model: AnyModel = dataSource.models[name];
    if (!Model || this.#random() < 0.2)
      Model = dataSource.createModel(name, {tenant: String, custom: shape, items: [{sku: String}]});
    this.#checkClass(tenant, Model);
    const row = await Model.create({tenant, custom: {[`of-${tenant}`]: tenant, place: {lat: '1'}}, items: [{sku: 1}]});
    this.#check(row instanceof Model, `A row of ${tenant} is of another class`);
    this.#checkRow(tenant, row);
    const shared = dataSource === this.#following;
    const rows = await Model.find(shared ? {where: {tenant}, limit: 3} : {limit: 3});
    for (const found of rows) {
      this.#check(found instanceof Model, `A row that ${tenant} found is of another class`);
      this.#checkRow(tenant, found);
    }
    await row.destroy();
  }

  #checkClass(tenant: string, Model: AnyModel): void {
    const properties = Object.keys(Model.definition.properties.custom.type.definition.properties);
    this.#check(properties.includes(`of-${tenant}`), `${tenant} got a class with ${properties.join()}`);
  }

  #checkRow(tenant: string, row: AnyModel): void {
    this.#check(row.tenant === tenant, `${tenant} got a row of ${row.tenant}`);
    this.#check(row.custom[`of-${tenant}`] === tenant && row.custom.place.lat === 1, `${tenant} got ${JSON.stringify(row)}`);
  }

  #letGo(): void {
    const registries = this.#registries;
    const verb = this.#pick([
      ...(['evict', 'evict', 'reload', 'reload', 'suspend', 'resume', 'offboard', 'offboard', 'reinstate', 'shed'] as const),
    ]);
    const drainTimeout = this.#pick([0, 1, 20, 1_000]);
    const tenant = this.#tenant();
    const state = registries.state(tenant);
    try {
      switch (verb) {
        case 'evict':
          return this.#count(verb, registries.evict(tenant));
        case 'reload':
          this.#report(registries.reload(tenant, {drainTimeout}));
          return this.#count(verb);
        case 'suspend':
          this.#report(registries.suspend(tenant, {drainTimeout}));
          return this.#count(verb);
        case 'offboard':
          if (state !== 'offboarding' && state !== 'offboarded') this.#asked.offboarded++;
          this.#report(registries.offboard(tenant, {drainTimeout}));
          return this.#count(verb);
        case 'shed':
          return this.#count(verb, registries.shed(this.#pick([1, 50, 500])).tenants > 0);
        case 'resume':
          for (const one of this.#some(['suspended'])) this.#count(verb, registries.resume(one));
          return;
        case 'reinstate':
          for (const one of this.#some(['offboarding', 'offboarded'])) this.#count(verb, registries.reinstate(one));
      }
    } catch (error) {
      this.#met(tenant, verb, error);
    }
  }

  /** Half of the tenants in these states, or they would all be gone before long. */
  #some(states: readonly TenantState[]): string[] {
    const all = this.#registries.tenants().filter(({state}) => states.includes(state));
    return all.map(({tenant}) => tenant).filter(() => this.#random() < 0.5);
  }

  #report(report: Promise<{errors?: readonly unknown[]; hookErrors?: readonly unknown[]; tenant: string}>): void {
    const noted = report.then(
      ({tenant, errors = [], hookErrors = []}) => {
        for (const error of [...errors, ...hookErrors]) this.problems.add(`A report of ${tenant} has an error: ${String(error)}`);
      },
      (error: unknown) => this.problems.add(`A verb rejected: ${String(error)}`),
    );
    this.#reports.add(noted);
    void noted.then(() => this.#reports.delete(noted));
  }

  #count(verb: string, happened = true): void {
    if (happened) this.done[verb]++;
  }

  /** Stats agree with the events, the verbs and each other. */
  compareStats(): void {
    const registries = this.#registries;
    const {hits, misses, endings, leaving, tenants, models, suspended, tombstones, offboarded} = registries.stats();
    this.#equal('built and missed', this.#told.built, misses);
    this.#check(hits > 0, 'no hits');
    for (const [reason, count] of Object.entries(endings)) {
      this.#equal(`ended by ${reason}`, this.#told.ended[reason as EndReason] ?? 0, count);
    }
    this.#equal('leaving', leaving, 0);
    this.#equal('offboarded', offboarded, this.#asked.offboarded);
    this.#check(endings.manual <= this.done.evict, 'more tenants were evicted by hand than asked');
    const snapshots = registries.tenants();
    const inState = (state: string) => snapshots.filter(snapshot => snapshot.state === state).length;
    const memory = registries.getMemoryStats();
    for (const [state, count] of Object.entries(memory.tenants)) this.#equal(`tenants ${state}`, count, inState(state));
    this.#equal('suspended', suspended, inState('suspended'));
    this.#equal('tombstones', tombstones, inState('offboarded'));
    const held = snapshots.filter(({since}) => since !== undefined);
    this.#equal('held', tenants, held.length);
    const classes = held.reduce((sum, snapshot) => sum + Math.max(1, snapshot.models + snapshot.embeddedModels), 0);
    this.#equal('classes held', models, classes);
    this.#equal('active contexts', memory.activeContexts, 0);
    this.#equal('tenants at work', tenantsAtWork().size, 0);
    for (let i = 0; i < TENANTS; i++) {
      const {tenant, activeContexts, operations} = registries.inspect(`tenant-${i}`);
      this.#equal(`contexts of ${tenant}`, activeContexts, 0);
      this.#equal(`operations of ${tenant}`, operations, 0);
    }
  }

  /** Exactly the classes of the tenants that are held live. */
  compareLive(before: ReturnType<typeof counts>): void {
    const now = live();
    const {tenants} = this.#registries.stats();
    const {modelCount} = this.#registries.getMemoryStats();
    const empty = this.#registries.tenants().filter(({since, models}) => since !== undefined && models === 0).length;
    this.#equal('live classes', now.classes - before.classes, modelCount - empty);
    this.#equal('live instances', now.instances, before.instances);
    // the shared one lives with the set
    this.#equal('live registries', now.registries - before.registries, tenants + 1);
    for (const {tenant, classes, reason} of this.#registries.findLeaks()) {
      this.problems.add(`${tenant}, ended by ${reason}, has left ${classes} classes`);
    }
  }

  async leave(): Promise<void> {
    const {errors} = await this.#registries.shutdown();
    for (const error of errors) this.problems.add(`The shutdown has an error: ${String(error)}`);
  }

  compareGone(before: ReturnType<typeof counts>): void {
    const now = counts();
    this.#equal('live classes after the shutdown', now.classes, before.classes);
    this.#equal('live instances after the shutdown', now.instances, before.instances);
    this.#equal('live registries after the shutdown', now.registries, before.registries + 1);
    this.#compareIdle(before, now);
  }

  /** Nothing of work that is over is kept. */
  #compareIdle(before: ReturnType<typeof counts>, now: ReturnType<typeof counts>): void {
    for (const kind of ['cohorts', 'contexts', 'drains', 'offboardings'] as const) {
      this.#equal(`${kind} kept`, now[kind] - before[kind], 0);
    }
  }

  async #expectingCodes(tenant: string, kind: string, work: () => unknown): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#met(tenant, kind, error);
    }
  }

  #met(tenant: string, kind: string, error: unknown): void {
    if (error instanceof ScopedRegistryError && ALLOWED.has(error.code)) {
      this.refused[error.code] = (this.refused[error.code] ?? 0) + 1;
    } else this.problems.add(`${tenant}, ${kind}: ${error instanceof Error ? error.stack : String(error)}`);
  }

  #boundTo(tenant: string): AnyDataSource {
    const dataSource = this.#bound.get(tenant) ?? tenantDataSource(this.#registries, tenant);
    this.#bound.set(tenant, dataSource);
    return dataSource;
  }

  #tenant(): string {
    // some are busy, most are quiet
    return `tenant-${Math.floor(this.#random() ** 2 * TENANTS)}`;
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)];
  }

  #pause(): Promise<void> {
    const wait = this.#random();
    return new Promise(resolve => (wait < 0.7 ? setImmediate(resolve) : setTimeout(resolve, wait * 3)));
  }

  #check(holds: boolean, otherwise: string): void {
    if (!holds) this.problems.add(otherwise);
  }

  #equal(what: string, actual: number, expected: number): void {
    this.#check(actual === expected, `${what}: ${actual}, not ${expected}`);
  }
}
