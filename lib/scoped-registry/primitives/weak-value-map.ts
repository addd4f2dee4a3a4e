/**
 * Values by key, none of which this keeps alive. Each entry that is added removes up to two entries of dead values, all of them in turn.
 * So no single call goes through the whole map. A finalizer could not do that: finalizers may never run.
 */
export class WeakValueMap<Value extends object> {
  readonly #refs = new Map<string, WeakRef<Value>>();
  #sweep = this.#refs.entries();

  get(key: string): Value | undefined {
    return this.#refs.get(key)?.deref();
  }

  set(key: string, value: Value): void {
    for (let step = 0; step < 2; step++) this.#sweepNext();
    this.#refs.set(key, new WeakRef(value));
  }

  #sweepNext(): void {
    const {value: entry, done} = this.#sweep.next();
    if (done) this.#sweep = this.#refs.entries();
    else if (entry[1].deref() === undefined) this.#refs.delete(entry[0]);
  }
}
