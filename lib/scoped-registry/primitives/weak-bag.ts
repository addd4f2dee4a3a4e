import {SweepThreshold} from './sweep-threshold';

const NONE: readonly WeakRef<never>[] = [];

/**
 * An iterable set that holds its objects weakly and sweeps the dead references out (see SweepThreshold). Each registry has
 * several of these sets, and most of them hold no object or one. So an empty set and a set of one object are kept as small as
 * possible.
 */
export class WeakBag<T extends object> {
  #refs: readonly WeakRef<T>[] = NONE;
  /** The items again, to find duplicates. Made when the second item is added. */
  #known: WeakSet<T> | undefined;
  /** Made when the second item is added. */
  #threshold: SweepThreshold | undefined;

  add(item: T): void {
    if (this.#refs !== NONE) {
      this.#known ??= new WeakSet(this);
      if (this.#known.has(item)) return;
      this.#known.add(item);
      this.#threshold ??= new SweepThreshold(16);
      if (this.#threshold.isReached(this.#refs.length)) {
        this.#refs = this.#refs.filter(ref => ref.deref() !== undefined);
        this.#threshold.sweptTo(this.#refs.length);
      }
    }
    const ref = new WeakRef(item);
    if (this.#refs === NONE) this.#refs = [ref];
    else (this.#refs as WeakRef<T>[]).push(ref);
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (const ref of this.#refs) {
      const item = ref.deref();
      if (item !== undefined) yield item;
    }
  }

  /** Whether no object of the set is alive. */
  isEmpty(): boolean {
    return !this.#refs.some(ref => ref.deref() !== undefined);
  }

  clear(): void {
    this.#refs = NONE;
    this.#known = undefined;
  }
}
