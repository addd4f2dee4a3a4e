import type {Dictionary, ModelClass} from '../juggler/types';
import {CLASS_RECORD, recordOf, hasMadeAnything, madeOnce, definitionMadeWith, ownStateOf} from '../ownership/class-record';
import {isUnchangedDefinition} from './lazy-definition';
import {EmbeddedClassRecord} from './embedded-class-record';
import {GETTERS, SETTERS} from './property-accessors';
import {hasCurrentStatics, type Look} from './static-layer';

/** Own properties that a class has, or gets on first use without being changed by that. */
const OWN = new Set<PropertyKey>([
  ...['length', 'name', 'prototype', 'arguments', 'caller', 'definition', 'validations'],
  ...[CLASS_RECORD, GETTERS, SETTERS],
]);

/** Whether a class is of our making. */
export function isLightClass(model: ModelClass): boolean {
  return Object.hasOwn(model, CLASS_RECORD);
}

/** What an embedded class of ours was made from. */
export function embeddedRecordOf(model: ModelClass): EmbeddedClassRecord | undefined {
  const structure = isLightClass(model) ? recordOf(model) : undefined;
  return structure instanceof EmbeddedClassRecord ? structure : undefined;
}

/** Whether a class of ours is still what its structure says. */
export function isUnchanged(model: ModelClass, look: Look): boolean {
  if (!hasCurrentStatics(model, look)) return false;
  for (const name of Reflect.ownKeys(model)) if (!OWN.has(name)) return false;
  const prototype = model.prototype as object;
  const names = Reflect.ownKeys(prototype);
  if (names.length !== 1 || names[0] !== 'constructor' || (prototype as {constructor: unknown}).constructor !== model)
    return false;
  if (hasMadeAnything(model) && !isStateEmpty(model)) return false;
  if (model.definition !== definitionMadeWith(model)) return false;
  return isUnchangedDefinition(model.definition, Object.hasOwn(model, 'validations') ? model.validations : undefined);
}

/** Of what was made on first use. */
function isStateEmpty(model: ModelClass): boolean {
  if (!isEmpty(ownStateOf(model, 'relations'))) return false;
  const observers = ownStateOf<Dictionary<unknown[]>>(model, '_observers');
  if (observers && Object.values(observers).some(list => list.length > 0)) return false;
  const ownStatics = model as unknown as Record<PropertyKey, Dictionary<unknown> | undefined>;
  for (const map of [GETTERS, SETTERS]) if (ownStatics[map] && !isEmpty(ownStatics[map])) return false;
  const emitter = madeOnce(model, '') as {eventNames(): unknown[]} | undefined;
  return !emitter || emitter.eventNames().length === 0;
}

function isEmpty(object: object | undefined): boolean {
  return Object.keys(object ?? {}).length === 0;
}
