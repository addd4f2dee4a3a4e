const NONE: readonly WeakRef<never>[] = [];

/**
 * A set of objects that keeps none of them alive and stays as small as the number of those that live: dead references
 * are swept each time the bag has doubled, so adding is O(1) on average. Each registry has some, mostly empty or of one.
 */
export class WeakBag<T extends object> {
  #refs: readonly WeakRef<T>[] = NONE;
  /** From the second item on. */
  #known: WeakSet<T> | undefined;
  #sweepAt = 16;

  add(item: T): void {
    if (this.#refs !== NONE) {
      this.#known ??= new WeakSet(this);
      if (this.#known.has(item)) return;
      this.#known.add(item);
    }
    if (this.#refs.length >= this.#sweepAt) {
      this.#refs = this.#refs.filter(ref => ref.deref() !== undefined);
      this.#sweepAt = Math.max(16, this.#refs.length * 2);
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
