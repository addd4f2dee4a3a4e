/**
 * Measures what contexts, leases and look-ups cost: compared with a bare AsyncLocalStorage.run of the same function, and with
 * 10,000 tenants compared with 10. The two sides of a ratio are measured in turns, round by round, so that noise of the
 * machine affects both. Exits with 1 when a bound is missed. Run: `node build/bench/context.js`, or with the number of rounds
 * `node build/bench/context.js 9` for a short run.
 */
import {AsyncLocalStorage} from 'node:async_hooks';
import {ModelBuilder, TenantContext, TenantRegistries} from '../lib/index';

const ROUNDS = Number(process.argv[2] ?? 31);
const OPERATIONS = 20_000;
const OFFBOARDINGS = 20;

type Work = () => unknown;
/** Returns the nanoseconds of one operation. */
type Measure = () => number | Promise<number>;

const empty = () => {};
const emptyAsync = async () => {};
const turn = async () => {
  await Promise.resolve();
};

const bare = new AsyncLocalStorage<object>();
const store = {};
const registries = new TenantRegistries();

/**
 * The number of tenants that are looked up, among few tenants and among many. With more of them the time would depend on the
 * processor's caches, not on the library.
 */
const FEW = 10;
const MANY = 10_000;

class Tenants {
  readonly registries = new TenantRegistries({max: MANY + FEW, maxModels: 10 * MANY});
  readonly #codes = Array.from({length: FEW}, (_, index) => `tenant-${index}`);
  #next = 0;

  constructor(count: number) {
    for (let index = 0; index < count; index++) this.registries.for(`tenant-${index}`);
  }

  lookUp(): unknown {
    this.#next = (this.#next + 1) % FEW;
    return this.registries.for(this.#codes[this.#next]);
  }

  /** Returns the median nanoseconds of one offboarding. */
  async offboard(): Promise<number> {
    const times: number[] = [];
    for (let index = 0; index < OFFBOARDINGS; index++) {
      new ModelBuilder({registries: this.registries, tenant: 'leaves'}).define('Customer', {address: {street: String}});
      const start = performance.now();
      await this.registries.offboard('leaves');
      times.push((performance.now() - start) * 1_000_000);
      this.registries.reinstate('leaves');
    }
    return median(times);
  }
}

function atOnce(work: Work): Measure {
  return () => {
    const start = performance.now();
    for (let index = 0; index < OPERATIONS; index++) work();
    return ((performance.now() - start) * 1_000_000) / OPERATIONS;
  };
}

function awaited(work: Work): Measure {
  return async () => {
    const start = performance.now();
    for (let index = 0; index < OPERATIONS; index++) await work();
    return ((performance.now() - start) * 1_000_000) / OPERATIONS;
  };
}

function nested(measure: Measure): Measure {
  return () => bare.run({}, () => TenantContext.run('acme', measure));
}

function median(times: number[]): number {
  return times.sort((a, b) => a - b)[times.length >> 1];
}

/** Prints the medians of both sides and their ratio. @returns whether the bounds are met */
async function compare(
  title: string,
  [first, second]: readonly [Measure, Measure],
  {ratio = Infinity, ns = Infinity}: {readonly ratio?: number; readonly ns?: number} = {},
): Promise<boolean> {
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    times[0].push(await first());
    times[1].push(await second());
  }
  const [one, other] = times.map(median);
  const kept = other / one <= ratio && other <= ns;
  const bounds = [ratio < Infinity ? `${ratio} ×` : [], ns < Infinity ? `${ns} ns` : []].flat().join(', ');
  console.log(
    `${title.padEnd(42)} ${one.toFixed(0).padStart(8)} ${other.toFixed(0).padStart(8)} ${(other / one).toFixed(2).padStart(6)} ×` +
      (bounds && `  ${kept ? 'within' : 'MISSES'} ${bounds}`),
  );
  return kept;
}

async function main(): Promise<void> {
  registries.for('acme');
  // Services use several AsyncLocalStorages, for tracing for example. A process with only one runs it several times faster.
  for (let count = 0; count < 4; count++) {
    const other = new AsyncLocalStorage<object>();
    for (let index = 0; index < OPERATIONS; index++) other.run(store, empty);
  }
  // The work of a service runs in callbacks. In the main script, before the first `await`, reading the storage costs more.
  await Promise.resolve();
  const sync = (work: Work) => [atOnce(() => bare.run(store, empty)), atOnce(work)] as const;
  const async = (work: () => Promise<void>, ours: Work) => [awaited(() => bare.run(store, work)), awaited(ours)] as const;
  const kept: boolean[] = [];

  console.log(`Node ${process.version}, medians of ${ROUNDS} rounds\n${'ns'.padEnd(42)}     bare     ours`);
  const run = sync(() => TenantContext.run('acme', empty));
  kept.push(await compare('TenantContext.run, empty', run, {ratio: 2}));
  await compare('TenantContext.run inside the same tenant', [nested(run[0]), nested(run[1])]);
  await compare(
    'TenantContext.run, empty and async',
    async(emptyAsync, () => TenantContext.run('acme', emptyAsync)),
  );
  await compare(
    'TenantContext.run, async with one await',
    async(turn, () => TenantContext.run('acme', turn)),
  );
  await compare(
    'registries.run, empty',
    sync(() => registries.run('acme', empty)),
  );
  await compare(
    'registries.run, empty and async',
    async(emptyAsync, () => registries.run('acme', emptyAsync)),
  );
  await compare(
    'registries.acquire and release',
    sync(() => registries.acquire('acme').release()),
  );

  console.log(`\n${'ns'.padEnd(42)}    of ${FEW} of ${MANY}`);
  const few = new Tenants(FEW);
  const many = new Tenants(MANY);
  const lookUps = [atOnce(() => few.lookUp()), atOnce(() => many.lookUp())] as const;
  kept.push(await compare('registries.for, a hit', lookUps, {ratio: 1.3, ns: 300}));
  const offboards = [() => few.offboard(), () => many.offboard()] as const;
  kept.push(await compare('registries.offboard, one tenant', offboards, {ratio: 1.3}));
  if (kept.includes(false)) process.exitCode = 1;
}

void main();
