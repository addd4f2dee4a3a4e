import {CLASS_RECORD, recordOf} from './class-record';
import type {ModelClass} from '../juggler/types';
import type {OwningRegistry} from './owning-registry';

/**
 * The owning registry of each class that juggler made; a light class has its owner in its class record. A class keeps its registry
 * alive, and this map keeps no class alive. So while user code holds a class of an evicted tenant, the weak tier of RegistryCache
 * still finds the tenant's registry, and no second registry is made for the tenant.
 */
const owners = new WeakMap<object, OwningRegistry>();

/** Makes `registry` the owner of a class. */
export function setOwner(model: ModelClass, registry: OwningRegistry): void {
  if (Object.hasOwn(model, CLASS_RECORD)) recordOf(model).owner = registry;
  else owners.set(model, registry);
}

/**
 * The registry that a model class belongs to; undefined for any other value and for a class that was made without a registry. A
 * transaction's copy of a class (juggler's `copyModel` calls it slave) belongs to the registry of the copied class.
 */
export function ownerOf(model: unknown): OwningRegistry | undefined {
  if (typeof model !== 'function') return undefined;
  return Object.hasOwn(model, CLASS_RECORD) ? recordOf(model as ModelClass).owner : owners.get(model);
}
