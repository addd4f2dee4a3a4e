import type {ModelClass} from '../juggler/types';
import {isJugglersOwn} from '../juggler/method-replacement';

/** juggler's methods that notify observers and do nothing besides, and what this library has put in their place. */
const silent = new WeakSet<object>();
/** Other ones, which are somebody's and may do anything. */
const others = new WeakSet<object>();

const MARKS = {notifyObserversOf: '_notifyBaseObservers(operation', _notifyBaseObservers: 'this.base.notifyObserversOf('};

type Observed = ModelClass & Record<keyof typeof MARKS, object | undefined>;

/** A replacement that only notifies where the method that it replaces does. */
export function asSilentAs(method: object, replacement: object): void {
  if (isSilent(method, 'notifyObserversOf')) silent.add(replacement);
}

/** Whether to notify the observers of an operation comes to nothing at all, in a model and in all that it extends. */
export function isUnobserved(model: unknown, operation: unknown): boolean {
  // juggler takes lists of operations as well
  if (typeof operation !== 'string') return false;
  for (let observed = model as Observed | undefined; observed; observed = observed.base as Observed | undefined) {
    if (observed._observers?.[operation]?.length) return false;
    if (!isSilent(observed.notifyObserversOf, 'notifyObserversOf')) return false;
    if (!isSilent(observed._notifyBaseObservers, '_notifyBaseObservers')) return false;
  }
  return true;
}

function isSilent(method: object | undefined, name: keyof typeof MARKS): boolean {
  if (!method || others.has(method)) return false;
  if (silent.has(method)) return true;
  const is = isJugglersOwn(method, MARKS[name]);
  (is ? silent : others).add(method);
  return is;
}
