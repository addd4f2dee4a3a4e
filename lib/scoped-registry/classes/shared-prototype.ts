import {haveSameItems} from '../primitives/same-items';
import {WeakValueMap} from '../primitives/weak-value-map';
import {COMPOSITE_ID, makeAccessors, OTHER_ID, type Accessors, type JugglerTypes} from './property-accessors';

/** What juggler gives a class for its `id` where no property of that name is the id: its ids, several or none, or the other one. */
export type VirtualId = 'composite' | 'other';

const VIRTUAL_IDS: Readonly<Record<VirtualId, PropertyDescriptor>> = {composite: COMPOSITE_ID, other: OTHER_ID};

/** What a prototype with accessors is made of. It keeps these in the table. */
interface AccessorsOf {
  readonly home: SharedPrototypes;
  readonly base: object;
  readonly names: readonly string[];
  readonly id: VirtualId | undefined;
  readonly parts: readonly Accessors[];
  /** The same accessors over something else, by that. */
  readonly emptyPrototypeOver: WeakMap<object, WeakRef<object>>;
}

const shared = new WeakMap<object, AccessorsOf>();
const withoutAccessors = new WeakSet<object>();

/**
 * The accessors of properties, on prototypes that all classes with the same property names have in common: between a
 * class's own prototype and its base's. They hold names and nothing else, and are gone with the last class that uses them.
 */
export class SharedPrototypes {
  #accessors = new WeakValueMap<Accessors>();
  #prototypes = new WeakMap<object, WeakValueMap<object>>();

  constructor(private readonly types: JugglerTypes) {}

  /**
   * @param base the prototype of the base class
   * @param id the property `id` that juggler makes up
   */
  prototypeFor(base: object, names: readonly string[], id?: VirtualId): object {
    let known = this.#prototypes.get(base);
    if (!known) this.#prototypes.set(base, (known = new WeakValueMap()));
    const key = `${id ?? ''}\0${names.join('\0')}`;
    const existing = known.get(key);
    // names may have the separator in them
    if (existing && haveSameItems(shared.get(existing)!.names, names)) return existing;
    const prototype = Object.create(base, id ? {id: VIRTUAL_IDS[id]} : {}) as object;
    const parts = names.map(name => this.#accessorsOf(name));
    names.forEach((name, index) => define(prototype, name, parts[index]));
    shared.set(prototype, {home: this, base, names, id, parts, emptyPrototypeOver: new WeakMap()});
    known.set(key, prototype);
    return prototype;
  }

  /** Gives the prototype of a class, which has none yet, the accessors of all its properties. */
  shareAccessors(prototype: object, names: readonly string[]): void {
    const base = Object.getPrototypeOf(prototype) as object;
    if (!shared.has(base)) Object.setPrototypeOf(prototype, this.prototypeFor(base, names));
  }

  /** Gives the prototype of a class the accessors of a property, unless it shares them. */
  registerAccessors(prototype: object, name: string): void {
    if (sharedBy(prototype)?.names.includes(name)) removeOwn(prototype, name);
    else define(prototype, name, this.#accessorsOf(name));
  }

  /** A prototype to share, without accessors. */
  over(below: object): object {
    const prototype = Object.create(below) as object;
    withoutAccessors.add(prototype);
    return prototype;
  }

  /**
   * Puts something with methods between the prototype of a class and that of its base, below shared accessors.
   * @returns false where accessors would hide some of the methods: nothing was done
   */
  putBelowAccessors(prototype: object, methods: readonly string[], over: (below: object) => object): boolean {
    const ours = sharedBy(prototype);
    const parent = Object.getPrototypeOf(prototype) as object;
    const below = over(ours ? ours.base : parent);
    const next = ours ? this.#moved(ours, below, methods) : below;
    if (!next) return false;
    if (next !== parent) Object.setPrototypeOf(prototype, next);
    return true;
  }

  #moved({names, id, emptyPrototypeOver: over}: AccessorsOf, base: object, methods: readonly string[]): object | undefined {
    const known = over.get(base)?.deref();
    if (known) return known;
    if (names.some(name => methods.includes(name))) return undefined;
    const prototype = this.prototypeFor(base, names, id);
    over.set(base, new WeakRef(prototype));
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

/** Whether an object is one that classes share, on the way to the prototype of their base. */
export function isSharedPrototype(object: object): boolean {
  return shared.has(object) || withoutAccessors.has(object);
}

/** Takes the accessors of a property from the prototype of one class. */
export function removeAccessors(prototype: object, name: string): void {
  removeOwn(prototype, name);
  const ours = sharedBy(prototype);
  if (!ours?.names.includes(name)) return;
  const others = ours.names.filter(other => other !== name);
  Object.setPrototypeOf(prototype, ours.home.prototypeFor(ours.base, others, ours.id));
}

function sharedBy(prototype: object): AccessorsOf | undefined {
  return shared.get(Object.getPrototypeOf(prototype) as object);
}

function define(prototype: object, name: string, {value, raw}: Accessors): void {
  Object.defineProperty(prototype, name, value);
  Object.defineProperty(prototype, `$${name}`, raw);
}

function removeOwn(prototype: object, name: string): void {
  for (const key of [name, `$${name}`]) Reflect.deleteProperty(prototype, key);
}
