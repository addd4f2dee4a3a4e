import {queryObjects} from 'node:v8';

/**
 * Stands in for WeakRef until it is restored: objects die when the spec says so, which takes no garbage collection, and
 * the references that are kept can be counted.
 */
export class CountedReferences {
  readonly #stock = WeakRef;
  readonly #Reference: WeakRefConstructor;
  #alive = new WeakSet<WeakKey>();

  constructor() {
    const isAlive = (target: WeakKey | undefined) => target !== undefined && this.#alive.has(target);
    const live = (target: WeakKey) => this.#alive.add(target);
    this.#Reference = class<T extends WeakKey> extends WeakRef<T> {
      constructor(target: T) {
        super(target);
        live(target);
      }

      override deref(): T | undefined {
        const target = super.deref();
        return isAlive(target) ? target : undefined;
      }
    };
    globalThis.WeakRef = this.#Reference;
  }

  /** Everything that is referred to dies, but for what is kept. */
  endLives(kept: readonly WeakKey[] = []): void {
    this.#alive = new WeakSet(kept);
  }

  /** How many references are kept, exactly: their targets may be dead. Takes one garbage collection. */
  count(): number {
    return queryObjects(this.#Reference, {format: 'count'});
  }

  restore(): void {
    globalThis.WeakRef = this.#stock;
  }
}
