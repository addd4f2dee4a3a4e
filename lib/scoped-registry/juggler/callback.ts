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
export function callbackIndex(args: readonly unknown[]): number {
  let position = args.length - 1;
  while (position >= 0 && typeof args[position] !== 'function') position--;
  return position;
}

/**
 * Copies the promise of a callback to the replacement of that callback. juggler's methods return `callback.promise` to their
 * caller, so a replacement without the promise would make them return undefined.
 */
export function copyPromise(callback: Callback, replacement: Callback): Callback {
  if (callback.promise) replacement.promise = callback.promise;
  return replacement;
}

/**
 * Whether a value has a method `then`. juggler 3 and user code answer by other promises than the native ones. A value whose `then` cannot
 * be read is no promise.
 */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  try {
    return typeof (value as {then?: unknown}).then === 'function';
  } catch {
    return false;
  }
}

/**
 * Returns the constructor of a promise: callers use methods that only the promises of bluebird have, and juggler 3.36 returns these. For a
 * thenable that is no instance of a promise class it is the native constructor.
 */
export function promiseKindOf(promise: PromiseLike<unknown>): PromiseConstructor {
  if (promise instanceof Promise) return Promise;
  const kind = (promise as {constructor?: Partial<PromiseConstructor>}).constructor;
  return typeof kind?.resolve === 'function' && typeof kind.reject === 'function' ? (kind as PromiseConstructor) : Promise;
}
