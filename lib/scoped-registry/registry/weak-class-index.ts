import type {ModelClass} from '../juggler/types';
import {SweepThreshold} from '../primitives/sweep-threshold';

/**
 * The embedded classes that no model uses any more, by the hash of their structure. It keeps none of them alive. While user code holds
 * an instance, the structure finds the class again.
 */
export class WeakClassIndex {
  #refs = new Map<number, WeakRef<ModelClass>[]>();
  #size = 0;
  readonly #threshold = new SweepThreshold();

  add(hash: number, model: ModelClass): void {
    if (this.#threshold.isReached(this.#size)) {
      for (const [otherHash, refs] of this.#refs)
        this.#set(
          otherHash,
          refs.filter(ref => ref.deref()),
        );
      this.#threshold.sweptTo(this.#size);
    }
    this.#set(hash, [...(this.#refs.get(hash) ?? []), new WeakRef(model)]);
  }

  /** The classes of a hash that are still alive. */
  classesOf(hash: number): ModelClass[] {
    return (this.#refs.get(hash) ?? []).map(ref => ref.deref()).filter(model => model !== undefined);
  }

  /** @returns whether the class was listed under the hash */
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
