import {SweepThreshold} from './sweep-threshold';

const NONE: readonly WeakRef<never>[] = [];

/**
 * A set of objects that keeps none of them alive and stays as small as the number of those that live (SweepThreshold). Each registry
 * has some, mostly empty or of one.
 */
export class WeakBag<T extends object> {
  #refs: readonly WeakRef<T>[] = NONE;
  /** From the second item on. */
  #known: WeakSet<T> | undefined;
  /** From the second item on. */
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

  isEmpty(): boolean {
    return !this.#refs.some(ref => ref.deref() !== undefined);
  }

  clear(): void {
    this.#refs = NONE;
    this.#known = undefined;
  }
}
