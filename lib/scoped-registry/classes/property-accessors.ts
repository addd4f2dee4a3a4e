import {CLASS_RECORD} from '../ownership/class-record';
import {isModelClass, type Dictionary, type ModelClass} from '../juggler/types';

interface Instance {
  constructor: Function;
  __data?: Dictionary<unknown>;
}

/** The property descriptors of one name, for every class that has a property of that name: they find the class by the instance. */
export interface Accessors {
  readonly value: PropertyDescriptor;
  readonly raw: PropertyDescriptor;
}

/** What a copy of juggler coerces by. */
export interface JugglerTypes {
  readonly List: new (items: unknown, itemType: unknown, parent: object) => unknown;
  readonly resolveType: (model: ModelClass, name: string) => unknown;
  /** juggler 3.36: a list has the data around it for a parent and an embedded instance has none, and types are called. */
  readonly isOld: boolean;
}

/** Maps of a class that take the place of the plain accessors: set on a class once it has any. */
export const GETTERS = Symbol('getters');
export const SETTERS = Symbol('setters');

interface WithIds extends Instance {
  constructor: ModelClass & {definition: {idNames(): string[]}};
}

/** juggler: the id of a model whose one id has another name is that. */
export const OTHER_ID: PropertyDescriptor = {
  get(this: WithIds) {
    return this.__data![this.constructor.definition.idNames()[0]];
  },
  enumerable: false,
  configurable: true,
};

/** juggler: the id of a model with several ids, or none, is an object of them. */
export const COMPOSITE_ID: PropertyDescriptor = {
  get(this: WithIds) {
    const ids: Dictionary<unknown> = {};
    for (const name of this.constructor.definition.idNames()) ids[name] = this.__data![name];
    return ids;
  },
  enumerable: false,
  configurable: true,
};

/** As juggler's `registerProperty` makes them (ModelBuilder.prototype.define), for any class. */
export function makeAccessors(name: string, types: JugglerTypes): Accessors {
  // juggler looks for a getter and a setter in plain objects, which it makes for each class
  const inherited = (Object.prototype as unknown as Dictionary<(value?: unknown) => unknown>)[name];
  return {
    value: {
      get(this: Instance) {
        const getters = (this.constructor as unknown as {[GETTERS]?: Dictionary<() => unknown>})[GETTERS];
        const getter = getters ? getters[name] : inherited;
        return getter ? getter.call(this) : this.__data && this.__data[name];
      },
      set(this: Instance, value: unknown) {
        const model = classWith(name, this.constructor as ModelClass);
        const {properties, settings} = model.definition!;
        const type = properties[name].type;
        if (value === undefined && settings.persistUndefinedAsNull) value = null;
        const setters = model[SETTERS];
        const setter = setters ? setters[name] : inherited;
        if (setter) {
          setter.call(this, value);
          return;
        }
        // juggler's too gives an object that inherits from an instance the data as its own
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

/** A subclass may be without a property of its base, whose accessor its instances still inherit. */
function classWith(name: string, model: ModelClass): ModelClass & {[SETTERS]?: Dictionary<(value: unknown) => void>} {
  let owner = model;
  while (!owner.definition!.properties[name] && owner.base?.definition) owner = owner.base;
  return owner;
}

function coerce(
  value: unknown,
  type: unknown,
  parent: Instance,
  data: object,
  {List, resolveType, isOld}: JugglerTypes,
): unknown {
  if (Array.isArray(type) || type === Array) return new List(value, type, isOld ? data : parent);
  if (type === Date) return new Date(value as string);
  if (type === Boolean) return toBoolean(value);
  // after the value types, as juggler does: a type's name in the definition is not read as the type itself
  const Type = (typeof type === 'string' ? resolveType(parent.constructor as ModelClass, type) : type) as ModelClass;
  let coerced: unknown = value;
  if (!(value instanceof (Type as Function))) {
    coerced =
      !isOld && isClass(Type)
        ? new (Type as unknown as new (value: unknown) => unknown)(value)
        : (Type as unknown as (value: unknown) => unknown)(value);
  }
  if (isOld) return coerced;
  const embedded = (coerced as object | null | undefined)?.constructor;
  // a list lets its items know the instance around it where their builder asks for that: juggler's own way, of one item
  if (value && isModelClass(embedded) && embedded.modelBuilder?.settings?.parentRef) new List([coerced], undefined, parent);
  return coerced;
}

/** As juggler asks it, by the source text; but not of what is none. */
function isClass(type: Function): boolean {
  return type !== String && type !== Number && !Object.hasOwn(type, CLASS_RECORD) && String(type).startsWith('class ');
}

function toBoolean(value: unknown): boolean {
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  return Boolean(value);
}
