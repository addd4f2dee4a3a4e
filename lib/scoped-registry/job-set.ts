/** A set that is empty again in the next job of the event loop. */
export class JobSet<T extends object> {
  #items: WeakSet<T> | undefined;

  add(item: T): void {
    if (!this.#items) {
      this.#items = new WeakSet();
      setImmediate(() => (this.#items = undefined)).unref();
    }
    this.#items.add(item);
  }

  has(item: T): boolean {
    return this.#items?.has(item) ?? false;
  }
}
