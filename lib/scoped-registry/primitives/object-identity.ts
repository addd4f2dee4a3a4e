const numbers = new WeakMap<object, number>();
let last = 0;

/**
 * A number for an object or function: two are equal if and only if they are the same object. Weak, so it keeps nothing alive, and
 * one table does for all tenants.
 */
export function identityOf(object: object): number {
  let number = numbers.get(object);
  if (number === undefined) numbers.set(object, (number = ++last));
  return number;
}

/** Lets `copy` pass for `original`. */
export function shareIdentity(copy: object, original: object): void {
  numbers.set(copy, identityOf(original));
}
