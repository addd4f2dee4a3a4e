const numbers = new WeakMap<WeakKey, number>();
let lastNumber = 0;

/**
 * Returns a number that identifies an object or function. Two values have the same number if and only if they are the same
 * object, or `shareIdentity` has joined them. The table is weak and keeps nothing alive, so one table serves all tenants.
 */
export function identityOf(object: WeakKey): number {
  let number = numbers.get(object);
  if (number === undefined) numbers.set(object, (number = ++lastNumber));
  return number;
}

/** Returns a text that identifies a symbol: two symbols have the same text if and only if they are the same symbol. */
export function textOfSymbol(symbol: symbol): string {
  const key = Symbol.keyFor(symbol);
  // a symbol of Symbol.for cannot be a key of a WeakMap
  return key === undefined ? `@${identityOf(symbol)}` : `@${JSON.stringify(key)}`;
}

/** Gives `copy` the identity of `original`: from now on `identityOf` returns the same number for both. */
export function shareIdentity(copy: object, original: object): void {
  numbers.set(copy, identityOf(original));
}
