import * as timers from '../../lib/scoped-registry/primitives/timers';

type Timers = {-readonly [Name in keyof typeof timers]: unknown};

/** The timers that the library has taken from Node, where a spec may put others. */
export const ownTimers = timers as Timers;

/** @returns a function that takes back what was replaced */
export function replaceOwnTimers(replacements: Partial<Timers>): () => void {
  const before = {...timers};
  Object.assign(ownTimers, replacements);
  return () => void Object.assign(ownTimers, before);
}
