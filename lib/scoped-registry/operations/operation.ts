import {callbackIn, withPromiseOf, isPromise, type Callback, type Method} from '../juggler/callback';
import {ownerOf} from '../ownership/class-owner';
import {useOf} from './data-source-use';
import {ownValue} from '../primitives/own-property';
import type {CallsInFlight, CallInFlight, OperationRun} from '../ownership/calls-in-flight';
import {promisesOf} from '../juggler/juggler-3';
import type {StockDataSource} from '../juggler/types';
import type {OwningRegistry} from '../ownership/owning-registry';

/** juggler's data access methods of classes and instances. All of them answer by a callback or a promise. */
export const OPERATIONS = [
  ...['create', 'createAll', 'updateOrCreate', 'patchOrCreate', 'upsert', 'patchOrCreateWithWhere', 'upsertWithWhere'],
  ...['replaceOrCreate', 'findOrCreate', 'exists', 'findById', 'findByIds', 'all', 'find', 'findOne', 'count'],
  ...['remove', 'deleteAll', 'destroyAll', 'removeById', 'destroyById', 'deleteById', 'update', 'updateAll', 'replaceById'],
  ...['save', 'delete', 'destroy', 'updateAttribute', 'updateAttributes', 'patchAttributes', 'replaceAttributes', 'reload'],
  // key-value models
  ...['get', 'set', 'expire', 'ttl', 'keys'],
];

/** What an operation uses until it has its answer. */
export interface OperationUse {
  /** @param ended it was answered by the end of its registry */
  endUse(ended: boolean): void;
}

const trackedBy = new WeakMap<Method, Method>();
/** juggler's own method of each one that `trackOperations` put in place. */
const tracked = new WeakMap<object, Method>();

/** Whether a method is one that `trackOperations` put in place: it answers with the error once its registry has ended. */
export function isTrackedOperation(method: object): boolean {
  return tracked.has(method);
}

/** What `trackOperations` put a method in place of, for who tracks the operation itself; another method as it is. */
export function untrackedOperation(method: Method): Method {
  return tracked.get(method) ?? method;
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
    return performOperation(registry, method, this, args, dataSource && useOf(dataSource).beginUse());
  };
  tracked.set(operation, method);
  return withFaceOf(operation, method);
}

/** What remoting reads, and what juggler counts. */
export function withFaceOf(standIn: Method, method: Method): Method {
  Object.assign(standIn, method);
  for (const name of ['name', 'length'] as const) Object.defineProperty(standIn, name, {value: method[name], configurable: true});
  return standIn;
}

/** An operation from its call to its answer. */
class Operation implements CallInFlight {
  list: CallsInFlight | undefined;
  previous: CallInFlight | undefined;
  next: CallInFlight | undefined;

  readonly #running: OperationRun | undefined;
  readonly #use: OperationUse | undefined;
  #fail: ((error: Error) => void) | undefined;

  constructor(registry: OwningRegistry, use: OperationUse | undefined) {
    this.#running = registry.beginOperation?.(registry);
    this.#use = use;
    registry.inFlight.add(this);
  }

  failWith(error: Error): void {
    if (this.finish(true)) this.#fail?.(error);
  }

  runMethod(method: Method, receiver: unknown, args: unknown[]): unknown {
    return this.#running ? this.#running.runOperation(method, receiver, args) : method.apply(receiver, args);
  }

  /** Stands in for the callback of the operation's caller. */
  answerByCallback(callback: Callback): Callback {
    const operation = this; // eslint-disable-line @typescript-eslint/no-this-alias -- the callback has a `this` of its own
    this.#fail = error => process.nextTick(callback, error);
    return withPromiseOf(callback, function (this: unknown, ...results) {
      if (!operation.list) return undefined;
      try {
        // first: what it begins is in flight before this one is over
        return callback.apply(this, results);
      } finally {
        operation.finish();
      }
    });
  }

  /** Stands in for the promise that the operation returned. */
  answerByPromise(result: PromiseLike<unknown>): Promise<unknown> {
    // juggler 3.36 answers by bluebird's, and callers use what only these have
    const Kind = result instanceof Promise ? Promise : (result.constructor as PromiseConstructor);
    return new Kind((resolve, reject) => {
      this.#fail = reject;
      const resolved = (value: unknown) => {
        resolve(value);
        this.finish();
      };
      const rejected = (error: Error) => {
        reject(error);
        this.finish();
      };
      result.then(resolved, rejected);
    });
  }

  /** @returns whether it was in flight until now */
  finish(ended = false): boolean {
    this.#running?.operationAnswered();
    if (!this.list?.delete(this)) return false;
    this.#use?.endUse(ended);
    return true;
  }
}

/** Runs an operation that is answered with the error if its registry ends first. */
export function performOperation(
  registry: OwningRegistry,
  method: Method,
  receiver: unknown,
  args: unknown[],
  use?: OperationUse,
): unknown {
  const ended = registry.endError();
  if (ended) {
    use?.endUse(true);
    return refuseOperation(args, ended, receiver);
  }
  const operation = new Operation(registry, use);
  try {
    const position = callbackIn(args);
    if (position >= 0) {
      args[position] = operation.answerByCallback(args[position] as Callback);
      return operation.runMethod(method, receiver, args);
    }
    const result = operation.runMethod(method, receiver, args);
    if (isPromise(result)) return operation.answerByPromise(result);
    operation.finish();
    return result;
  } catch (error) {
    operation.finish();
    throw error;
  }
}

/** Answers an operation with an error, by callback or promise as its caller chose. */
export function refuseOperation(args: readonly unknown[], error: unknown, receiver: unknown): unknown {
  const callback = args[callbackIn(args)] as Callback | undefined;
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what was thrown, whatever it is
  if (!callback) return promisesOf(receiver).reject(error);
  process.nextTick(callback, error);
  return undefined;
}
