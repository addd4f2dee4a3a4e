/** A set that is empty again in the next job of the event loop. */
export class MacrotaskSet<T extends object> {
  #items: WeakSet<T> | undefined;
  #endsWithJob = false;

  add(item: T): void {
    this.#items ??= new WeakSet();
    this.#items.add(item);
    if (this.#endsWithJob) return;
    this.#endsWithJob = true;
    setImmediate(() => {
      this.#endsWithJob = false;
      this.clear();
    }).unref();
  }

  has(item: T): boolean {
    return this.#items?.has(item) ?? false;
  }

  clear(): void {
    this.#items = undefined;
  }
}
