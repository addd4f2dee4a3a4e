/** A method of juggler's or of a connector's. */
export type Method = (this: unknown, ...args: unknown[]) => unknown;

/** What such a method answers by. */
export type Callback = ((...results: unknown[]) => unknown) & {promise?: unknown};

/** Where the callback is among arguments: the last function, for some connectors take arguments after it. -1 for none. */
export function callbackIn(args: readonly unknown[]): number {
  let position = args.length - 1;
  while (position >= 0 && typeof args[position] !== 'function') position--;
  return position;
}

/** juggler's own callbacks carry the promise that they settle, and what gets one returns it: so must what stands in for one. */
export function withPromiseOf(callback: Callback, standIn: Callback): Callback {
  if (callback.promise) standIn.promise = callback.promise;
  return standIn;
}

/** Whether a method answers by a promise of any kind. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as {then?: unknown} | undefined)?.then === 'function';
}
