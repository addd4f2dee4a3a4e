const numbers = new WeakMap<object, number>();
let lastNumber = 0;

/**
 * Returns a number that identifies an object or function. Two values have the same number if and only if they are the same
 * object, or `shareIdentity` has joined them. The table is weak and keeps nothing alive, so one table serves all tenants.
 */
export function identityOf(object: object): number {
  let number = numbers.get(object);
  if (number === undefined) numbers.set(object, (number = ++lastNumber));
  return number;
}

/** Gives `copy` the identity of `original`: from now on `identityOf` returns the same number for both. */
export function shareIdentity(copy: object, original: object): void {
  numbers.set(copy, identityOf(original));
}
