import {haveSameItems} from '../primitives/same-items';
import {WeakValueMap} from '../primitives/weak-value-map';
import {COMPOSITE_ID, makeAccessors, OTHER_ID, type Accessors, type JugglerTypes} from './property-accessors';

/**
 * The kind of virtual property `id` that juggler's `define` puts on the prototype of a class: 'other' when the class has a
 * single id of another name, 'composite' when it has several ids or none. A class whose single id is named `id` has no virtual
 * property.
 */
export type VirtualId = 'composite' | 'other';

const VIRTUAL_IDS: Readonly<Record<VirtualId, PropertyDescriptor>> = {composite: COMPOSITE_ID, other: OTHER_ID};

/** How a shared prototype with accessors was made. */
interface SharedPrototypeRecord {
  readonly table: SharedPrototypes;
  readonly base: object;
  readonly names: readonly string[];
  readonly id: VirtualId | undefined;
  /** Keeps the accessors in the weak table `SharedPrototypes.#accessors` for as long as a prototype uses them. */
  readonly accessors: readonly Accessors[];
  /** Shared prototypes with the same accessors over another base, by that base. */
  readonly movedTo: WeakMap<object, WeakRef<object>>;
  /** The prototype of the class that is charged for the shared one. No WeakRef: that keeps its target to the end of the job. */
  payer?: WeakSet<object>;
}

const records = new WeakMap<object, SharedPrototypeRecord>();
/** Shared prototypes with data access methods. */
const methodLayers = new WeakSet<object>();

/**
 * The prototypes that light classes share. The prototype chain of a light class is: the class's own prototype, a shared
 * prototype with the accessors of its properties, shared prototypes with data access methods, the prototype of the base.
 * Classes on one base with the same property names share one prototype with accessors. A shared prototype refers to no class
 * and is collected with the last class that uses it.
 */
export class SharedPrototypes {
  #accessors = new WeakValueMap<Accessors>();
  #prototypes = new WeakMap<object, WeakValueMap<object>>();

  constructor(private readonly types: JugglerTypes) {}

  /**
   * Returns the shared prototype with the accessors of these properties.
   * @param base the object from which it inherits: the prototype of the base class, or a layer of methods over it
   * @param names the properties in their order; the order counts, because for-in lists the accessors
   */
  prototypeFor(base: object, names: readonly string[], id?: VirtualId): object {
    let known = this.#prototypes.get(base);
    if (!known) this.#prototypes.set(base, (known = new WeakValueMap()));
    const key = `${id ?? ''}\0${names.join('\0')}`;
    const existing = known.get(key);
    // a name may contain the separator, so the names are compared too
    if (existing && haveSameItems(records.get(existing)!.names, names)) return existing;
    const prototype = Object.create(base, id ? {id: VIRTUAL_IDS[id]} : {}) as object;
    const accessors = names.map(name => this.#accessorsOf(name));
    names.forEach((name, index) => define(prototype, name, accessors[index]));
    records.set(prototype, {table: this, base, names, id, accessors, movedTo: new WeakMap()});
    known.set(key, prototype);
    return prototype;
  }

  /**
   * Puts the shared accessors of all properties above the prototype of a class, unless the prototype has shared accessors
   * already.
   */
  shareAccessors(prototype: object, names: readonly string[]): void {
    const base = Object.getPrototypeOf(prototype) as object;
    if (!records.has(base)) Object.setPrototypeOf(prototype, this.prototypeFor(base, names));
  }

  /**
   * Gives the prototype of a class the accessors of a property. When the prototype inherits shared accessors of that name, own
   * ones are removed instead, so that the shared ones apply.
   */
  registerAccessors(prototype: object, name: string): void {
    if (recordAbove(prototype)?.names.includes(name)) removeOwn(prototype, name);
    else define(prototype, name, this.#accessorsOf(name));
  }

  /** Makes an empty shared prototype over `below`, for data access methods. */
  over(below: object): object {
    const prototype = Object.create(below) as object;
    methodLayers.add(prototype);
    return prototype;
  }

  /**
   * Inserts a layer of methods into the prototype chain of a class, between its shared accessors and the prototype of its base.
   * @param methods the names of the methods
   * @param over returns the layer over the given object
   * @returns false when accessors of the same name would hide some of the methods; nothing was done then
   */
  putBelowAccessors(prototype: object, methods: readonly string[], over: (below: object) => object): boolean {
    const record = recordAbove(prototype);
    const parent = Object.getPrototypeOf(prototype) as object;
    const below = over(record ? record.base : parent);
    const next = record ? this.#moved(record, below, methods) : below;
    if (!next) return false;
    if (next !== parent) Object.setPrototypeOf(prototype, next);
    return true;
  }

  /** Returns the shared prototype with the same accessors over another base, or undefined when accessors would hide methods. */
  #moved({names, id, movedTo}: SharedPrototypeRecord, base: object, methods: readonly string[]): object | undefined {
    const known = movedTo.get(base)?.deref();
    if (known) return known;
    if (names.some(name => methods.includes(name))) return undefined;
    const prototype = this.prototypeFor(base, names, id);
    movedTo.set(base, new WeakRef(prototype));
    return prototype;
  }

  #accessorsOf(name: string): Accessors {
    const known = this.#accessors.get(name);
    if (known) return known;
    const accessors = makeAccessors(name, this.types);
    this.#accessors.set(name, accessors);
    return accessors;
  }
}

/**
 * The number of properties whose shared accessors a class must be charged for. It is the first class that asks; for all others it
 * is undefined.
 * @param prototype that of the class
 */
export function chargedAccessorsOf(prototype: object): number | undefined {
  const record = recordAbove(prototype);
  if (!record) return undefined;
  record.payer ??= new WeakSet([prototype]);
  return record.payer.has(prototype) ? record.names.length : undefined;
}

/** Lets another class be charged for the shared accessors, if the class of this prototype was. */
export function releaseAccessorsOf(prototype: object): void {
  const record = recordAbove(prototype);
  if (record?.payer?.has(prototype)) record.payer = undefined;
}

/** Whether an object is a shared prototype, with accessors or with methods. */
export function isSharedPrototype(object: object): boolean {
  return records.has(object) || methodLayers.has(object);
}

/** Removes the accessors of a property from the prototype of one class. Other classes that share the accessors keep them. */
export function removeAccessors(prototype: object, name: string): void {
  removeOwn(prototype, name);
  const record = recordAbove(prototype);
  if (!record?.names.includes(name)) return;
  const others = record.names.filter(other => other !== name);
  Object.setPrototypeOf(prototype, record.table.prototypeFor(record.base, others, record.id));
}

/**
 * Lets the prototype of a class inherit from `base` in place of the prototype of its base class. The accessors that it shares stay; the
 * data access methods that it shares go.
 */
export function inheritFrom(prototype: object, base: object): void {
  const record = recordAbove(prototype);
  Object.setPrototypeOf(prototype, record ? record.table.prototypeFor(base, record.names, record.id) : base);
}

/**
 * Returns the record of the shared prototype from which the prototype of a class inherits directly, if it is one with
 * accessors.
 */
function recordAbove(prototype: object): SharedPrototypeRecord | undefined {
  return records.get(Object.getPrototypeOf(prototype) as object);
}

function define(prototype: object, name: string, {value, raw}: Accessors): void {
  Object.defineProperty(prototype, name, value);
  Object.defineProperty(prototype, `$${name}`, raw);
}

function removeOwn(prototype: object, name: string): void {
  for (const key of [name, `$${name}`]) Reflect.deleteProperty(prototype, key);
}
