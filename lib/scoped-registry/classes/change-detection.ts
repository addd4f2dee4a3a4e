import type {Dictionary, ModelClass} from '../juggler/types';
import {FIRST_USES, firstUses, isUsed, madeOnce, madeWith, stateOf} from '../ownership/class-record';
import {isAsFilled} from './lazy-definition';
import {EmbeddedStructure} from './embedded-class-record';
import {GETTERS, SETTERS} from './property-accessors';
import {hasCurrentStatics, type Look} from './static-layer';

/** Own properties that a class has, or gets on first use without being changed by that. */
const OWN = new Set<PropertyKey>([
  ...['length', 'name', 'prototype', 'arguments', 'caller', 'definition', 'validations'],
  ...[FIRST_USES, GETTERS, SETTERS],
]);

/** Whether a class is of our making. */
export function isLight(model: ModelClass): boolean {
  return Object.hasOwn(model, FIRST_USES);
}

/** What an embedded class of ours was made from. */
export function madeFrom(model: ModelClass): EmbeddedStructure | undefined {
  const structure = isLight(model) ? firstUses(model) : undefined;
  return structure instanceof EmbeddedStructure ? structure : undefined;
}

/** Whether a class of ours is still what its structure says. */
export function isUntouched(model: ModelClass, look: Look): boolean {
  if (!hasCurrentStatics(model, look)) return false;
  for (const name of Reflect.ownKeys(model)) if (!OWN.has(name)) return false;
  const prototype = model.prototype as object;
  const names = Reflect.ownKeys(prototype);
  if (names.length !== 1 || names[0] !== 'constructor' || (prototype as {constructor: unknown}).constructor !== model)
    return false;
  if (isUsed(model) && !isStateEmpty(model)) return false;
  if (model.definition !== madeWith(model)) return false;
  return isAsFilled(model.definition, Object.hasOwn(model, 'validations') ? model.validations : undefined);
}

/** Of what was made on first use. */
function isStateEmpty(model: ModelClass): boolean {
  if (!isEmpty(stateOf(model, 'relations'))) return false;
  const observers = stateOf<Dictionary<unknown[]>>(model, '_observers');
  if (observers && Object.values(observers).some(list => list.length > 0)) return false;
  const ownStatics = model as unknown as Record<PropertyKey, Dictionary<unknown> | undefined>;
  for (const map of [GETTERS, SETTERS]) if (ownStatics[map] && !isEmpty(ownStatics[map])) return false;
  const emitter = madeOnce(model, '') as {eventNames(): unknown[]} | undefined;
  return !emitter || emitter.eventNames().length === 0;
}

function isEmpty(object: object | undefined): boolean {
  return Object.keys(object ?? {}).length === 0;
}
