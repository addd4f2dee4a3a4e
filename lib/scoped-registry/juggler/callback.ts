/** The callback convention of juggler and its connectors: how to find a callback among arguments, and how to replace it. */

/** A method of juggler or of a connector. */
export type Method = (this: unknown, ...args: unknown[]) => unknown;

/**
 * The callback by which such a method answers. When the caller wants a promise, juggler makes the callback and stores the
 * promise on it.
 */
export type Callback = ((...results: unknown[]) => unknown) & {promise?: unknown};

/**
 * Returns the index of the callback among the arguments of a call, or -1 when there is none. The callback is the last function,
 * which need not be the last argument: some connectors take further arguments after the callback.
 */
export function callbackIn(args: readonly unknown[]): number {
  let position = args.length - 1;
  while (position >= 0 && typeof args[position] !== 'function') position--;
  return position;
}

/**
 * Copies the promise of a callback to the replacement of that callback. juggler's methods return `callback.promise` to their
 * caller, so a replacement without the promise would make them return undefined.
 */
export function withPromiseOf(callback: Callback, replacement: Callback): Callback {
  if (callback.promise) replacement.promise = callback.promise;
  return replacement;
}

/** Whether a value has a method `then`. juggler 3 and user code answer by other promises than the native ones. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as {then?: unknown} | undefined)?.then === 'function';
}
