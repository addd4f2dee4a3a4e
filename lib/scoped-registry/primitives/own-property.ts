/** Empties a dictionary that others may hold. */
export function clearDictionary(dictionary: object): void {
  for (const name of Object.keys(dictionary)) delete (dictionary as Record<string, unknown>)[name];
}

/** The value of an own data property; an accessor is not called. */
export function ownValue<T>(object: object | undefined | null, name: string): T | undefined {
  return object ? (Object.getOwnPropertyDescriptor(object, name)?.value as T | undefined) : undefined;
}

/** Puts a former value back, or none. */
export function restoreEntry<T>(dictionary: Record<string, T>, name: string, value: T | undefined): void {
  if (value === undefined) delete dictionary[name];
  else dictionary[name] = value;
}

/** Gives an object a property that can be changed, whatever it inherits. */
export function defineOwn<T>(place: object, name: PropertyKey, value: T, enumerable = false): T {
  Object.defineProperty(place, name, {value, enumerable, writable: true, configurable: true});
  return value;
}
