import {InvalidOptionError} from '../../scoped-registry/errors';
import {got} from '../../scoped-registry/got';
import {majorCollections, type CollectionListener} from './major-collections';
import type {MemoryOverload, MemoryRelief} from './memory-pressure-report';
import {oldGeneration, type HeapUsage} from './old-generation';
import {assertFunction, givenOptions} from '../../scoped-registry/option-checks';
import {assertClock, type Clock} from '../time/clock';

export interface MemoryPressureOptions {
  /**
   * The high mark, as a fraction of the heap's limit. When more than that is in use after a major collection, tenants are
   * evicted. Above `low`, at most 1.
   * @default 0.85
   */
  readonly high?: number;
  /**
   * The low mark, as a fraction of the heap's limit. Once evicting has begun, it goes on until no more than that is in use.
   * Above 0.
   * @default 0.7
   */
  readonly low?: number;
  /**
   * Called with a report when usage is back at the low mark, or when no tenant is left to evict and usage is not above the
   * high mark. Not called where no tenant was evicted. An error or a rejection of it becomes a process warning.
   * @default () => {}
   */
  readonly onRelief?: (relief: MemoryRelief) => unknown;
  /**
   * Called when usage stays above the high mark and no tenant is left to evict, together with the process warning
   * `MEMORY_PRESSURE`. An error or a rejection of it becomes a process warning.
   * @default () => {}
   */
  readonly onOverload?: (overload: MemoryOverload) => unknown;
  /**
   * Returns how much of the heap is in use, and its limit, in bytes.
   * @default V8's old generation, with --max-old-space-size, a worker's resourceLimits or V8's own limit
   */
  readonly heap?: () => HeapUsage;
  /**
   * Subscribes a listener to major collections. It must call the listener after each one, with the time on `clock` at which
   * the collection began to mark live objects. It returns a function that unsubscribes.
   * @default a PerformanceObserver of 'gc' entries
   */
  readonly collections?: (listener: CollectionListener) => () => void;
  /**
   * The clock for `duration` and for the order of collections and evictions.
   * @default performance
   */
  readonly clock?: Clock;
}

const DEFAULTS: Required<MemoryPressureOptions> = {
  high: 0.85,
  low: 0.7,
  onRelief: () => {},
  onOverload: () => {},
  heap: oldGeneration,
  collections: majorCollections,
  clock: performance,
};

/**
 * Checks the options and adds the defaults. An option that is undefined counts as left out.
 * @throws InvalidOptionError `INVALID_OPTION`
 */
export function resolveMemoryPressureOptions(options: MemoryPressureOptions): Required<MemoryPressureOptions> {
  const resolved = {...DEFAULTS, ...givenOptions('MemoryPressure', options, Object.keys(DEFAULTS))};
  for (const name of ['high', 'low'] as const) {
    const value: unknown = resolved[name];
    if (typeof value !== 'number' || !(value > 0 && value <= 1)) {
      throw new InvalidOptionError(`${name} must be a fraction of the heap's limit, above 0 and up to 1, ${got(value)}.`);
    }
  }
  if (resolved.low >= resolved.high) {
    throw new InvalidOptionError(`low must be below high, got low ${resolved.low} and high ${resolved.high}.`);
  }
  for (const name of ['onRelief', 'onOverload', 'heap', 'collections'] as const) assertFunction(name, resolved[name]);
  assertClock(resolved.clock);
  return resolved;
}
