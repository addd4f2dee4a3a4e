/**
 * Makes the accessors of properties. juggler's accessors close over one class. These accessors find the class as the
 * constructor of the instance, so all classes with a property of the same name share them.
 */
import {CLASS_RECORD} from '../ownership/class-record';
import {isModelClass, type Dictionary, type ModelClass} from '../juggler/types';

interface Instance {
  constructor: Function;
  __data?: Dictionary<unknown>;
}

/** The accessors of one property name: `name` coerces what is assigned; `$name` reads and writes the stored value. */
export interface Accessors {
  readonly value: PropertyDescriptor;
  readonly raw: PropertyDescriptor;
}

/** What the accessors need of one copy of juggler to coerce values. */
export interface JugglerTypes {
  readonly List: new (items: unknown, itemType: unknown, parent: object) => unknown;
  readonly resolveType: (model: ModelClass, name: string) => unknown;
  /**
   * Whether this is juggler 3.36. There the parent of a list is the data around the list, an embedded instance has no parent,
   * and types are called without `new`.
   */
  readonly isJuggler3: boolean;
}

/**
 * juggler's `getter` and `setter` dictionaries of a class, stored on the class once they are first read. They override the
 * accessors.
 */
export const GETTERS = Symbol('getters');
export const SETTERS = Symbol('setters');

interface WithIds extends Instance {
  constructor: ModelClass & {definition: {idNames(): string[]}};
}

/** The virtual `id` that juggler defines for a model with a single id of another name: it reads that property. */
export const OTHER_ID: PropertyDescriptor = {
  get(this: WithIds) {
    return this.__data![this.constructor.definition.idNames()[0]];
  },
  enumerable: false,
  configurable: true,
};

/** The virtual `id` that juggler defines for a model with several ids or none: an object with the values of all ids. */
export const COMPOSITE_ID: PropertyDescriptor = {
  get(this: WithIds) {
    const ids: Dictionary<unknown> = {};
    for (const name of this.constructor.definition.idNames()) ids[name] = this.__data![name];
    return ids;
  },
  enumerable: false,
  configurable: true,
};

/** Makes accessors that behave like those of juggler's `registerProperty` (ModelBuilder.prototype.define), for any class. */
export function makeAccessors(name: string, types: JugglerTypes): Accessors {
  // juggler's `getter` and `setter` are plain objects, so a name such as `toString` finds an inherited function there
  const inherited = (Object.prototype as unknown as Dictionary<(value?: unknown) => unknown>)[name];
  return {
    value: {
      get(this: Instance) {
        const getters = (this.constructor as unknown as {[GETTERS]?: Dictionary<() => unknown>})[GETTERS];
        const getter = getters ? getters[name] : inherited;
        return getter ? getter.call(this) : this.__data && this.__data[name];
      },
      set(this: Instance, value: unknown) {
        const model = classDefining(name, this.constructor as ModelClass);
        const {properties, settings} = model.definition!;
        const type = properties[name].type;
        if (value === undefined && settings.persistUndefinedAsNull) value = null;
        const setters = model[SETTERS];
        const setter = setters ? setters[name] : inherited;
        if (setter) {
          setter.call(this, value);
          return;
        }
        // as in juggler, an object that inherits from an instance gets a reference to the instance's data as its own property
        const data = (this.__data = this.__data || {});
        data[name] = value === null || value === undefined ? value : coerce(value, type, this, data, types);
      },
      configurable: true,
      enumerable: true,
    },
    raw: {
      get(this: Instance) {
        return this.__data && this.__data[name];
      },
      set(this: Instance, value: unknown) {
        (this.__data ??= {})[name] = value;
      },
      configurable: true,
      enumerable: false,
    },
  };
}

/**
 * Returns the class that defines a property: the class itself or the nearest base. A subclass may have removed a property of
 * its base, and its instances still inherit the accessor.
 */
function classDefining(name: string, model: ModelClass): ModelClass & {[SETTERS]?: Dictionary<(value: unknown) => void>} {
  let owner = model;
  while (!owner.definition!.properties[name] && owner.base?.definition) owner = owner.base;
  return owner;
}

/** Converts an assigned value to the type of the property, as juggler's accessor does. */
function coerce(
  value: unknown,
  type: unknown,
  parent: Instance,
  data: object,
  {List, resolveType, isJuggler3}: JugglerTypes,
): unknown {
  if (Array.isArray(type) || type === Array) return new List(value, type, isJuggler3 ? data : parent);
  if (type === Date) return new Date(value as string);
  if (type === Boolean) return toBoolean(value);
  // juggler resolves a type name after the checks above, so the name 'Date' in a definition is not treated like the type Date
  const Type = (typeof type === 'string' ? resolveType(parent.constructor as ModelClass, type) : type) as ModelClass;
  let coerced: unknown = value;
  if (!(value instanceof (Type as Function))) {
    coerced =
      !isJuggler3 && isClass(Type)
        ? new (Type as unknown as new (value: unknown) => unknown)(value)
        : (Type as unknown as (value: unknown) => unknown)(value);
  }
  if (isJuggler3) return coerced;
  const embedded = (coerced as object | null | undefined)?.constructor;
  // juggler's applyParentProperty, which is not exported, sets the parent of an embedded instance; juggler's List calls it for
  // its items
  if (value && isModelClass(embedded) && embedded.modelBuilder?.settings?.parentRef) new List([coerced], undefined, parent);
  return coerced;
}

/**
 * Whether a type is written as a class, by its source text as in juggler's isClass (utils.js). Types known to be functions are
 * decided without reading their text.
 */
function isClass(type: Function): boolean {
  return type !== String && type !== Number && !Object.hasOwn(type, CLASS_RECORD) && String(type).startsWith('class ');
}

function toBoolean(value: unknown): boolean {
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  return Boolean(value);
}
