/**
 * What contexts, leases and look-ups cost: beside bare AsyncLocalStorage.run of the same function, and among 10 tenants
 * beside 10,000. Both sides of a ratio take turns, round by round, for machines are noisy. Fails where a bound is missed.
 * `node build/bench/context.js 9` is a short run, of 9 rounds.
 */
import {AsyncLocalStorage} from 'node:async_hooks';
import {ModelBuilder, TenantContext, TenantRegistries} from '../lib/index';

const ROUNDS = Number(process.argv[2] ?? 31);
const OPERATIONS = 20_000;
const OFFBOARDINGS = 20;

type Work = () => unknown;
/** Nanoseconds for one of what it measures. */
type Measure = () => number | Promise<number>;

const empty = () => {};
const emptyAsync = async () => {};
const turn = async () => {
  await Promise.resolve();
};

const bare = new AsyncLocalStorage<object>();
const store = {};
const registries = new TenantRegistries();

/** Where few tenants of many are asked for: the same ones, for others the processor has to fetch from memory. */
const FEW = 10;
const MANY = 10_000;

class Tenants {
  readonly registries = new TenantRegistries({max: MANY + FEW, maxModels: 10 * MANY});
  readonly #asked = Array.from({length: FEW}, (_, index) => `tenant-${index}`);
  #next = 0;

  constructor(count: number) {
    for (let index = 0; index < count; index++) this.registries.for(`tenant-${index}`);
  }

  ask(): unknown {
    this.#next = (this.#next + 1) % FEW;
    return this.registries.for(this.#asked[this.#next]);
  }

  async offboard(): Promise<number> {
    const left: number[] = [];
    for (let index = 0; index < OFFBOARDINGS; index++) {
      new ModelBuilder({registries: this.registries, tenant: 'leaves'}).define('Customer', {address: {street: String}});
      const start = performance.now();
      await this.registries.offboard('leaves');
      left.push((performance.now() - start) * 1_000_000);
      this.registries.reinstate('leaves');
    }
    return median(left);
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

/** Prints the medians of both and their ratio. @returns whether the bounds are kept */
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
  // one storage alone is run several times faster than one of some, which is what services have, with their tracing
  for (let count = 0; count < 4; count++) {
    const other = new AsyncLocalStorage<object>();
    for (let index = 0; index < OPERATIONS; index++) other.run(store, empty);
  }
  // and work runs in jobs: in the main script, asking for what is running costs more
  await Promise.resolve();
  const sync = (work: Work) => [atOnce(() => bare.run(store, empty)), atOnce(work)] as const;
  const async = (work: () => Promise<void>, ours: Work) => [awaited(() => bare.run(store, work)), awaited(ours)] as const;
  const kept: boolean[] = [];

  console.log(`Node ${process.version}, medians of ${ROUNDS} rounds\n${'ns'.padEnd(42)}     bare     ours`);
  const run = sync(() => TenantContext.run('acme', empty));
  kept.push(await compare('TenantContext.run, empty', run, {ratio: 2}));
  await compare('TenantContext.run in one of its tenant', [nested(run[0]), nested(run[1])]);
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
  const asks = [atOnce(() => few.ask()), atOnce(() => many.ask())] as const;
  kept.push(await compare('registries.for, of a tenant that is there', asks, {ratio: 1.3, ns: 300}));
  const offboards = [() => few.offboard(), () => many.offboard()] as const;
  kept.push(await compare('registries.offboard, of one', offboards, {ratio: 1.3}));
  if (kept.includes(false)) process.exitCode = 1;
}

void main();
