import type {Side} from './group';

export interface Work {
  /** Before each round, not timed. */
  readonly setUp?: () => unknown;
  /** One operation. Where it gives a promise, `turns` must be told to wait. */
  readonly run: (index: number) => unknown;
  /** Operations in a round, where it takes another number to last as long as the other side's. */
  readonly operations?: number;
  /** Runs a whole round, around its operations. */
  readonly around?: (round: () => Promise<number>) => Promise<number>;
}

export interface Turns {
  readonly rounds: number;
  /** In a round. */
  readonly operations: number;
  /** Whether an operation is awaited before the next. */
  readonly wait?: boolean;
}

/**
 * Microseconds per operation, round by round. The works take turns: what disturbs the machine disturbs both. The first
 * rounds, in which V8 compiles, are left out.
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
    // and what the one leaves to the collector, the other does not always get to pay
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
