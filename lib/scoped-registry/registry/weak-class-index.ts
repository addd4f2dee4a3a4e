import type {ModelClass} from '../juggler/types';
import {SweepThreshold} from '../primitives/sweep-threshold';

/** Embedded classes that no model uses any more, by the number of their structure: alive while somebody holds an instance. */
export class WeakClassIndex {
  #refs = new Map<number, WeakRef<ModelClass>[]>();
  #size = 0;
  readonly #threshold = new SweepThreshold();

  add(hash: number, model: ModelClass): void {
    if (this.#threshold.isReached(this.#size)) {
      for (const [each, refs] of this.#refs)
        this.#set(
          each,
          refs.filter(ref => ref.deref()),
        );
      this.#threshold.sweptTo(this.#size);
    }
    this.#set(hash, [...(this.#refs.get(hash) ?? []), new WeakRef(model)]);
  }

  classesOf(hash: number): ModelClass[] {
    return (this.#refs.get(hash) ?? []).map(ref => ref.deref()).filter(model => model !== undefined);
  }

  /** @returns whether it was there */
  delete(hash: number, model: ModelClass): boolean {
    const refs = this.#refs.get(hash) ?? [];
    const others = refs.filter(ref => ref.deref() !== model);
    this.#set(hash, others);
    return others.length < refs.length;
  }

  #set(hash: number, refs: WeakRef<ModelClass>[]): void {
    this.#size += refs.length - (this.#refs.get(hash)?.length ?? 0);
    if (refs.length > 0) this.#refs.set(hash, refs);
    else this.#refs.delete(hash);
  }
}
