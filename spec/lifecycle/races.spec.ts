import {queryObjects} from 'node:v8';
import {expect} from 'chai';
import {ScopedRegistryError, TenantRegistries, type Lease, type ModelRegistry} from '../../lib/index';
import {tenantsAtWork} from '../../lib/lifecycle/context/cohort';
import {Context} from '../../lib/lifecycle/context/context';
import {Drain} from '../../lib/lifecycle/generations/drain';
import {FakeClock} from '../support/fake-clock';
import {lifeLog, type LifeEvent} from '../support/life-log';
import {nextJob} from '../support/live-classes';
import {liveCohorts} from '../support/live-cohorts';

interface Scene {
  readonly registries: TenantRegistries;
  readonly clock: FakeClock;
  readonly log: LifeEvent[];
  /** Work in flight since before the race, and what it began with. */
  readonly leases: Lease[];
  /** What the verbs of the race got. */
  readonly got: ModelRegistry[];
}

const GRACE = 100;
const IDLE = 1_000;

/** Each verb does its part at once; what it returns is awaited while time passes. */
const VERBS: Readonly<Record<string, (scene: Scene) => unknown>> = {
  acquire({registries, leases, got}) {
    const lease = registries.acquire('acme');
    leases.push(lease);
    got.push(lease.registry);
  },
  async run({registries, got}) {
    await registries.run('acme', async registry => {
      got.push(registry);
      await nextJob();
    });
  },
  evict: ({registries}) => registries.evict('acme'),
  evictAll: ({registries}) => registries.evictAll(),
  shed: ({registries}) => registries.shed(100),
  'another tenant that takes its place': ({registries}) => void registries.for('other'),
  reload: ({registries}) => registries.reload('acme', {drainTimeout: GRACE}),
  suspend: ({registries}) => registries.suspend('acme', {drainTimeout: GRACE}),
  resume: ({registries}) => registries.resume('acme'),
  offboard: ({registries}) => registries.offboard('acme', {drainTimeout: GRACE}),
  reinstate: ({registries}) => registries.reinstate('acme'),
  shutdown: ({registries}) => registries.shutdown({drainTimeout: GRACE}),
  dispose: ({registries}) => registries.dispose(),
  'the idle sweep': ({clock}) => {
    clock.jump(IDLE);
    clock.fire();
  },
  'the end of the last context': ({leases}) => leases.forEach(lease => lease.release()),
};

const REFUSALS = ['TENANT_SUSPENDED', 'TENANT_OFFBOARDED', 'REGISTRIES_DISPOSED'];
const STARTS = ['idle', 'at work', 'suspended', 'on its way out', 'gone'] as const;

async function sceneOf(start: (typeof STARTS)[number]): Promise<Scene> {
  const clock = new FakeClock();
  const registries = new TenantRegistries({clock, max: 1, idleTtl: IDLE});
  const scene: Scene = {registries, clock, log: lifeLog(registries), leases: [], got: []};
  registries.for('acme');
  if (start === 'at work' || start === 'on its way out') scene.leases.push(registries.acquire('acme'));
  if (start === 'suspended') await registries.suspend('acme');
  if (start === 'on its way out') void registries.offboard('acme', {drainTimeout: GRACE});
  if (start === 'gone') await registries.offboard('acme');
  return scene;
}

/** Does a verb; one that is refused has a documented code. */
function attempt(scene: Scene, verb: string): Promise<unknown> {
  const documented = (error: unknown) => {
    expect(error).to.be.instanceOf(ScopedRegistryError);
    expect((error as ScopedRegistryError).code).to.be.oneOf(REFUSALS);
  };
  try {
    return Promise.resolve(VERBS[verb](scene)).catch(documented);
  } catch (error) {
    documented(error);
    return Promise.resolve();
  }
}

/** What holds at any moment. */
function check({registries, leases, log}: Scene): void {
  const peeked = registries.peek('acme');
  expect(peeked?.disposed ?? false).to.equal(false);
  for (const lease of leases) {
    if (lease.released || lease.signal.aborted) continue;
    expect(lease.registry.disposed, 'a registry of work in flight').to.equal(false);
    expect(
      lease.run(() => registries.for('acme')),
      'the registry of work in flight',
    ).to.equal(lease.registry);
  }
  checkCounts(registries, log);
}

/** The stats say what the events said. */
function checkCounts(registries: TenantRegistries, log: readonly LifeEvent[]): void {
  const {endings, misses} = registries.stats();
  const counted = Object.fromEntries(Object.keys(endings).map(reason => [reason, 0]));
  for (const event of log) if (event.name === 'ended') counted[event.reason]++;
  expect(endings).to.deep.equal(counted);
  expect(log.filter(({name}) => name === 'built').length).to.equal(misses);
}

/** A generation that was ended for good ends once; an evicted one may come back, and end again. */
function checkEnds(log: readonly LifeEvent[]): void {
  const final = new Set<number>();
  for (const event of log) {
    if (event.name !== 'ended') continue;
    expect(final.has(event.generation), `generation ${event.generation} after its end`).to.equal(false);
    if (['reload', 'offboard', 'shutdown'].includes(event.reason)) final.add(event.generation);
  }
}

describe('Concurrent verbs of one tenant', () => {
  let inUse: ReturnType<typeof living>;
  before(() => (inUse = living()));

  const unhandled: unknown[] = [];
  const note = (error: unknown) => void unhandled.push(error);
  before(() => process.on('unhandledRejection', note));
  after(() => process.off('unhandledRejection', note));

  for (const start of STARTS) {
    describe(`that is ${start}`, () => {
      for (const first of Object.keys(VERBS)) {
        it(`${first}, with each other verb concurrently or after it`, async () => {
          for (const second of Object.keys(VERBS)) {
            for (const pause of [false, true]) {
              const scene = await sceneOf(start);
              try {
                await race(scene, first, second, pause);
              } catch (error) {
                (error as Error).message = `${first}, ${pause ? 'then' : 'at once'} ${second}: ${(error as Error).message}`;
                throw error;
              } finally {
                for (const lease of scene.leases) lease.release();
              }
            }
          }
          expect(unhandled).to.deep.equal([]);
        });
      }
    });
  }

  describe('afterwards', () => {
    it('leave no context, cohort, drain or tenant at work behind', async () => {
      await nextJob();
      const {tenants, ...counts} = living();
      expect(tenants).to.deep.equal(inUse.tenants);
      // a socket of an earlier file may have let go of its context meanwhile
      for (const [kind, count] of Object.entries(counts)) expect(count, kind).to.be.at.most(inUse[kind as keyof typeof counts]);
    });
  });
});

async function race(scene: Scene, first: string, second: string, pause: boolean): Promise<void> {
  const {registries, clock, log, leases, got} = scene;
  const one = attempt(scene, first);
  check(scene);
  if (pause) await nextJob();
  const two = attempt(scene, second);
  check(scene);
  await clock.pass(GRACE / 2);
  check(scene);
  for (const lease of leases) lease.release();
  check(scene);
  await clock.pass(2 * GRACE);
  await Promise.all([one, two]);
  check(scene);
  checkEnds(log);
  expect(registries.stats().leaving).to.equal(0);
  expect(registries.activeContexts('acme')).to.equal(0);
  // whatever came first, the same ways lead on
  const state = registries.state('acme');
  expect(state).to.be.oneOf(['unbuilt', 'active', 'suspended', 'offboarded']);
  if (state === 'suspended') registries.resume('acme');
  if (state === 'offboarded') registries.reinstate('acme');
  const open = ![first, second].some(verb => verb === 'shutdown' || verb === 'dispose');
  if (open) {
    const registry = registries.for('acme');
    expect(registry.disposed).to.equal(false);
    for (const earlier of got) expect(registry.generation).to.be.at.least(earlier.generation);
  }
  await registries.dispose();
  expect(registries.peek('acme')).to.equal(undefined);
  for (const earlier of got) expect(earlier.disposed, 'after the end of all').to.equal(true);
  checkCounts(registries, log);
  checkEnds(log);
  expect(clock.pending).to.equal(0);
}

/** What is alive in this process of other specs' and of these. */
function living(): {contexts: number; drains: number; cohorts: number; tenants: string[]} {
  const [contexts, drains] = [Context, Drain].map(kind => queryObjects(kind, {format: 'count'}));
  return {contexts, drains, cohorts: liveCohorts(), tenants: [...tenantsAtWork()]};
}
