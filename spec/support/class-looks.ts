import {types} from 'node:util';

/**
 * All that an embedded class of juggler's shows of its properties. Two classes that show the same behave the same. Types, functions,
 * defaults, and instances of an application's classes are shown by identity, embedded classes by what they show, and other values by
 * content. An object below any other key named `default` is shown by identity as well.
 */
export function looks(type: any): unknown {
  if (Array.isArray(type)) return type.map(looks);
  if (typeof type !== 'function') return data(type, new Set());
  if (type.settings?.unresolved) return `placeholder ${type.modelName}`;
  if (!type.settings?.anonymous) return identity(type);
  const {properties, rawProperties} = type.definition;
  const shown: unknown[] = [];
  for (const name in properties) {
    const property = properties[name];
    const attributes: unknown[] = [];
    for (const key in property) {
      if (key === 'type') attributes.push(['type', looks(property.type)]);
      // handed to instances as it is
      else if (key === 'default' && typeof property.default === 'object')
        attributes.push(['default', property.default && identity(property.default)]);
      else attributes.push([key, data(property[key], new Set())]);
    }
    const raw = rawProperties[name];
    // the raw properties alone show the text of a list below a key `type`, and an attribute named __proto__
    const list: unknown = typeof raw === 'object' && Array.isArray(raw?.type) ? data(raw.type, new Set()) : undefined;
    const proto = Object.hasOwn(Object(raw) as object, '__proto__') && data(raw['__proto__'], new Set());
    shown.push([name, attributes, symbolsOf(raw, new Set()), list, proto]);
  }
  // juggler makes the attributes of a property named __proto__ the prototype of `properties`, which shows no type
  const proto: unknown = Object.hasOwn(rawProperties as object, '__proto__') ? rawProperties['__proto__'] : undefined;
  const ofProto = String(typeof proto === 'function' ? proto.name : proto).toLowerCase();
  return [type.settings.strict, shown, symbolsOf(rawProperties, new Set()), ofProto];
}

/** A literal for stock, which writes into what it is given. Its objects pass for the originals. */
export function throwaway<T>(value: T): T {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return value;
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return value;
  const copy = Array.isArray(value) ? new Array<unknown>(value.length) : {};
  for (const key of Reflect.ownKeys(value)) {
    if (!Object.prototype.propertyIsEnumerable.call(value, key)) continue;
    const item = throwaway((value as Record<PropertyKey, unknown>)[key]);
    Object.defineProperty(copy, key, {value: item, enumerable: true, writable: true, configurable: true});
  }
  identity(value);
  numbers.set(copy, numbers.get(value)!);
  return copy as T;
}

const numbers = new WeakMap<object, number>();
let lastNumber = 0;

function identity(object: object): string {
  if (!numbers.has(object)) numbers.set(object, ++lastNumber);
  return `${String((object as Function).name)}#${numbers.get(object)}`;
}

function data(value: unknown, open: Set<unknown>): unknown {
  if (typeof value === 'function') return identity(value);
  if (typeof value !== 'object' || value === null) return value;
  if (open.has(value)) return 'cycle';
  if (types.isProxy(value)) return identity(value);
  open.add(value);
  const entries: unknown[] = [];
  const content = contentOf(value);
  const {constructor} = value;
  const prototype = Object.getPrototypeOf(value) as unknown;
  const isPlain = prototype === null || prototype === Object.prototype || Array.isArray(value);
  if (content === undefined && !isPlain) return identity(value);
  for (const part of content ?? []) entries.push(data(part, open));
  if (!ArrayBuffer.isView(value))
    for (const name in value) {
      const item = (value as Record<string, unknown>)[name];
      entries.push([name, data(item, open), name === 'default' && typeof item === 'object' && item && identity(item)]);
    }
  entries.push(symbolsOf(value, open));
  open.delete(value);
  return [constructor?.name, entries];
}

function contentOf(value: object): readonly unknown[] | undefined {
  if (types.isDate(value)) return [value.getTime()];
  if (types.isRegExp(value)) return [String(value)];
  if (types.isMap(value)) return [...value].flat();
  if (types.isSet(value)) return [...value];
  if (ArrayBuffer.isView(value)) return [Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')];
  return undefined;
}

function symbolsOf(value: unknown, open: Set<unknown>): unknown[] {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return [];
  const symbols = Object.getOwnPropertySymbols(value).filter(key => Object.prototype.propertyIsEnumerable.call(value, key));
  return symbols.map(key => [key, data((value as Record<symbol, unknown>)[key], open)]);
}
