import type {Dictionary, ModelClass} from '../juggler/types';

/**
 * Everything about a class of juggler's making that user code can change, as one list of values. juggler itself writes two of the settings
 * later, as empty maps.
 */
export function stockClassSnapshot(model: ModelClass): unknown[] {
  const look: unknown[] = [];
  const {base, definition, settings, _observers, validations, relations, getter, setter} = model;
  const statics = model as unknown as Dictionary<unknown>;
  const baseStatics = base as unknown as Dictionary<unknown>;
  // juggler copies the statics of the base: these are compared with it, not remembered
  look.push(Object.getOwnPropertyNames(model).length, model.eventNames?.().length);
  for (const name in base)
    if (name !== '_mixins' && statics[name] !== baseStatics[name] && !OWN_STATICS.has(name)) look.push(name);
  for (const name of Object.getOwnPropertyNames(model.prototype)) {
    const property = Object.getOwnPropertyDescriptor(model.prototype, name)!;
    look.push(name, property.get ?? property.value, property.set);
  }
  for (const lists of [_observers, validations]) for (const name in lists) look.push(name, lists[name]?.length);
  for (const values of [getter, setter, relations]) for (const name in values) look.push(name, values[name]);
  for (const name in settings) {
    const setting = settings[name];
    const isEmptyMap = typeof setting === 'object' && setting !== null && Object.keys(setting).length === 0;
    if (!isEmptyMap) look.push(name, setting);
  }
  look.push(definition?.properties);
  for (const name in definition?.properties) {
    const property = definition.properties[name];
    for (const attribute in property) look.push(attribute, property[attribute]);
  }
  return look;
}

/** Statics that juggler makes for each class. */
const OWN_STATICS = new Set([
  'getter',
  'setter',
  'definition',
  'settings',
  'extend',
  'forEachProperty',
  'attachTo',
  'registerProperty',
  '__rank',
]);
