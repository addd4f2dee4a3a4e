import {EmbeddedClassRecord} from '../classes/embedded-class-record';
import {isUnreadDefinition} from '../classes/lazy-definition';
import {NamedClassRecord} from '../classes/named-class-record';
import {chargedAccessorsOf, releaseAccessorsOf} from '../classes/shared-prototype';
import type {Dictionary, ModelClass, ModelDefinition} from '../juggler/types';
import {CLASS_RECORD, recordOf} from '../ownership/class-record';
import {ownValue} from '../primitives/own-property';

/**
 * What a class of each kind takes in the heap, in bytes: the class itself, and each of its properties. `object` is for each object in the
 * properties that a model was defined from: an option object, or a nested object whose class is not made yet. `read` is what the
 * definition adds when code reads it. Between what Node 20 and Node 26 take, where the
 * same class is larger, with juggler 7; spec/lifecycle/class-bytes.spec.ts measures the heap again.
 */
const COSTS = {
  embedded: {base: 1_100, property: 22, read: {base: 396, property: 46}},
  named: {base: 1_540, property: 18, object: 62, read: {base: 704, property: 50}},
  /** A class that juggler's `define` has filled in. Its statics are shared, its definition is juggler's. */
  filled: {base: 3_000, property: 61},
  stock: {base: 11_000, property: 660},
  /** The accessors that all classes with the same property names share. The first of these classes is charged for them. */
  accessors: {base: 770, property: 286},
  /** What juggler and the connector keep of a class on a datasource. */
  attached: 1_300,
} as const;

/** A class record, as its registry gets it. */
interface Charged {
  bytes: number;
}

/**
 * Adds up what the classes of one registry take in the heap. Each class is charged once, when it is listed, so that the sum is known without
 * a look at the classes.
 */
export class ClassBytes {
  #total = 0;
  /** The charges of the classes that have no record of this library. */
  #stock: WeakMap<ModelClass, number> | undefined;

  get total(): number {
    return this.#total;
  }

  /** Charges a listed class, or charges it anew after a change. */
  charge(model: ModelClass): void {
    this.#set(model, bytesOf(model));
  }

  discharge(model: ModelClass): void {
    releaseAccessorsOf(model.prototype as object);
    this.#set(model, 0);
  }

  /** Charges what the definition of a charged class adds, which code has read for the first time. */
  chargeRead(record: Charged): void {
    if (record.bytes === 0) return;
    const bytes = readBytesOf(record);
    record.bytes += bytes;
    this.#total += bytes;
  }

  clear(): void {
    this.#total = 0;
    this.#stock = undefined;
  }

  #set(model: ModelClass, bytes: number): void {
    if (Object.hasOwn(model, CLASS_RECORD)) {
      const record = recordOf(model);
      this.#total += bytes - record.bytes;
      record.bytes = bytes;
    } else {
      this.#stock ??= new WeakMap();
      this.#total += bytes - (this.#stock.get(model) ?? 0);
      this.#stock.set(model, bytes);
    }
  }
}

/** What a class takes in the heap, reckoned. Calls no accessor that code may have put on the class. */
export function bytesOf(model: ModelClass): number {
  const attached = ownValue(model, 'dataSource') ? COSTS.attached : 0;
  const definition = ownValue<ModelDefinition>(model, 'definition');
  if (!Object.hasOwn(model, CLASS_RECORD))
    return attached + ofProperties(COSTS.stock, ownValue<object>(definition, 'properties'));
  const record = recordOf(model);
  const read = isUnreadDefinition(record.definition) ? 0 : readBytesOf(record);
  const others = attached + read + accessorBytesOf(model);
  if (record instanceof EmbeddedClassRecord) return others + ofProperties(COSTS.embedded, record.raw);
  if (record instanceof NamedClassRecord) return others + COSTS.named.base + ofTree(record.raw);
  return others + ofProperties(COSTS.filled, ownValue<object>(definition, 'properties'));
}

function accessorBytesOf(model: ModelClass): number {
  const count = chargedAccessorsOf(model.prototype as object);
  return count === undefined ? 0 : COSTS.accessors.base + COSTS.accessors.property * count;
}

function readBytesOf(record: Charged): number {
  if (record instanceof EmbeddedClassRecord) return ofProperties(COSTS.embedded.read, record.raw);
  if (record instanceof NamedClassRecord) return ofProperties(COSTS.named.read, record.raw);
  return 0;
}

function ofProperties({base, property}: {readonly base: number; readonly property: number}, properties: object = {}): number {
  return base + property * Object.keys(properties).length;
}

/** A model is charged for so many objects in its properties at most. Copies may refer to themselves, in a default value for example. */
const MOST_OBJECTS = 1_000;
const DEEPEST = 20;
let objectsLeft = MOST_OBJECTS;

/** What the private copy of a property set takes, with the objects within. Dates, buffers and the like are the caller's. */
function ofTree(properties: object): number {
  objectsLeft = MOST_OBJECTS;
  return ofEntries(properties, DEEPEST);
}

function ofEntries(object: object, depth: number): number {
  let bytes = 0;
  if (Array.isArray(object)) for (const item of object) bytes += ofEntry(item, depth);
  else for (const name in object) bytes += ofEntry((object as Dictionary<unknown>)[name], depth);
  return bytes;
}

function ofEntry(value: unknown, depth: number): number {
  const {property, object} = COSTS.named;
  if (typeof value !== 'object' || value === null || !isPlain(value) || depth === 0 || objectsLeft-- <= 0) return property;
  return property + object + ofEntries(value, depth - 1);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null;
}
