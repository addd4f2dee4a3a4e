import {inPlaceOf, type Callback, type Method} from './callback';
import {ownerOf} from './class-owner';
import {useOf} from './data-source-use';
import {ownValue} from './dictionary';
import type {InFlight} from './in-flight';
import type {StockDataSource} from './juggler';
import type {ModelRegistry} from './model-registry';

/** juggler's data access methods of classes and instances. All of them answer by a callback or a promise. */
export const OPERATIONS = [
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
    const model = typeof this === 'function' ? this : (this as object | undefined)?.constructor;
    const registry = ownerOf(model);
    if (!registry) return method.apply(this, args);
    // of a routed model it is an accessor, and counts for itself
    const dataSource = ownValue<StockDataSource>(model, 'dataSource');
    return perform(registry, method, this, args, dataSource && useOf(dataSource).begin());
  };
  tracked.add(operation);
  return alike(operation, method);
}

/** What remoting reads, and what juggler counts. */
export function alike(standIn: Method, method: Method): Method {
  Object.assign(standIn, method);
  for (const name of ['name', 'length'] as const) Object.defineProperty(standIn, name, {value: method[name], configurable: true});
  return standIn;
}

/**
 * Runs an operation that is answered with the error if its registry ends first.
 * @param over called once it is answered; `ended`: with the registry's end
 */
export function perform(
  registry: ModelRegistry,
  method: Method,
  receiver: unknown,
  args: unknown[],
  over?: (ended: boolean) => void,
): unknown {
  const ended = registry.endError();
  if (ended) {
    over?.(true);
    return refuse(args, ended);
  }
  const position = args.findLastIndex(arg => typeof arg === 'function');
  const callback = args[position] as Callback | undefined;
  const {inFlight} = registry;
  const running = registry.beginOperation?.(registry);
  const run = () => (running ? running.run(method, receiver, args) : method.apply(receiver, args));
  let answer: (error: Error) => void = callback ? error => process.nextTick(callback, error) : () => {};
  const call: InFlight = {
    fail(error) {
      if (leave(true)) answer(error);
    },
  };
  const leave = (byEnd = false) => {
    running?.end();
    if (!inFlight.delete(call)) return false;
    over?.(byEnd);
    return true;
  };
  inFlight.add(call);
  try {
    if (callback) {
      args[position] = inPlaceOf(callback, function (this: unknown, ...results) {
        if (!inFlight.has(call)) return undefined;
        try {
          // first: what it begins is in flight before this one is over
          return callback.apply(this, results);
        } finally {
          leave();
        }
      });
      return run();
    }
    const result = run();
    if (!isPromise(result)) {
      leave();
      return result;
    }
    return new Promise((resolve, reject) => {
      answer = reject;
      const settle = <T>(by: (value: T) => void) => {
        return (value: T) => {
          by(value);
          leave();
        };
      };
      result.then(settle(resolve), settle(reject));
    });
  } catch (error) {
    leave();
    throw error;
  }
}

/** Answers an operation with an error, by callback or promise as its caller chose. */
export function refuse(args: readonly unknown[], error: unknown): unknown {
  const callback = args.findLast(arg => typeof arg === 'function') as Callback | undefined;
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what was thrown, whatever it is
  if (!callback) return Promise.reject(error);
  process.nextTick(callback, error);
  return undefined;
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as {then?: unknown} | undefined)?.then === 'function';
}
