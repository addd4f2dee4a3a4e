import {SweepThreshold} from './sweep-threshold';

/**
 * Values by key, none of which this keeps alive. Entries of dead values are swept each time the map has doubled. A finalizer could not do
 * that: finalizers may never run.
 */
export class WeakValueMap<Value extends object> {
  readonly #refs = new Map<string, WeakRef<Value>>();
  readonly #sweep = new SweepThreshold(16);

  get(key: string): Value | undefined {
    return this.#refs.get(key)?.deref();
  }

  set(key: string, value: Value): void {
    if (this.#sweep.isReached(this.#refs.size)) {
      for (const [each, ref] of this.#refs) if (ref.deref() === undefined) this.#refs.delete(each);
      this.#sweep.sweptTo(this.#refs.size);
    }
    this.#refs.set(key, new WeakRef(value));
  }
}
