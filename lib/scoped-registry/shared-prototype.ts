import {isModelClass, type Dictionary, type ModelClass} from './juggler';

interface Instance {
  constructor: Function;
  __data?: Dictionary<unknown>;
}

/** The property descriptors of one name, for every class that has a property of that name: they find the class by the instance. */
interface Accessors {
  readonly value: PropertyDescriptor;
  readonly raw: PropertyDescriptor;
}

/** One for each prototype that classes share, as long as it lives: who counts classes by their prototypes can tell. */
export class SharedPart {}

/** What a shared prototype is made of. It keeps its accessors in the table. */
class SharedAccessors extends SharedPart {
  constructor(
    readonly base: object,
    readonly names: readonly string[],
    readonly withId: boolean,
    readonly parts: readonly Accessors[],
  ) {
    super();
  }
}

/** What a copy of juggler coerces by. */
export interface JugglerTypes {
  readonly List: Function;
  readonly resolveType: (model: ModelClass, name: string) => unknown;
}

/** Maps of a class that take the place of the plain accessors: set on a class once it has any. */
export const GETTERS = Symbol('getters');
export const SETTERS = Symbol('setters');

/**
 * The accessors of properties, on prototypes that all classes with the same property names have in common: between a
 * class's own prototype and its base's. They hold names and nothing else, and are gone with the last class that uses them.
 */
export class SharedPrototypes {
  #accessors = new Map<string, WeakRef<Accessors>>();
  #prototypes = new WeakMap<object, Map<string, WeakRef<object>>>();
  #shared = new WeakMap<object, SharedAccessors>();
  #empty = new WeakMap<object, SharedPart>();
  #gone = new FinalizationRegistry<() => void>(forget => forget());

  constructor(private readonly types: JugglerTypes) {}

  /**
   * @param base the prototype of the base class
   * @param withId whether juggler's id of several ids, or none, comes with it
   */
  of(base: object, names: readonly string[], withId: boolean): object {
    let known = this.#prototypes.get(base);
    if (!known) this.#prototypes.set(base, (known = new Map<string, WeakRef<object>>()));
    const key = JSON.stringify([withId, ...names]);
    const shared = known.get(key)?.deref();
    if (shared) return shared;
    const prototype = Object.create(base, withId ? {id: COMPOSITE_ID} : {}) as object;
    const parts = names.map(name => this.accessorsOf(name));
    names.forEach((name, index) => define(prototype, name, parts[index]));
    this.#shared.set(prototype, new SharedAccessors(base, names, withId, parts));
    this.#remember(known, key, prototype);
    return prototype;
  }

  /**
   * Gives the prototype of a class accessors that it shares with others, once: what is registered later is its own.
   * @returns whether it has those of `name`
   */
  share(prototype: object, namesOf: () => readonly string[], name: string): boolean {
    const parent = Object.getPrototypeOf(prototype) as object;
    const shared = this.#shared.get(parent);
    if (shared) return shared.names.includes(name);
    const names = namesOf();
    Object.setPrototypeOf(prototype, this.of(parent, names, false));
    return names.includes(name);
  }

  /** A prototype to share, without accessors. */
  over(below: object): object {
    const prototype = Object.create(below) as object;
    this.#empty.set(prototype, new SharedPart());
    return prototype;
  }

  /**
   * Puts something with methods between the prototype of a class and that of its base, below shared accessors.
   * @returns false where accessors would hide some of the methods: nothing was done
   */
  putBelow(prototype: object, methods: readonly string[], over: (below: object) => object): boolean {
    const parent = Object.getPrototypeOf(prototype) as object;
    const shared = this.#shared.get(parent);
    if (shared?.names.some(name => methods.includes(name))) return false;
    const next = shared ? this.of(over(shared.base), shared.names, shared.withId) : over(parent);
    if (next !== parent) Object.setPrototypeOf(prototype, next);
    return true;
  }

  /** Takes the accessors of a property from the prototype of a class, and no other. */
  remove(prototype: object, name: string): void {
    for (const key of [name, `$${name}`]) Reflect.deleteProperty(prototype, key);
    const shared = this.#shared.get(Object.getPrototypeOf(prototype) as object);
    if (!shared?.names.includes(name)) return;
    const {base, names, withId} = shared;
    Object.setPrototypeOf(
      prototype,
      this.of(
        base,
        names.filter(other => other !== name),
        withId,
      ),
    );
  }

  /** Gives a prototype the accessors of a property. */
  register(prototype: object, name: string): void {
    define(prototype, name, this.accessorsOf(name));
  }

  private accessorsOf(name: string): Accessors {
    const known = this.#accessors.get(name)?.deref();
    if (known) return known;
    const accessors = makeAccessors(name, this.types);
    this.#remember(this.#accessors, name, accessors);
    return accessors;
  }

  #remember<T extends object>(table: Map<string, WeakRef<T>>, key: string, value: T): void {
    const ref = new WeakRef(value);
    table.set(key, ref);
    this.#gone.register(value, () => {
      if (table.get(key) === ref) table.delete(key);
    });
  }
}

function define(prototype: object, name: string, {value, raw}: Accessors): void {
  Object.defineProperty(prototype, name, value);
  Object.defineProperty(prototype, `$${name}`, raw);
}

/** juggler: the id of a model with several ids, or none, is an object of them. */
const COMPOSITE_ID: PropertyDescriptor = {
  get(this: Instance & {constructor: ModelClass}) {
    const ids: Dictionary<unknown> = {};
    for (const name of (this.constructor.definition as unknown as {idNames(): string[]}).idNames())
      ids[name] = this.__data![name];
    return ids;
  },
  enumerable: false,
  configurable: true,
};

/** As juggler's `registerProperty` makes them (ModelBuilder.prototype.define), for any class. */
function makeAccessors(name: string, {List, resolveType}: JugglerTypes): Accessors {
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
        data[name] = value === null || value === undefined ? value : coerce(value, type, this, List, resolveType);
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
  List: Function,
  resolveType: JugglerTypes['resolveType'],
): unknown {
  if (Array.isArray(type) || type === Array) {
    return new (List as new (items: unknown, type: unknown, parent: unknown) => unknown)(value, type, parent);
  }
  if (type === Date) return new Date(value as string);
  if (type === Boolean) return toBoolean(value);
  // after the value types, as juggler does: a type's name in the definition is not read as the type itself
  const Type = (typeof type === 'string' ? resolveType(parent.constructor as ModelClass, type) : type) as ModelClass;
  let coerced: unknown = value;
  if (!(value instanceof (Type as Function))) {
    coerced = String(Type).startsWith('class ')
      ? new (Type as unknown as new (value: unknown) => unknown)(value)
      : (Type as unknown as (value: unknown) => unknown)(value);
  }
  if (value && isModelClass((coerced as object | undefined)?.constructor)) attachParent(coerced as object, parent);
  return coerced;
}

function toBoolean(value: unknown): boolean {
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  return Boolean(value);
}

/** juggler's `applyParentProperty`: where the builder asks for it, an embedded instance knows the one around it. */
function attachParent(child: object, parent: object): void {
  const {modelBuilder} = child.constructor as ModelClass;
  if (!modelBuilder?.settings?.parentRef) return;
  const {__parent: known} = child as {__parent?: object};
  if (Object.hasOwn(child, '__parent')) {
    if (known && known !== parent) {
      console.warn(
        'Re-assigning child model instance to another parent than the original!\n' +
          'Although supported, this is not a recommended practice: ' +
          `${child.constructor.name} -> ${parent.constructor.name}\n` +
          'You should create an independent copy of the child model using `new Model(CHILD)` OR ' +
          '`new Model(CHILD.toJSON())` and assign to new parent',
      );
    }
    (child as {__parent?: object}).__parent = parent;
  } else {
    Object.defineProperty(child, '__parent', {value: parent, writable: true, enumerable: false, configurable: false});
  }
}
