import {randomInt} from 'node:crypto';
import fc from 'fast-check';
import {isLong} from './long-form';

const {SEED = '1', RUNS} = process.env;

/** The seed of all that is random in the specs: a commit gets one answer. `SEED` sets another, and `SEED=random` any. */
export const seed = SEED === 'random' ? randomInt(2 ** 31) : Number(SEED);

/** Whether more is asked for than a gate has time for: `RUNS` is the number of runs of each property. */
export const thorough = RUNS !== undefined;

/** Asserts that `property` holds for the examples and for random values: so many of them in the long form, half in the short. */
export async function assertProperty<Ts>(
  property: fc.IProperty<Ts> | fc.IAsyncProperty<Ts>,
  runs: number,
  more?: Pick<fc.Parameters<Ts>, 'examples' | 'endOnFailure'>,
): Promise<void> {
  await fc.assert(property, {...more, seed, numRuns: Number(RUNS ?? (isLong ? runs : Math.ceil(runs / 2)))});
}
