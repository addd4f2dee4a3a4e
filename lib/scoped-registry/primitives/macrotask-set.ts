import {setImmediate} from './timers';

/**
 * A set whose items are forgotten after the running macrotask. The first added item schedules an immediate, and that immediate
 * empties the set. The set holds its items weakly.
 */
export class MacrotaskSet<T extends object> {
  #items: WeakSet<T> | undefined;
  #isClearScheduled = false;

  add(item: T): void {
    this.#items ??= new WeakSet();
    this.#items.add(item);
    if (this.#isClearScheduled) return;
    this.#isClearScheduled = true;
    setImmediate(() => {
      this.#isClearScheduled = false;
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
