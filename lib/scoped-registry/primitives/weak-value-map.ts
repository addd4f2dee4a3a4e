import {SweepThreshold} from './sweep-threshold';

/**
 * A map that holds its values weakly. When the map has doubled in size, it deletes the entries whose values are dead (see
 * SweepThreshold). A FinalizationRegistry could not do this reliably, because finalizers may never run.
 */
export class WeakValueMap<Value extends object> {
  readonly #refs = new Map<string, WeakRef<Value>>();
  readonly #threshold = new SweepThreshold(16);

  get(key: string): Value | undefined {
    return this.#refs.get(key)?.deref();
  }

  set(key: string, value: Value): void {
    if (this.#threshold.isReached(this.#refs.size)) {
      for (const [knownKey, ref] of this.#refs) if (ref.deref() === undefined) this.#refs.delete(knownKey);
      this.#threshold.sweptTo(this.#refs.size);
    }
    this.#refs.set(key, new WeakRef(value));
  }
}
