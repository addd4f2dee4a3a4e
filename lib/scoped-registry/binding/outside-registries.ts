import {changesOf, countWithin, noteNameChange, type ChangeCounter} from '../registry/name-changes';
import type {ModelRegistry} from '../registry/model-registry';
import {WeakBag} from '../primitives/weak-bag';

/** The registries of builders without options: each keeps the models that its builder defines while no tenant runs. */
const outsideRegistries = new WeakBag<ModelRegistry>();

export function noteOutsideRegistry(registry: ModelRegistry): void {
  outsideRegistries.add(registry);
  countWithin(outsideRegistries, registry);
  // it may have taken over the models of a builder that was used before
  noteNameChange(registry);
}

/**
 * Yields those of the builders whose tenants are in `registries`, in the order in which the builders were first used.
 * @param registries a TenantRegistries
 */
export function* outsideRegistriesOf(registries: object): IterableIterator<ModelRegistry> {
  for (const registry of outsideRegistries) if (!registry.disposed && registry.guestOf?.() === registries) yield registry;
}

/** Counts the changes of all of them. */
export function outsideChanges(): ChangeCounter {
  return changesOf(outsideRegistries);
}
