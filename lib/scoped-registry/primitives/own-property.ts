/**
 * Reads and writes own properties. juggler keeps its data in plain dictionaries and on classes. There, a plain read may call an
 * accessor, and a plain assignment may call an inherited setter or fail on an inherited read-only property.
 */

/** Deletes all entries of a dictionary in place, because other code may hold the same dictionary. */
export function clearDictionary(dictionary: object): void {
  for (const name of Object.keys(dictionary)) delete (dictionary as Record<string, unknown>)[name];
}

/**
 * Returns the value of an own data property. Returns undefined for an inherited property and for an accessor, which is not
 * called.
 */
export function ownValue<T>(object: object | undefined | null, name: string): T | undefined {
  return object ? (Object.getOwnPropertyDescriptor(object, name)?.value as T | undefined) : undefined;
}

/** The keys of all own enumerable properties: the strings, as `Object.keys` lists them, and then the symbols. */
export function ownKeys(object: object): PropertyKey[] {
  const keys: PropertyKey[] = Object.keys(object);
  for (const symbol of ownSymbols(object)) keys.push(symbol);
  return keys;
}

/** The symbols that are keys of own enumerable properties. */
export function ownSymbols(object: object): symbol[] {
  const symbols = Object.getOwnPropertySymbols(object);
  return symbols.length === 0 ? symbols : symbols.filter(symbol => Object.prototype.propertyIsEnumerable.call(object, symbol));
}

/** Restores an entry to an earlier value. The value undefined means that there was no entry: the entry is deleted. */
export function restoreEntry<T>(dictionary: Record<string, T>, name: string, value: T | undefined): void {
  if (value === undefined) delete dictionary[name];
  else dictionary[name] = value;
}

/** Defines an own property that is writable and configurable, even where a setter or a read-only property is inherited. */
export function defineOwn<T>(object: object, name: PropertyKey, value: T, enumerable = false): T {
  Object.defineProperty(object, name, {value, enumerable, writable: true, configurable: true});
  return value;
}
