import {madeTypesOf} from '../classes/lazy-definition';
import type {Dictionary, ModelClass, Relation} from '../juggler/types';
import {ownStateOf} from '../ownership/class-record';
import {SweepThreshold} from '../primitives/sweep-threshold';

/**
 * Finds the embedded classes of a registry that no model uses any more. Redefined models leave such classes behind. A tenant whose
 * custom fields change every day would otherwise collect a new set of classes with each change.
 */
export class UnusedClassSweep {
  /** The embedded classes that the defines of models have made. */
  #embedded: Set<ModelClass> | undefined;
  readonly #threshold = new SweepThreshold();

  add(model: ModelClass): void {
    (this.#embedded ??= new Set()).add(model);
  }

  delete(model: ModelClass): void {
    this.#embedded?.delete(model);
  }

  /** Calls `drop` for each class that no model of `models` uses. Runs only when the number of classes has doubled since the last time. */
  sweep(models: Iterable<ModelClass>, drop: (model: ModelClass) => void): void {
    const embedded = this.#embedded;
    if (!embedded || !this.#threshold.isReached(embedded.size)) return;
    for (const model of unusedEmbedded(embedded, models)) {
      embedded.delete(model);
      drop(model);
    }
    this.#threshold.sweptTo(embedded.size);
  }

  clear(): void {
    this.#embedded = undefined;
  }
}

/** The classes among `candidates` that no listed model leads to, by its properties, its relations or its base class. */
function unusedEmbedded(candidates: Iterable<ModelClass>, models: Iterable<ModelClass>): ModelClass[] {
  const unused = new Set(candidates);
  const seen = new Set<unknown>();
  const queue: unknown[] = [...models].filter(model => !unused.has(model));
  while (queue.length > 0) {
    const type = queue.pop();
    if (seen.has(type)) continue;
    seen.add(type);
    if (Array.isArray(type)) queue.push(...(type as unknown[]));
    if (typeof type !== 'function') continue;
    const model = type as ModelClass;
    const {base} = model;
    const relations = ownStateOf<Dictionary<Relation>>(model, 'relations');
    unused.delete(type as ModelClass);
    if (base) queue.push(base);
    queue.push(...madeTypesOf(model.definition));
    for (const name in relations) queue.push(relations[name]?.modelTo, relations[name]?.modelThrough);
  }
  return [...unused];
}
