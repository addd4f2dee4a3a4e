import {inPlaceOf, type Callback, type Method} from './callback';
import {ownerOf} from './class-owner';
import type {CallsInFlight, InFlight} from './in-flight';

/** juggler's data access methods of classes and instances. All of them answer by a callback or a promise. */
const OPERATIONS = [
  ...['create', 'createAll', 'updateOrCreate', 'patchOrCreate', 'upsert', 'patchOrCreateWithWhere', 'upsertWithWhere'],
  ...['replaceOrCreate', 'findOrCreate', 'exists', 'findById', 'findByIds', 'all', 'find', 'findOne', 'count'],
  ...['remove', 'deleteAll', 'destroyAll', 'removeById', 'destroyById', 'deleteById', 'update', 'updateAll', 'replaceById'],
  ...['save', 'delete', 'destroy', 'updateAttribute', 'updateAttributes', 'patchAttributes', 'replaceAttributes', 'reload'],
  // key-value models
  ...['get', 'set', 'expire', 'ttl', 'keys'],
];

const trackedBy = new WeakMap<Method, Method>();
const tracked = new WeakSet<object>();

/** Whether a method is one that `trackOperations` put in place: it answers with the error once its registry has ended. */
export function isTracked(method: object): boolean {
  return tracked.has(method);
}

/**
 * Lets the registries know of their operations in flight. One whose registry ends is answered with the error at that
 * moment, for juggler's continuation, which would use the ended class, may return at any time, or never: a hook of the
 * user's, an asynchronous validation or a connector holds it.
 * @param dao the methods that a datasource mixes into its models
 */
export function trackOperations(dao: Function): void {
  for (const place of [dao, dao.prototype] as Record<string, Method | undefined>[]) {
    for (const name of OPERATIONS) {
      const method = Object.hasOwn(place, name) ? place[name] : undefined;
      if (typeof method !== 'function' || tracked.has(method)) continue;
      // aliases stay aliases
      let operation = trackedBy.get(method);
      if (!operation) {
        operation = track(method);
        trackedBy.set(method, operation);
      }
      place[name] = operation;
    }
  }
}

function track(method: Method): Method {
  const operation: Method = function (...args) {
    const registry = ownerOf(this) ?? ownerOf((this as object | undefined)?.constructor);
    if (!registry) return method.apply(this, args);
    const position = args.findLastIndex(arg => typeof arg === 'function');
    const callback = args[position] as Callback | undefined;
    const ended = registry.endError();
    if (ended) {
      if (!callback) return Promise.reject(ended);
      process.nextTick(callback, ended);
      return undefined;
    }
    const {inFlight} = registry;
    if (!callback) {
      const result = method.apply(this, args);
      return isPromise(result) ? orFailure(result, inFlight) : result;
    }
    const call: InFlight = {
      fail: error => {
        if (inFlight.delete(call)) process.nextTick(callback, error);
      },
    };
    args[position] = inPlaceOf(callback, function (this: unknown, ...results) {
      return inFlight.delete(call) ? callback.apply(this, results) : undefined;
    });
    inFlight.add(call);
    try {
      return method.apply(this, args);
    } catch (error) {
      inFlight.delete(call);
      throw error;
    }
  };
  tracked.add(operation);
  // what remoting reads, and what juggler counts
  Object.assign(operation, method);
  for (const name of ['name', 'length'] as const)
    Object.defineProperty(operation, name, {value: method[name], configurable: true});
  return operation;
}

function orFailure(result: PromiseLike<unknown>, inFlight: CallsInFlight): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = <T>(by: (value: T) => void) => {
      return (value: T) => {
        by(value);
        inFlight.delete(call);
      };
    };
    const call: InFlight = {fail: settle(reject)};
    inFlight.add(call);
    result.then(settle(resolve), settle(reject));
  });
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as {then?: unknown} | undefined)?.then === 'function';
}
