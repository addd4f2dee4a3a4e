import {madeTypesOf} from '../classes/lazy-definition';
import type {Dictionary, ModelClass, Relation} from '../juggler/types';
import {ownStateOf} from '../ownership/class-record';
import {SweepThreshold} from '../primitives/sweep-threshold';

/** The embedded classes that models' defines made for themselves: what of them can go once no model uses it. */
export class UnusedClassSweep {
  #models: Set<ModelClass> | undefined;
  readonly #threshold = new SweepThreshold();

  add(model: ModelClass): void {
    (this.#models ??= new Set()).add(model);
  }

  /** Calls `drop` for what is no longer in use, each time the number has doubled. */
  sweep(models: Dictionary<ModelClass>, drop: (model: ModelClass) => void): void {
    const nested = this.#models;
    if (!nested || !this.#threshold.isReached(nested.size)) return;
    for (const model of unusedEmbedded(nested, models)) {
      nested.delete(model);
      drop(model);
    }
    this.#threshold.sweptTo(nested.size);
  }

  clear(): void {
    this.#models = undefined;
  }
}

/**
 * The embedded classes among `candidates` that no property of a listed model leads to any more: what redefinitions
 * leave behind. A tenant whose custom fields change every day would otherwise collect one generation per change.
 */
function unusedEmbedded(candidates: Iterable<ModelClass>, models: Dictionary<ModelClass>): ModelClass[] {
  const unused = new Set(candidates);
  const seen = new Set<unknown>();
  const queue: unknown[] = Object.keys(models)
    .map(name => models[name])
    .filter(model => !unused.has(model));
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
