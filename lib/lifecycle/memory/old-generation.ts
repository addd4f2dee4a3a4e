import {getHeapSpaceStatistics, getHeapStatistics} from 'node:v8';
import {resourceLimits} from 'node:worker_threads';

/** In bytes. */
export interface HeapUsage {
  readonly used: number;
  readonly limit: number;
}

/**
 * What V8 runs out of: the old generation, in use and at most. `heap_size_limit` has room for the young generation in it
 * (48 MB on Node 20, 192 MB on Node 24), so a process with a small heap dies long before `used_heap_size`, young garbage
 * and all, has come near it.
 */
export function oldGeneration(): HeapUsage {
  const {used_heap_size, heap_size_limit} = getHeapStatistics();
  const young = getHeapSpaceStatistics().filter(({space_name}) => space_name.startsWith('new_'));
  return {
    used: young.reduce((used, {space_used_size}) => used - space_used_size, used_heap_size),
    limit: Math.min(chosenLimit(), heap_size_limit),
  };
}

/** Where nobody chose one, the young generation is a small part of `heap_size_limit`. A flag goes before a worker's limits. */
function chosenLimit(): number {
  const flags = [...(process.env.NODE_OPTIONS ?? '').split(/\s+/), ...process.execArgv];
  const sizes = flags.flatMap(flag => /^--max[-_]old[-_]space[-_]size=(\d+)$/.exec(flag)?.[1] ?? []);
  const megabytes = Number(sizes.at(-1) ?? resourceLimits.maxOldGenerationSizeMb);
  return megabytes > 0 ? megabytes * 2 ** 20 : Infinity;
}
