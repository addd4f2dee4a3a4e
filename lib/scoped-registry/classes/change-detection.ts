/**
 * Finds out whether user code has changed an embedded class since the class was made. A changed class no longer stands for its
 * structure, so the look-up by structure must not return it.
 */
import type {Dictionary, ModelClass} from '../juggler/types';
import {
  CLASS_RECORD,
  EMITTER,
  recordOf,
  hasMadeAnything,
  madeSoFar,
  definitionMadeWith,
  ownStateOf,
} from '../ownership/class-record';
import {isUnchangedDefinition, isUnreadDefinition} from './lazy-definition';
import {EmbeddedClassRecord} from './embedded-class-record';
import {GETTERS, SETTERS} from './property-accessors';
import {hasCurrentStatics, type CheckRound} from './static-layer';

/** Own properties of an unchanged light class. It has some of them from the start, and gets the others on first use. */
const EXPECTED_STATICS = new Set<PropertyKey>([
  ...['length', 'name', 'prototype', 'arguments', 'caller', 'definition', 'validations'],
  ...[CLASS_RECORD, GETTERS, SETTERS],
]);

/** Whether a class is a light class: this library made it, and it has a record. Classes of juggler's making have none. */
export function isLightClass(model: ModelClass): boolean {
  return Object.hasOwn(model, CLASS_RECORD);
}

/** Returns the record of an embedded light class, or undefined for any other class. */
export function embeddedRecordOf(model: ModelClass): EmbeddedClassRecord | undefined {
  const record = isLightClass(model) ? recordOf(model) : undefined;
  return record instanceof EmbeddedClassRecord ? record : undefined;
}

/** Whether a class is an embedded one. Does not read a definition that is still empty, because to read it would fill it. */
export function isEmbedded(model: ModelClass): boolean {
  return isUnreadDefinition(model.definition) && embeddedRecordOf(model) ? true : Boolean(model.settings?.anonymous);
}

/**
 * Whether an embedded light class still stands for its structure: nothing has changed its statics, prototype, relations, hooks,
 * listeners, validations or definition, nor the statics of its base.
 */
export function isUnchanged(model: ModelClass, look: CheckRound): boolean {
  if (!hasCurrentStatics(model, look)) return false;
  for (const name of Reflect.ownKeys(model)) if (!EXPECTED_STATICS.has(name)) return false;
  const prototype = model.prototype as object;
  const names = Reflect.ownKeys(prototype);
  if (names.length !== 1 || names[0] !== 'constructor' || (prototype as {constructor: unknown}).constructor !== model)
    return false;
  if (hasMadeAnything(model) && !isStateEmpty(model)) return false;
  if (model.definition !== definitionMadeWith(model)) return false;
  return isUnchangedDefinition(model.definition, Object.hasOwn(model, 'validations') ? model.validations : undefined);
}

/** Whether the state that a class made on first use is empty: relations, observers, getters, setters and listeners. */
function isStateEmpty(model: ModelClass): boolean {
  if (!isEmpty(ownStateOf(model, 'relations'))) return false;
  const observers = ownStateOf<Dictionary<unknown[]>>(model, '_observers');
  if (observers && Object.values(observers).some(list => list.length > 0)) return false;
  const ownStatics = model as unknown as Record<PropertyKey, Dictionary<unknown> | undefined>;
  for (const map of [GETTERS, SETTERS]) if (ownStatics[map] && !isEmpty(ownStatics[map])) return false;
  const emitter = madeSoFar(model, EMITTER) as {eventNames(): unknown[]} | undefined;
  return !emitter || emitter.eventNames().length === 0;
}

function isEmpty(object: object | undefined): boolean {
  return Object.keys(object ?? {}).length === 0;
}
