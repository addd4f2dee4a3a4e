/** Sweeps happen each time the number of entries has doubled, but not below this. */
const SMALLEST_SWEEP = 16;

/**
 * Values by key, none of which this keeps alive. Entries whose value has died are swept each time the map has doubled, so
 * adding is O(1) on average. A finalizer could not do that: finalizers may never run.
 */
export class WeakValueMap<Value extends object> {
  readonly #refs = new Map<string, WeakRef<Value>>();
  #sweepAt = SMALLEST_SWEEP;

  get(key: string): Value | undefined {
    return this.#refs.get(key)?.deref();
  }

  set(key: string, value: Value): void {
    if (this.#refs.size >= this.#sweepAt) {
      for (const [each, ref] of this.#refs) if (ref.deref() === undefined) this.#refs.delete(each);
      this.#sweepAt = Math.max(SMALLEST_SWEEP, this.#refs.size * 2);
    }
    this.#refs.set(key, new WeakRef(value));
  }
}
