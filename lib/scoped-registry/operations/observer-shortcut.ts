import type {ModelClass} from '../juggler/types';
import {isJugglersOwn} from '../juggler/method-replacement';

/** Methods that are known to do nothing if there is no observer: juggler's own, and this library's replacements of these. */
const silent = new WeakSet<object>();
/** Methods of user code, which may do anything. */
const notSilent = new WeakSet<object>();

/** A text that only the source of juggler's own method contains, by the name of the method (observer.js). */
const MARKS = {notifyObserversOf: '_notifyBaseObservers(operation', _notifyBaseObservers: 'this.base.notifyObserversOf('};

type Observed = ModelClass & Record<keyof typeof MARKS, object | undefined>;

/** Notes that `replacement` does nothing without an observer, if `method` is known to do nothing then. */
export function markSilentLike(method: object, replacement: object): void {
  if (isSilent(method, 'notifyObserversOf')) silent.add(replacement);
}

/**
 * Whether a notification of `operation` would do nothing: neither the model nor a class that it extends has an observer for it or a
 * replacement of juggler's methods. Such a notification is skipped.
 */
export function isUnobserved(model: unknown, operation: unknown): boolean {
  // juggler accepts a list of operations as well
  if (typeof operation !== 'string') return false;
  for (let observed = model as Observed | undefined; observed; observed = observed.base as Observed | undefined) {
    if (observed._observers?.[operation]?.length) return false;
    if (!isSilent(observed.notifyObserversOf, 'notifyObserversOf')) return false;
    if (!isSilent(observed._notifyBaseObservers, '_notifyBaseObservers')) return false;
  }
  return true;
}

function isSilent(method: object | undefined, name: keyof typeof MARKS): boolean {
  if (!method || notSilent.has(method)) return false;
  if (silent.has(method)) return true;
  const isJugglers = isJugglersOwn(method, MARKS[name]);
  (isJugglers ? silent : notSilent).add(method);
  return isJugglers;
}
