import {getHeapSpaceStatistics, getHeapStatistics} from 'node:v8';
import {resourceLimits} from 'node:worker_threads';

/** Usage and limit of the heap, in bytes. */
export interface HeapUsage {
  readonly used: number;
  readonly limit: number;
}

/**
 * Reads usage and limit of V8's old generation, which is the part of the heap that a process runs out of. The plain figures
 * of V8 would mislead: `heap_size_limit` includes room for the young generation (48 MB on Node 20, 192 MB on Node 24), and
 * `used_heap_size` includes young garbage. A process with a small heap dies long before these two meet.
 */
export function oldGeneration(): HeapUsage {
  const {used_heap_size, heap_size_limit} = getHeapStatistics();
  const young = getHeapSpaceStatistics().filter(({space_name}) => space_name.startsWith('new_'));
  return {
    used: young.reduce((used, {space_used_size}) => used - space_used_size, used_heap_size),
    limit: Math.min(configuredLimit(), heap_size_limit),
  };
}

/**
 * Returns the limit that the flag --max-old-space-size sets, else the one of a worker's `resourceLimits`. Infinity where
 * neither sets one: then `heap_size_limit` is large, and the young generation only a small part of it.
 */
function configuredLimit(): number {
  const flags = [...(process.env.NODE_OPTIONS ?? '').split(/\s+/), ...process.execArgv];
  const sizes = flags.flatMap(flag => /^--max[-_]old[-_]space[-_]size=(\d+)$/.exec(flag)?.[1] ?? []);
  const megabytes = Number(sizes.at(-1) ?? resourceLimits.maxOldGenerationSizeMb);
  return megabytes > 0 ? megabytes * 2 ** 20 : Infinity;
}
