import type {Side} from './group';

/** The work of one side. */
export interface Work {
  /** Called before each round, and not timed. */
  readonly setUp?: () => unknown;
  /** Does one operation. If it returns a promise, set `wait` in Turns. */
  readonly run: (index: number) => unknown;
  /** The number of operations in a round, for a side that is so much faster that its rounds would be too short. */
  readonly operations?: number;
  /** Runs a whole round, inside a context for example. */
  readonly around?: (round: () => Promise<number>) => Promise<number>;
}

export interface Turns {
  readonly rounds: number;
  /** The number of operations in a round. */
  readonly operations: number;
  /** Whether each operation is awaited before the next one. */
  readonly wait?: boolean;
}

/**
 * Measures the microseconds of one operation in each round. The two sides run in turns, so that noise of the machine affects
 * both. The first rounds, in which V8 compiles the code, are not counted.
 */
export async function inTurns(
  works: {readonly stock?: Work; readonly ours: Work},
  {rounds, operations, wait = false}: Turns,
  progress: (share: number) => void = () => {},
): Promise<Partial<Record<Side, number[]>>> {
  const sides = works.stock ? (['stock', 'ours'] as const) : (['ours'] as const);
  const times: Record<Side, number[]> = {stock: [], ours: []};
  const warmUp = Math.ceil(rounds / 5);
  for (let round = -warmUp; round < rounds; round++) {
    // The order changes in every round, because one side may pay for collecting the garbage of the side before it.
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const {setUp, run, operations: own = operations, around = (timed: () => Promise<number>) => timed()} = works[side]!;
      await setUp?.();
      const time = await around(() => (wait ? oneByOne(run, own) : Promise.resolve(atOnce(run, own))));
      if (round >= 0) times[side].push(time);
    }
    progress((round + warmUp + 1) / (rounds + warmUp));
  }
  return works.stock ? times : {ours: times.ours};
}

function atOnce(run: Work['run'], operations: number): number {
  const start = performance.now();
  for (let index = 0; index < operations; index++) run(index);
  return ((performance.now() - start) * 1000) / operations;
}

async function oneByOne(run: Work['run'], operations: number): Promise<number> {
  const start = performance.now();
  for (let index = 0; index < operations; index++) await run(index);
  return ((performance.now() - start) * 1000) / operations;
}
