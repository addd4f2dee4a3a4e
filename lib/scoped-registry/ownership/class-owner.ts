import {CLASS_RECORD, recordOf} from './class-record';
import type {ModelClass} from '../juggler/types';
import type {OwningRegistry} from './owning-registry';

/**
 * The registry of each class that juggler has made. Weak by class, and a class keeps its registry: while somebody holds a class
 * of an evicted tenant, the tenant's registry lives too and comes back as itself instead of as a twin.
 */
const owners = new WeakMap<object, OwningRegistry>();

export function setOwner(model: ModelClass, registry: OwningRegistry): void {
  if (Object.hasOwn(model, CLASS_RECORD)) recordOf(model).owner = registry;
  else owners.set(model, registry);
}

/**
 * The registry that a model class belongs to, or undefined for a class made without one. A copy of a class that a
 * transaction made (juggler: slave model) belongs where its master does.
 */
export function ownerOf(model: unknown): OwningRegistry | undefined {
  if (typeof model !== 'function') return undefined;
  return Object.hasOwn(model, CLASS_RECORD) ? recordOf(model as ModelClass).owner : owners.get(model);
}
