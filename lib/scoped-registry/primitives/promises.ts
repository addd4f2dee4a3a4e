import {isPromise} from 'node:util/types';

/**
 * For a promise that user code gives where a value is asked for. The caller refuses it, and no code awaits it, so its rejection would end the
 * process.
 */
export function ignoreRejection(value: unknown): void {
  if (typeof value === 'object' && value !== null && (isPromise(value) || isForeignPromise(value)))
    void Promise.resolve(value).catch(() => {});
}

/**
 * Whether `value` is a promise of Bluebird or a similar library. A thenable of a query builder is none: its query begins with `then`, and a
 * call of `then` here would run the query. A value whose properties cannot be read is none either.
 */
export function isForeignPromise(value: object): value is Promise<unknown> {
  try {
    const {then, finally: onFinally, constructor} = value as Partial<Promise<unknown>>;
    return (
      typeof then === 'function' &&
      typeof onFinally === 'function' &&
      typeof (constructor as {resolve?: unknown} | undefined)?.resolve === 'function'
    );
  } catch {
    return false;
  }
}
