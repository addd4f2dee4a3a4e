import {queryObjects} from 'node:v8';
import {expect} from 'chai';
import fc from 'fast-check';
import {TenantRegistries, type Lease, type ModelRegistry, type TenantState} from '../../lib/index';
import {tenantsAtWork} from '../../lib/lifecycle/context/cohort';
import {Context} from '../../lib/lifecycle/context/context';
import {Drain} from '../../lib/lifecycle/generations/drain';
import {assertProperty} from '../support/assert-property';
import {FakeClock} from '../support/fake-clock';
import {codeOf, lifeLog} from '../support/life-log';
import {nextJob} from '../support/live-classes';
import {liveCohorts} from '../support/live-cohorts';

const VERBS = ['use', 'acquire', 'nest', 'useWithin', 'release', 'evict', 'lru', 'shed'] as const;
const MORE = ['reload', 'suspend', 'resume', 'offboard', 'reinstate', 'pass'] as const;
const GRACE = 100;

interface Step {
  readonly verb: (typeof VERBS)[number] | (typeof MORE)[number];
  readonly pick: number;
}

/** Work in flight; what is nested in it is part of it. */
interface Work {
  readonly lease: Lease;
  readonly root: object;
}

/** A generation that was let go, and the work that it waits for. */
interface Leaving {
  readonly registry: ModelRegistry;
  readonly work: ReadonlySet<object>;
}

interface Ending {
  readonly registries: readonly Leaving[];
  readonly work: ReadonlySet<object>;
  readonly deadline: number;
}

/** What a tenant is, in a few lines: every verb is done to this and to the registries, and both must agree. */
class Model {
  readonly clock = new FakeClock();
  readonly registries = new TenantRegistries({clock: this.clock, max: 1, idleTtl: Infinity});
  readonly log = lifeLog(this.registries);
  /** Held, so that what was evicted comes back as itself. */
  readonly seen = new Set<ModelRegistry>();
  works: Work[] = [];
  refusal: 'suspended' | 'offboarding' | 'offboarded' | undefined;
  suspended = new Set<object>();
  current: ModelRegistry | undefined;
  evicted: ModelRegistry | undefined;
  evictedWork = new Set<object>();
  leaving: Leaving[] = [];
  endings: Ending[] = [];

  async step({verb, pick}: Step): Promise<void> {
    const {registries, clock} = this;
    const work = this.works[pick % Math.max(1, this.works.length)] as Work | undefined;
    if (verb === 'use') this.use(undefined, () => registries.for('acme'));
    else if (verb === 'useWithin' && work) this.use(work, () => work.lease.run(() => registries.for('acme')));
    else if (verb === 'acquire') this.use(undefined, () => this.begin(registries.acquire('acme'), {}));
    else if (verb === 'nest' && work)
      this.use(work, () => work.lease.run(() => this.begin(registries.acquire('acme'), work.root)));
    else if (verb === 'release' && work) this.release(work);
    else if (verb === 'pass') await clock.pass(GRACE / 2);
    else if (verb === 'lru') this.lru();
    else if (verb === 'evict') expect(registries.evict('acme')).to.equal(this.evict());
    else if (verb === 'shed') expect(registries.shed(1_000_000).tenants).to.be.at.least(this.shed());
    else if (verb === 'reload')
      this.verb(
        () => registries.reload('acme', {drainTimeout: GRACE}),
        () => this.replace(),
      );
    else if (verb === 'suspend')
      this.verb(
        () => registries.suspend('acme', {drainTimeout: GRACE}),
        () => this.suspend(),
      );
    else if (verb === 'resume') expect(registries.resume('acme')).to.equal(this.lift(['suspended']));
    else if (verb === 'offboard')
      this.verb(
        () => registries.offboard('acme', {drainTimeout: GRACE}),
        () => this.offboard(),
      );
    else if (verb === 'reinstate') expect(registries.reinstate('acme')).to.equal(this.lift(['offboarding', 'offboarded']));
    await clock.pass(0);
    this.settle();
    this.check();
  }

  begin(lease: Lease, root: object): ModelRegistry {
    this.works.push({lease, root});
    return lease.registry;
  }

  roots(): Set<object> {
    return new Set(this.works.map(({root}) => root));
  }

  /** The work in flight that no generation that was let go waits for: the rest never gets to a later one. */
  unclaimed(claims: readonly {readonly work: ReadonlySet<object>}[]): Set<object> {
    return new Set([...this.roots()].filter(root => !claims.some(({work}) => work.has(root))));
  }

  /** A use by new work, or by work in flight. */
  use(work: Work | undefined, use: () => ModelRegistry): void {
    let got: ModelRegistry | undefined;
    const code = codeOf(() => (got = use()));
    if (got) this.seen.add(got);
    expect(got?.disposed ?? false).to.equal(false);
    const kept =
      work && [...this.endings.flatMap(({registries}) => registries), ...this.leaving].find(one => one.work.has(work.root));
    if (kept) {
      expect(got).to.equal(kept.registry);
      return;
    }
    // work that an offboarding found without a generation of its own gets one to end with
    if (work && this.endings.some(ending => ending.work.has(work.root))) return;
    if (this.refusal === 'suspended' && !(work && this.suspended.has(work.root))) expect(code).to.equal('TENANT_SUSPENDED');
    else if (this.refusal && this.refusal !== 'suspended') expect(code).to.equal('TENANT_OFFBOARDED');
    else {
      const known = this.current ?? this.evicted;
      if (known) expect(got).to.equal(known);
      else expect(this.log.filter(({name}) => name === 'built').at(-1)).to.include({generation: got!.generation});
      this.current = got;
      this.evicted = undefined;
    }
  }

  release(work: Work): void {
    this.works = this.works.filter(one => one !== work);
    work.lease.release();
    // in the same statement
    this.leave();
    for (const {registry} of this.leaving) expect(registry.disposed).to.equal(false);
  }

  /** Lets generations end of which all work has ended. */
  leave(): void {
    const roots = this.roots();
    const over = this.leaving.filter(({work}) => [...work].every(root => !roots.has(root)));
    this.leaving = this.leaving.filter(one => !over.includes(one));
    for (const {registry} of over) expect(registry.disposed, 'ends with its last work').to.equal(true);
  }

  /** @returns whether new work would have got a registry that the tenant had */
  evict(): boolean {
    const isBuilt = this.current !== undefined || this.isEvictedInUse();
    this.replace();
    return isBuilt;
  }

  /** Whether the work goes on that was in flight when the present registry was evicted. */
  isEvictedInUse(): boolean {
    const roots = this.roots();
    return this.evicted !== undefined && [...this.evictedWork].some(root => roots.has(root));
  }

  lru(): void {
    this.registries.for('other');
    if (this.current) this.evictedWork = this.unclaimed([...this.leaving, ...this.endings]);
    this.evicted = this.current ?? this.evicted;
    this.current = undefined;
  }

  shed(): number {
    if (!this.current || this.works.length > 0) return 0;
    this.evicted = this.current;
    this.evictedWork = new Set();
    this.current = undefined;
    return 1;
  }

  /** A verb that an offboarded tenant refuses. */
  verb(work: () => Promise<unknown>, then: () => void): void {
    let report: Promise<unknown> | undefined;
    const code = codeOf(() => (report = work()));
    expect(code).to.be.oneOf([undefined, 'TENANT_OFFBOARDED']);
    if (report) then();
    else expect(this.refusal).to.be.oneOf(['offboarding', 'offboarded']);
  }

  /** An eviction by hand, and a reload. */
  replace(): void {
    const registry = this.current ?? this.evicted;
    this.current = this.evicted = undefined;
    if (!registry) return;
    const work = this.unclaimed([...this.leaving, ...this.endings]);
    this.leaving.push({registry, work});
    this.leave();
  }

  suspend(): void {
    if (!this.refusal) this.suspended = this.roots();
    this.refusal = 'suspended';
  }

  lift(from: readonly Model['refusal'][]): boolean {
    if (!this.refusal || !from.includes(this.refusal)) return false;
    this.refusal = undefined;
    return true;
  }

  offboard(): void {
    if (this.refusal === 'offboarding' || this.refusal === 'offboarded') return;
    const work = this.unclaimed(this.endings);
    const own = {work: this.unclaimed([...this.leaving, ...this.endings])};
    const registry = this.current ?? this.evicted;
    const registries = [...this.leaving, ...(registry ? [{registry, ...own}] : [])];
    this.current = this.evicted = undefined;
    this.leaving = [];
    this.endings.push({registries, work, deadline: this.clock.now() + GRACE});
    this.refusal = 'offboarding';
  }

  /** Lets offboardings be done, in their order. */
  settle(): void {
    const roots = this.roots();
    while (this.endings.length > 0) {
      const [{registries, work, deadline}] = this.endings;
      if (this.clock.now() < deadline && [...work].some(root => roots.has(root))) return;
      for (const {registry} of registries) expect(registry.disposed, 'ends with its tenant').to.equal(true);
      this.endings.shift();
      if (this.endings.length === 0 && this.refusal === 'offboarding') this.refusal = 'offboarded';
    }
  }

  state(): TenantState {
    if (this.refusal) return this.refusal;
    if (this.current) return 'active';
    const {works, leaving, endings} = this;
    return leaving.length > 0 || endings.length > 0 || (this.evicted && works.length > 0) ? 'leaving' : 'unbuilt';
  }

  check(): void {
    const {registries, log} = this;
    // an evicted one that was busy is leaving only while the work of that time goes on
    if (!this.evicted) expect(registries.state('acme')).to.equal(this.state());
    expect(registries.peek('acme')).to.equal(this.current ?? this.evicted);
    expect(registries.activeContexts('acme')).to.equal(this.works.length);
    const {endings, misses, suspended, tombstones} = registries.stats();
    const ended = log.filter(({name}) => name === 'ended');
    for (const [reason, count] of Object.entries(endings))
      expect(ended.filter(event => 'reason' in event && event.reason === reason).length, reason).to.equal(count);
    expect(log.filter(({name}) => name === 'built').length).to.equal(misses);
    expect(suspended).to.equal(Number(this.refusal === 'suspended'));
    expect(tombstones).to.equal(Number(this.refusal === 'offboarding' || this.refusal === 'offboarded'));
    const final = ended.filter(event => 'reason' in event && ['manual', 'reload', 'offboard', 'shutdown'].includes(event.reason));
    const generations = final.map(event => 'generation' in event && event.generation);
    expect(new Set(generations).size, 'each generation ends once').to.equal(generations.length);
  }

  async end(): Promise<void> {
    for (const work of [...this.works]) this.release(work);
    await this.clock.pass(10 * GRACE);
    expect(this.registries.stats().leaving).to.equal(0);
    expect(this.clock.pending).to.equal(0);
    await this.registries.dispose();
    for (const registry of this.seen) expect(registry.disposed).to.equal(true);
  }
}

describe('Any order of verbs', () => {
  let inUse: object;
  before(() => (inUse = living()));

  const step = fc.record({verb: fc.constantFrom(...VERBS, ...MORE), pick: fc.nat({max: 5})});

  it('has the states and results that a model of a few lines predicts', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => void unhandled.push(error);
    process.on('unhandledRejection', note);
    const property = fc.asyncProperty(fc.array(step, {minLength: 1, maxLength: 40}), async steps => {
      const model = new Model();
      try {
        for (const one of steps) await model.step(one);
        await model.end();
      } finally {
        for (const {lease} of model.works) lease.release();
      }
    });
    await assertProperty(property, 200);
    process.off('unhandledRejection', note);
    expect(unhandled).to.deep.equal([]);
  });

  it('leaves no context, cohort, drain or tenant at work behind', async () => {
    await nextJob();
    expect(living()).to.deep.equal(inUse);
  });
});

/** What is alive in this process of other specs' and of these. */
function living(): object {
  const [contexts, drains] = [Context, Drain].map(kind => queryObjects(kind, {format: 'count'}));
  return {contexts, drains, cohorts: liveCohorts(), tenants: [...tenantsAtWork()]};
}
