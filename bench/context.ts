/**
 * What a context costs, beside bare AsyncLocalStorage.run of the same function in the same round. Medians of several
 * rounds; machines are noisy, so read the ratios.
 */
import {AsyncLocalStorage} from 'node:async_hooks';
import {TenantContext, TenantRegistries} from '../lib/index';

const ROUNDS = 31;
const OPERATIONS = 20_000;

const bare = new AsyncLocalStorage<object>();
const store = {};
const registries = new TenantRegistries();
registries.for('acme');

const empty = () => {};
const emptyAsync = async () => {};
const turn = async () => {
  await Promise.resolve();
};

type Work = () => unknown;
const pairs: Record<string, readonly [bare: Work, ours: Work]> = {
  'TenantContext.run, empty': [() => bare.run(store, empty), () => TenantContext.run('acme', empty)],
  'TenantContext.run, empty and async': [() => bare.run(store, emptyAsync), () => TenantContext.run('acme', emptyAsync)],
  'TenantContext.run, async with one await': [() => bare.run(store, turn), () => TenantContext.run('acme', turn)],
  'TenantContext.run in one of its tenant': [() => bare.run(store, empty), () => TenantContext.run('acme', empty)],
  'registries.run, empty': [() => bare.run(store, empty), () => registries.run('acme', empty)],
  'registries.run, empty and async': [() => bare.run(store, emptyAsync), () => registries.run('acme', emptyAsync)],
  'registries.acquire and release': [() => bare.run(store, empty), () => registries.acquire('acme').release()],
};

async function nanoseconds(work: Work): Promise<number> {
  const start = performance.now();
  // both alike: an await for each, whether it is needed or not
  for (let index = 0; index < OPERATIONS; index++) await work();
  return ((performance.now() - start) * 1_000_000) / OPERATIONS;
}

function nanosecondsAtOnce(work: Work): number {
  const start = performance.now();
  for (let index = 0; index < OPERATIONS; index++) work();
  return ((performance.now() - start) * 1_000_000) / OPERATIONS;
}

const median = (times: number[]) => times.sort((a, b) => a - b)[times.length >> 1];

async function main(): Promise<void> {
  console.log(`Node ${process.version}, medians of ${ROUNDS} rounds of ${OPERATIONS}, ns`);
  for (const [title, pair] of Object.entries(pairs)) {
    const measure = title.includes('async') ? nanoseconds : nanosecondsAtOnce;
    const nested = title.includes('in one of');
    const around = (measured: (work: Work) => unknown, work: Work) =>
      nested ? bare.run({}, () => TenantContext.run('acme', measured, work)) : measured(work);
    const times: [number[], number[]] = [[], []];
    // in turns: what disturbs the machine disturbs both
    for (let round = 0; round < ROUNDS; round++)
      for (const one of [0, 1] as const) times[one].push((await around(measure, pair[one])) as number);
    const [storage, ours] = times.map(median);
    console.log(
      `${title.padEnd(42)} bare ${storage.toFixed(0).padStart(6)}  ours ${ours.toFixed(0).padStart(6)}  ${(ours / storage).toFixed(1)} ×`,
    );
  }
}

void main();
