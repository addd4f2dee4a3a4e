/** Finds and replaces classes that plain data, maps and sets mention: the properties and settings of a model, at any depth. */
import {types} from 'node:util';
import {isPlainData} from '../juggler/property-set';
import {ownSymbols} from '../primitives/own-property';

/** Calls `visit` for each function in a value. Reads no instance of a class. */
export function visitFunctions(value: unknown, visit: (mentioned: Function) => void, seen = new Set<object>()): void {
  if (typeof value === 'function') visit(value);
  else if (isContainer(value) && !seen.has(value)) {
    seen.add(value);
    if (types.isMap(value) || types.isSet(value)) for (const part of value) visitFunctions(part, visit, seen);
    else {
      for (const name in value) visitFunctions((value as Record<string, unknown>)[name], visit, seen);
      for (const symbol of ownSymbols(value)) visitFunctions((value as Record<symbol, unknown>)[symbol], visit, seen);
    }
  }
}

/**
 * Replaces the functions in a value by what `replacementOf` returns for each. Objects are changed in place, because other code may hold
 * them. An accessor and a property that cannot be written are left as they are.
 * @returns the value, or its replacement if it is a function itself
 */
export function replaceFunctions(
  value: unknown,
  replacementOf: (mentioned: Function) => unknown,
  seen = new Set<object>(),
): unknown {
  if (typeof value === 'function') return replacementOf(value);
  if (!isContainer(value) || seen.has(value)) return value;
  seen.add(value);
  const replaced = (part: unknown) => replaceFunctions(part, replacementOf, seen);
  if (types.isMap(value)) {
    const entries = [...value].map(([key, part]) => [replaced(key), replaced(part)] as const);
    value.clear();
    for (const [key, part] of entries) value.set(key, part);
  } else if (types.isSet(value)) {
    const items = [...value].map(replaced);
    value.clear();
    for (const item of items) value.add(item);
  } else {
    for (const key of Reflect.ownKeys(value)) {
      const property = Object.getOwnPropertyDescriptor(value, key)!;
      const part = replaced(property.value);
      if (part !== property.value) Reflect.defineProperty(value, key, {...property, value: part});
    }
  }
  return value;
}

/** Whether a value can contain a function without being an instance of a class of the application's. */
function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && (isPlainData(value) || types.isMap(value) || types.isSet(value));
}
