/** Counts the changes of names in registries, so that what was found by name can be kept until a name changes. */

export interface ChangeCounter {
  /** Grows with each change that may give or take a name. */
  changes: number;
}

/** By registry. A registry is counted from the first `changesOf` on, so an application that never asks pays nothing. */
const counters = new WeakMap<object, ChangeCounter>();
/** By registry: the larger whole whose counter counts the registry's changes as well. */
const wholes = new WeakMap<object, object>();

/** The counter of a registry, or of a whole. */
export function changesOf(place: object): ChangeCounter {
  let counter = counters.get(place);
  if (!counter) counters.set(place, (counter = {changes: 0}));
  return counter;
}

/** Makes the changes of a registry count as changes of a larger whole too. */
export function countWithin(whole: object, part: object): void {
  wholes.set(part, whole);
}

/** The larger whole of a registry; the registry itself if it is a part of none. */
export function wholeOf<Place extends object>(registry: Place): Place {
  return (wholes.get(registry) as Place | undefined) ?? registry;
}

/** Counts a change of a registry's names. */
export function noteNameChange(registry: object): void {
  for (let place: object | undefined = registry; place; place = wholes.get(place)) {
    const counter = counters.get(place);
    if (counter) counter.changes++;
  }
}

/** Counts how often classes have got another datasource or application, in all registries together. */
export const moves: ChangeCounter = {changes: 0};
