import {inspect} from 'node:util';
import {InvalidOptionError, printed} from '../../scoped-registry/errors';
import {got} from '../../scoped-registry/got';
import {resolveMemoryPressureOptions, type MemoryPressureOptions} from './memory-pressure-options';
import type {MemoryOverload} from './memory-pressure-report';
import type {HeapUsage} from './old-generation';
import type {TenantRegistries} from '../tenant-registries';

/** The state of one relief: it begins with a reading above the high mark and ends when usage is low again. */
interface Relief {
  readonly began: number;
  readonly usedBefore: number;
  tenants: number;
  models: number;
  collections: number;
  /** How often tenants were shed in this relief. */
  rounds: number;
  /** When tenants were last shed, on the clock of the options. */
  shedAt: number;
  /** Whether the last shedding found fewer classes than it wanted. */
  exhausted: boolean;
  /** Whether usage was still too high after that. */
  overloaded: boolean;
}

/**
 * Watches the heap and evicts tenants before it is full, from its construction to `stop()`. When more than the high mark is in
 * use after a major collection, it evicts the least recently used tenants without work in flight, and goes on after each
 * further collection until no more than the low mark is in use. An evicted tenant defines its models again on its next use.
 * When no tenant is left to evict and usage stays above the high mark, the process warning `MEMORY_PRESSURE` is emitted once,
 * and again only after usage has been below the low mark.
 *
 * It learns of a collection through the event loop, so it cannot help against code that fills the heap within one turn. It
 * keeps its registries alive until it is stopped. It does not hold the process open.
 */
export class MemoryPressure {
  readonly #registries: Pick<TenantRegistries, 'shed' | 'stats'>;
  readonly #options: Required<MemoryPressureOptions>;
  readonly #unsubscribe: () => void;
  #relief: Relief | undefined;
  #warned = false;

  /** @throws InvalidOptionError `INVALID_OPTION` */
  constructor(registries: Pick<TenantRegistries, 'shed' | 'stats'>, options: MemoryPressureOptions = {}) {
    if (typeof registries?.shed !== 'function')
      throw new InvalidOptionError(`MemoryPressure takes a TenantRegistries, ${got(registries)}.`);
    this.#registries = registries;
    this.#options = resolveMemoryPressureOptions(options);
    this.#unsubscribe = this.#options.collections(began => {
      void catchToWarning('A reading', () => this.#collected(began));
    });
  }

  /** Whether usage was above the high mark after the last major collection and no tenant is left to evict. */
  get overloaded(): boolean {
    return this.#relief?.overloaded ?? false;
  }

  /** Stops watching. Evicted tenants stay evicted. Safe to call again. */
  stop(): void {
    this.#unsubscribe();
    this.#relief = undefined;
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  /** @param began when the collection began to mark live objects */
  #collected(began: number): void {
    const {high, low, heap} = this.#options;
    const usage = heap();
    const excess = usage.used - low * usage.limit;
    const tooHigh = usage.used > high * usage.limit;
    if (excess < 0) this.#warned = false;
    const relief = this.#relief ?? (tooHigh ? this.#begin(usage) : undefined);
    // a collection that began before the last shedding may have marked the shed classes as alive: it says nothing
    if (!relief || began < relief.shedAt) return;
    relief.collections++;
    if (excess <= 0 || (relief.exhausted && !tooHigh)) return this.#end(relief, usage);
    const {exhausted} = relief;
    this.#shed(relief, excess / usage.used);
    relief.overloaded = exhausted;
    if (exhausted) this.#overload(usage);
  }

  #begin({used}: HeapUsage): Relief {
    const began = this.#options.clock.now();
    const none = {tenants: 0, models: 0, collections: 0, rounds: 0, exhausted: false, overloaded: false};
    return (this.#relief = {began, usedBefore: used, shedAt: -Infinity, ...none});
  }

  /**
   * Sheds the excess's share of all classes in the first round, twice that share in the second, and so on: other things than
   * classes fill the heap too, and the load goes on.
   */
  #shed(relief: Relief, share: number): void {
    const held = this.#registries.stats().models;
    const wanted = 1 + Math.floor(held * share * ++relief.rounds);
    const shed = this.#registries.shed(wanted);
    relief.tenants += shed.tenants;
    relief.models += shed.models;
    relief.exhausted = shed.models < wanted;
    relief.shedAt = this.#options.clock.now();
  }

  #end({tenants, models, usedBefore, collections, began}: Relief, {used, limit}: HeapUsage): void {
    this.#relief = undefined;
    if (tenants === 0) return;
    const {clock, onRelief} = this.#options;
    const bytesFreed = Math.max(0, usedBefore - used);
    const duration = clock.now() - began;
    const report = {tenants, models, bytesFreed, usedBefore, usedAfter: used, limit, collections, duration};
    void catchToWarning('onRelief', () => onRelief(Object.freeze(report)));
  }

  #overload({used, limit}: HeapUsage): void {
    if (this.#warned) return;
    this.#warned = true;
    const {tenants, models} = this.#registries.stats();
    const {high, onOverload} = this.#options;
    const overload = Object.freeze({used, limit, tenants, models});
    process.emitWarning(overloadMessage(overload, high), {type: 'MemoryPressureWarning', code: 'MEMORY_PRESSURE'});
    void catchToWarning('onOverload', () => onOverload(overload));
  }
}

function overloadMessage({used, limit, tenants, models}: MemoryOverload, high: number): string {
  return (
    `After a major collection ${megabytes(used)} MB of the heap's ${megabytes(limit)} MB are in use, above the high mark of ` +
    `${Number((high * 100).toFixed(1))} %, and no tenant is left that may be shed: ${tenants} tenants with ${models} model ` +
    'classes have work in flight, or something else fills the heap. Raise --max-old-space-size, lower max or maxModels, ' +
    'or serve fewer tenants in one process.'
  );
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

/** Runs `work`. An error or a rejection of it becomes a process warning. */
async function catchToWarning(what: string, work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    process.emitWarning(`${what} of MemoryPressure failed: ${printed(() => inspect(error))}`, {code: 'MEMORY_PRESSURE_LISTENER'});
  }
}
