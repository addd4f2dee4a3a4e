import type {ModelClass} from './juggler';

/** The statics through which every use of a class goes: its constructor, its accessors and all data access. */
const GATES = ['settings', 'definition', 'dataSource', 'modelBuilder'] as const;

/** juggler's own state on a class: all of it may refer to other classes. */
const STATE = ['relations', 'scopes', '_scopeMeta', '_observers', 'validations', 'getter', 'setter', '_mixins'] as const;

/**
 * Ends a class whose registry has ended: from now on every use throws `error()`, and the class refers to no other.
 * Instances that somebody still holds can be read, not written. Emptying the definition and the accessors matters as
 * much as the statics: juggler's closures on the class hold them, and through them every class they mention.
 */
export function seal(model: ModelClass, error: () => Error): void {
  const {definition} = model;
  model.removeAllListeners?.();
  const refuse = () => {
    throw error();
  };
  for (const name of GATES) {
    Object.defineProperty(model, name, {get: refuse, set: refuse, enumerable: false, configurable: true});
  }
  // emptied, not replaced: a transaction's copy of the class shares them
  for (const name of STATE) if (Object.hasOwn(model, name)) empty((model as unknown as Record<string, object>)[name]);
  if (definition) {
    const {properties, rawProperties, settings} = definition;
    // the setters of juggler's accessors hold the property set of the time, not the definition
    for (const name in properties) empty(properties[name]);
    for (const object of [properties, rawProperties, settings]) empty(object);
    definition.relations = [];
    definition._ids = definition.json = undefined;
  }
  readOnly(model.prototype as object, refuse);
}

/**
 * Lets a class that was replaced by a newer one of its name notice the end of its registry, which no longer knows it.
 * Its constructor reads `settings` first, so that is where it looks.
 */
export function followEnd(model: ModelClass, registry: {assertUsable(): void}): void {
  const {settings} = model;
  Object.defineProperty(model, 'settings', {
    get() {
      registry.assertUsable();
      return settings;
    },
    enumerable: true,
    configurable: true,
  });
}

/**
 * Replaces the accessors of a model's properties by ones that read the loaded value and hold nothing but its name, and
 * everything else (methods, scopes, relations: all of them lead to other classes) by refusals.
 */
function readOnly(prototype: object, refuse: () => never): void {
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const property = Object.getOwnPropertyDescriptor(prototype, name)!;
    if (name === 'constructor' || !property.configurable) continue;
    const {enumerable = false} = property;
    if (property.set) {
      const key = name.startsWith('$') ? name.slice(1) : name;
      const get = function (this: {__data?: Record<string, unknown>}) {
        return this.__data?.[key];
      };
      Object.defineProperty(prototype, name, {get, set: refuse, enumerable, configurable: true});
    } else if (typeof property.value === 'function') {
      Object.defineProperty(prototype, name, {value: refuse, enumerable, configurable: true, writable: true});
    } else {
      delete (prototype as Record<string, unknown>)[name];
    }
  }
}

function empty(object: object | undefined): void {
  if (Array.isArray(object)) object.length = 0;
  for (const name in object) if (Object.hasOwn(object, name)) delete (object as Record<string, unknown>)[name];
}
