import {inspect} from 'node:util';
import {InvalidOptionError} from '../../scoped-registry/errors';
import {resolveMemoryPressureOptions, type MemoryPressureOptions} from './memory-pressure-options';
import type {MemoryOverload} from './memory-pressure-report';
import type {HeapUsage} from './old-generation';
import type {TenantRegistries} from '../tenant-registries';

/** From the first reading above the high mark until usage is low again. */
interface Relief {
  readonly began: number;
  readonly usedBefore: number;
  tenants: number;
  models: number;
  collections: number;
  rounds: number;
  shedAt: number;
  /** Whether nothing more could be shed. */
  exhausted: boolean;
  /** Whether usage was too high all the same, after that. */
  overloaded: boolean;
}

/**
 * Watches the heap from its making to `stop()`: where a major collection leaves more in use than the high mark, the least
 * recently used tenants without work in flight are evicted until a later one leaves no more than the low mark. An evicted
 * tenant defines its models again on its next use. Where nothing is left to shed and usage stays above the high mark, one
 * process warning, `MEMORY_PRESSURE`, says so, and again only after usage has been below the low mark.
 *
 * News of a collection comes through the event loop, so what fills the heap within one turn of it cannot be helped. Holds
 * its registries until it is stopped; does not hold the process open.
 */
export class MemoryPressure {
  readonly #registries: Pick<TenantRegistries, 'shed' | 'stats'>;
  readonly #options: Required<MemoryPressureOptions>;
  readonly #unsubscribe: () => void;
  #relief: Relief | undefined;
  #warned = false;

  /** @throws InvalidOptionError `INVALID_OPTION` */
  constructor(registries: Pick<TenantRegistries, 'shed' | 'stats'>, options: MemoryPressureOptions = {}) {
    if (typeof registries?.shed !== 'function') throw new InvalidOptionError('MemoryPressure takes a TenantRegistries.');
    this.#registries = registries;
    this.#options = resolveMemoryPressureOptions(options);
    this.#unsubscribe = this.#options.collections(began => {
      void harmless('A reading', () => this.#collected(began));
    });
  }

  /** Whether usage is above the high mark and nothing is left to shed: until a major collection leaves less. */
  get overloaded(): boolean {
    return this.#relief?.overloaded ?? false;
  }

  /** Ends the watch; what was shed stays shed. Safe to call again. */
  stop(): void {
    this.#unsubscribe();
    this.#relief = undefined;
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #collected(began: number): void {
    const {high, low, heap} = this.#options;
    const usage = heap();
    const excess = usage.used - low * usage.limit;
    const tooHigh = usage.used > high * usage.limit;
    if (excess < 0) this.#warned = false;
    const relief = this.#relief ?? (tooHigh ? this.#begin(usage) : undefined);
    // a collection that had begun by then may have marked, and kept, what was shed
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

  /** The excess's share of the classes, then twice that, three times …: not all of the heap is classes, and the load goes on. */
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
    void harmless('onRelief', () => onRelief(Object.freeze(report)));
  }

  #overload({used, limit}: HeapUsage): void {
    if (this.#warned) return;
    this.#warned = true;
    const {tenants, models} = this.#registries.stats();
    const {high, onOverload} = this.#options;
    const overload = Object.freeze({used, limit, tenants, models});
    process.emitWarning(warning(overload, high), {type: 'MemoryPressureWarning', code: 'MEMORY_PRESSURE'});
    void harmless('onOverload', () => onOverload(overload));
  }
}

function warning({used, limit, tenants, models}: MemoryOverload, high: number): string {
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

/** What fails, at once or later, becomes a process warning. */
async function harmless(what: string, work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    process.emitWarning(`${what} of MemoryPressure failed: ${inspect(error)}`, {code: 'MEMORY_PRESSURE_LISTENER'});
  }
}
