import type {ModelRegistry} from './model-registry';
import type {ModelClass} from './juggler';

/**
 * The registry that each class belongs to. Weak by class, and a class keeps its registry: while somebody holds a class
 * of an evicted tenant, the tenant's registry lives too and comes back as itself instead of as a twin.
 */
const owners = new WeakMap<object, ModelRegistry>();

export function setOwner(model: ModelClass, registry: ModelRegistry): void {
  owners.set(model, registry);
}

/**
 * The registry that a model class belongs to, or undefined for a class made without one. A copy of a class that a
 * transaction made (juggler: slave model) belongs where its master does.
 */
export function ownerOf(model: unknown): ModelRegistry | undefined {
  return typeof model === 'function' ? owners.get(model) : undefined;
}
