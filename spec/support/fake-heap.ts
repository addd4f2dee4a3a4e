import type {MemoryPressureOptions} from '../../lib/index';

/** A heap whose readings, collections and time are the spec's. */
export class FakeHeap {
  used = 0;
  limit = 1_000;
  now = 0;
  #listeners = new Set<(began: number) => void>();

  /** For `new MemoryPressure(registries, …)`. */
  readonly options = {
    heap: () => ({used: this.used, limit: this.limit}),
    collections: (listener: (began: number) => void) => {
      this.#listeners.add(listener);
      return () => void this.#listeners.delete(listener);
    },
    clock: {now: () => this.now},
  } satisfies MemoryPressureOptions;

  get watched(): boolean {
    return this.#listeners.size > 0;
  }

  /** A major collection that leaves `used` in use; it takes 10 ms, and begins now where nothing else is said. */
  collect(used: number, began = this.now): void {
    this.used = used;
    this.now += 10;
    for (const listener of this.#listeners) listener(began);
  }
}
