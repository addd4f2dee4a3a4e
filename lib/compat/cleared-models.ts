import {isEmbedded} from '../scoped-registry/classes/change-detection';
import type {ModelClass} from '../scoped-registry/juggler/types';
import type {ModelRegistry} from '../scoped-registry/registry/model-registry';

/**
 * The models of no tenant that `clear()` has removed from all look-ups. Their registries keep them, because the application
 * may still use them, and juggler cannot use a class without its definition.
 */
export class ClearedModels {
  readonly #models = new WeakSet<ModelClass>();
  /** By registry: how often it had reused an embedded class. */
  readonly #reused = new WeakMap<ModelRegistry, number>();

  /** Removes the models that a registry has now. */
  addAllOf(registry: ModelRegistry): void {
    const {catalogue, embeddedIndex} = registry;
    embeddedIndex.makeDeferredClasses();
    for (const model of [...catalogue.listed()]) {
      // so that the next define of its structure makes a class that can be found
      if (isEmbedded(model)) embeddedIndex.forget(model);
      this.#models.add(model);
    }
    this.#reused.set(registry, embeddedIndex.reused);
  }

  has(model: ModelClass): boolean {
    return this.#models.has(model);
  }

  /** How often a registry has reused an embedded class since. */
  reusedBy(registry: ModelRegistry): number {
    return registry.embeddedIndex.reused - (this.#reused.get(registry) ?? 0);
  }
}
