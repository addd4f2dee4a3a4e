/**
 * Values of classes of JavaScript that are nothing but content: Date, RegExp, Map, Set, Error, ArrayBuffer and the views of it, Buffer.
 */
import {types} from 'node:util';
import {defineOwn, ownKeys} from './own-property';
import {settleStack} from '../errors';

type CopyPart = (part: unknown) => unknown;

/** How values of one of the platform's classes are copied and compared. */
interface BuiltIn<T extends object = object> {
  /** Whether a value has the internal state of the class. An object that only inherits from its prototype has not, nor has a Proxy. */
  is(value: object): boolean;
  /** Makes the copy, without the parts that may lead back to the value. Returns undefined if the value cannot be copied. */
  make(value: T, copyPart: CopyPart): object | undefined;
  /** Copies these parts. */
  fill?(copy: T, value: T, copyPart: CopyPart): void;
  /** What the value consists of besides its own properties. Returns undefined if its content is not its own. */
  content(value: T): readonly unknown[] | undefined;
}

/** By prototype: a value of a subclass has another prototype, and is not copied. */
const builtIns = new Map<unknown, BuiltIn>();

function define<T extends object>(constructors: Iterable<Function>, builtIn: BuiltIn<T>): void {
  for (const {prototype} of constructors) builtIns.set(prototype, builtIn);
}

function builtInOf(value: object): BuiltIn | undefined {
  const builtIn = builtIns.get(Object.getPrototypeOf(value));
  return builtIn?.is(value) ? builtIn : undefined;
}

/**
 * Copies a value of one of these classes. Its own enumerable properties are copied as well, but for those of a view.
 * @param copied the copies that were made so far, by original. The copy is noted there before its parts are copied: they may lead back.
 * @param copyPart copies a part of the value
 * @returns undefined for any other value: an instance of a class of the application's, a Proxy, a function
 */
export function copyOfBuiltIn(value: object, copied: Map<object, object>, copyPart: CopyPart): object | undefined {
  const builtIn = builtInOf(value);
  const copy = builtIn?.make(value, copyPart);
  if (!copy) return undefined;
  copied.set(value, copy);
  builtIn!.fill?.(copy, value, copyPart);
  for (const key of ownKeysOf(value)) defineOwn(copy, key, copyPart((value as Record<PropertyKey, unknown>)[key]), true);
  return copy;
}

/** What a value consists of. Two values of one class with equal content and equal own properties cannot be told apart. */
export interface BuiltInContent {
  /** In an order that is always the same. */
  readonly parts: readonly unknown[];
  /** The keys of the own enumerable properties, of a view none. */
  readonly keys: readonly PropertyKey[];
}

/** Returns undefined for a value that `copyOfBuiltIn` does not copy. */
export function contentOfBuiltIn(value: object): BuiltInContent | undefined {
  const parts = builtInOf(value)?.content(value);
  return parts && {parts, keys: ownKeysOf(value)};
}

/** The keys of a view are its indexes. */
function ownKeysOf(value: object): readonly PropertyKey[] {
  return ArrayBuffer.isView(value) ? [] : ownKeys(value);
}

// methods are taken from the prototypes, because a value may have properties of their names
define<Date>([Date], {
  is: types.isDate,
  make: date => new Date(Date.prototype.getTime.call(date)),
  content: date => [Date.prototype.getTime.call(date)],
});

define<RegExp>([RegExp], {
  is: types.isRegExp,
  make: ({source, flags, lastIndex}) => Object.assign(new RegExp(source, flags), {lastIndex}),
  content: ({source, flags, lastIndex}) => [source, flags, lastIndex],
});

define<Map<unknown, unknown>>([Map], {
  is: types.isMap,
  make: () => new Map(),
  fill: (copy, map, copyPart) =>
    Map.prototype.forEach.call(map, (value: unknown, key: unknown) => copy.set(copyPart(key), copyPart(value))),
  content: map => [...(Map.prototype.entries.call(map) as Iterable<unknown[]>)].flat(),
});

define<Set<unknown>>([Set], {
  is: types.isSet,
  make: () => new Set(),
  fill: (copy, set, copyPart) => Set.prototype.forEach.call(set, (item: unknown) => copy.add(copyPart(item))),
  content: set => [...(Set.prototype.values.call(set) as Iterable<unknown>)],
});

const PARTS_OF_ERRORS = ['message', 'stack', 'cause', 'errors'];

define<Error>([Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError], {
  is: types.isNativeError,
  // made of a string and not by the constructor of its class, which applications replace
  make: error => Object.setPrototypeOf(new Error(), Object.getPrototypeOf(error) as object) as Error,
  fill(copy, error, copyPart) {
    // an error refers to the functions on its stack until the stack is read
    for (const either of [copy, error]) settleStack(either);
    for (const name of PARTS_OF_ERRORS) {
      const value = (error as unknown as Record<string, unknown>)[name];
      if (Object.hasOwn(error, name)) defineOwn(copy, name, copyPart(value));
      else Reflect.deleteProperty(copy, name);
    }
  },
  content: error =>
    PARTS_OF_ERRORS.filter(name => Object.hasOwn(error, name)).flatMap(name => [
      name,
      (error as unknown as Record<string, unknown>)[name],
    ]),
});

define<ArrayBuffer>([ArrayBuffer], {
  is: types.isArrayBuffer,
  make(buffer) {
    try {
      return structuredClone(buffer);
    } catch {
      // a buffer whose memory was transferred elsewhere
      return undefined;
    }
  },
  content: buffer => [textOf(buffer)],
});

/** The bytes as a text with a character for each. */
function textOf(bytes: ArrayBuffer | Buffer): string {
  // a buffer whose memory was transferred elsewhere cannot be read
  return bytes.byteLength === 0 ? '' : Buffer.from(bytes as ArrayBuffer).toString('latin1');
}

// a buffer shares its memory with others, because Node allocates small buffers in one pool
define<Buffer>([Buffer], {
  is: types.isUint8Array,
  make: buffer => Buffer.from(buffer),
  content: buffer => [textOf(buffer)],
});

type View = new (buffer: unknown, offset: number, length: number) => object;

const VIEWS = [
  ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array],
  ...[Float32Array, Float64Array, BigInt64Array, BigUint64Array, DataView],
];
for (const View of VIEWS as unknown as View[]) {
  define<ArrayBufferView & {length?: number}>([View], {
    is: ArrayBuffer.isView,
    make({buffer, byteOffset, byteLength, length = byteLength}, copyPart) {
      const copy = copyPart(buffer);
      // memory that is shared on purpose (SharedArrayBuffer), or was transferred elsewhere
      return copy === buffer ? undefined : new View(copy, byteOffset, length);
    },
    content: ({buffer, byteOffset, byteLength, length = byteLength}) =>
      types.isArrayBuffer(buffer) ? [byteOffset, length, textOf(buffer)] : undefined,
  });
}
