import type {Dictionary, ModelClass} from '../juggler/types';

/**
 * Lists everything in a class of juggler's making that user code can change. When a later snapshot of the class has other
 * items, the class was changed. Settings that are empty maps are left out, because juggler itself adds two of those later.
 */
export function stockClassSnapshot(model: ModelClass): unknown[] {
  const snapshot: unknown[] = [];
  const {base, definition, settings, _observers, validations, relations, getter, setter} = model;
  const statics = model as unknown as Dictionary<unknown>;
  const baseStatics = base as unknown as Dictionary<unknown>;
  // juggler copies the statics of the base; only the names of those that differ from the base are listed, which keeps the list
  // short
  snapshot.push(Object.getOwnPropertyNames(model).length, model.eventNames?.().length);
  for (const name in base)
    if (name !== '_mixins' && statics[name] !== baseStatics[name] && !OWN_STATICS.has(name)) snapshot.push(name);
  for (const name of Object.getOwnPropertyNames(model.prototype)) {
    const property = Object.getOwnPropertyDescriptor(model.prototype, name)!;
    snapshot.push(name, property.get ?? property.value, property.set);
  }
  for (const lists of [_observers, validations]) for (const name in lists) snapshot.push(name, lists[name]?.length);
  for (const values of [getter, setter, relations]) for (const name in values) snapshot.push(name, values[name]);
  for (const name in settings) {
    const setting = settings[name];
    const isEmptyMap = typeof setting === 'object' && setting !== null && Object.keys(setting).length === 0;
    if (!isEmptyMap) snapshot.push(name, setting);
  }
  snapshot.push(definition?.properties);
  for (const name in definition?.properties) {
    const property = definition.properties[name];
    for (const attribute in property) snapshot.push(attribute, property[attribute]);
  }
  return snapshot;
}

/** Statics that juggler makes for each class, so that they always differ from those of the base. */
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
