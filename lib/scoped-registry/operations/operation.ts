import {callbackIndex, copyPromise, isPromise, promiseKindOf, type Callback, type Method} from '../juggler/callback';
import {ownerOf} from '../ownership/class-owner';
import {answerWithError} from './answer-with-error';
import {answerOfDaoMethod, classOfReceiver, guardModelMethod, mismatchOfDataAccess} from './cross-tenant-use';
import {useOf} from './data-source-use';
import {copyMethodProperties} from '../juggler/method-replacement';
import {ownValue} from '../primitives/own-property';
import type {CallsInFlight, CallInFlight, OperationRun} from '../ownership/calls-in-flight';
import type {StockDataSource} from '../juggler/types';
import type {OwningRegistry} from '../ownership/owning-registry';
import {nextTick} from '../primitives/timers';

/** juggler's data access methods, of classes and of instances. All of them answer by a callback or a promise. */
export const OPERATIONS = [
  ...['create', 'createAll', 'updateOrCreate', 'patchOrCreate', 'upsert', 'patchOrCreateWithWhere', 'upsertWithWhere'],
  ...['replaceOrCreate', 'findOrCreate', 'exists', 'findById', 'findByIds', 'all', 'find', 'findOne', 'count'],
  ...['remove', 'deleteAll', 'destroyAll', 'removeById', 'destroyById', 'deleteById', 'update', 'updateAll', 'replaceById'],
  ...['save', 'delete', 'destroy', 'updateAttribute', 'updateAttributes', 'patchAttributes', 'replaceAttributes', 'reload'],
  // key-value models
  ...['get', 'set', 'expire', 'ttl', 'keys'],
];

/** A use that lasts until an operation has its answer. */
export interface OperationUse {
  /** @param ended whether the operation was answered by the end of its registry */
  endUse(ended: boolean): void;
  /** Whether this is use of a datasource. Undefined for the datasource's own record of its use. */
  isUseOf?(dataSourceUse: object): boolean;
}

/** By juggler's method: the method that `trackOperations` put in its place. */
const trackedMethods = new WeakMap<Method, Method>();
/** By a method that `trackOperations` put in place: juggler's method. */
const originalMethods = new WeakMap<object, Method>();

/** Whether `trackOperations` has put a method in place: such a method answers with the error after its registry has ended. */
export function isTrackedOperation(method: object): boolean {
  return originalMethods.has(method);
}

/** The method that `trackOperations` has replaced by `method`, for a caller that tracks the operation itself; else `method`. */
export function untrackedOperation(method: Method): Method {
  return originalMethods.get(method) ?? method;
}

/**
 * Replaces data access methods by ones that note each operation in its registry until the operation has its answer. When the registry
 * ends, the operation is answered with the error at once. To wait for juggler would not do: a hook, an asynchronous validation or a
 * connector may call back at any time, or never, and juggler's code would then use the ended class.
 * @param dao the DataAccessObject of a datasource: juggler mixes its methods into the models
 */
export function trackOperations(dao: Function): void {
  for (const place of [dao, dao.prototype] as Record<string, Method | undefined>[]) {
    for (const name of OPERATIONS) {
      const method = Object.hasOwn(place, name) ? place[name] : undefined;
      if (typeof method !== 'function' || originalMethods.has(method)) continue;
      // one replacement for one method, so that aliases stay equal
      let operation = trackedMethods.get(method);
      if (!operation) {
        operation = track(method, method.name || name);
        trackedMethods.set(method, operation);
      }
      place[name] = operation;
    }
    for (const name of Object.keys(place)) {
      const method = place[name]!;
      const answer = originalMethods.has(method) ? undefined : answerOfDaoMethod(name, method);
      if (answer) place[name] = guardModelMethod(method, name, answer);
    }
  }
}

function track(method: Method, name: string): Method {
  const operation: Method = function (...args) {
    const model = classOfReceiver(this);
    const registry = ownerOf(model);
    // a routed model has an accessor here, which gives no value: model-routing.ts counts the use of its datasource itself
    const dataSource = model && ownValue<StockDataSource>(model, 'dataSource');
    try {
      const mismatch = mismatchOfDataAccess(name, this, args, registry, dataSource);
      if (mismatch) return answerWithError(args, mismatch, this);
    } catch (failure) {
      return answerWithError(args, failure, this);
    }
    if (!registry) return method.apply(this, args);
    return performOperation(registry, method, this, args, dataSource && useOf(dataSource).beginUse());
  };
  originalMethods.set(operation, method);
  return copyMethodProperties(operation, method);
}

/** One operation, from its call to its answer. */
class Operation implements CallInFlight {
  list: CallsInFlight | undefined;
  previous: CallInFlight | undefined;
  next: CallInFlight | undefined;

  readonly #run: OperationRun | undefined;
  readonly #use: OperationUse | undefined;
  #fail: ((error: Error) => void) | undefined;

  constructor(registry: OwningRegistry, use: OperationUse | undefined) {
    this.#run = registry.beginOperation?.(registry);
    this.#use = use;
    registry.inFlight.add(this);
  }

  failWith(error: Error): void {
    if (this.finish(true)) this.#fail?.(error);
  }

  isUseOf(dataSourceUse: object): boolean {
    return this.#use === dataSourceUse || this.#use?.isUseOf?.(dataSourceUse) === true;
  }

  /** Calls the method of the operation. */
  runMethod(method: Method, receiver: unknown, args: unknown[]): unknown {
    return this.#run ? this.#run.runOperation(method, receiver, args) : method.apply(receiver, args);
  }

  /** Returns the callback for juggler in place of the caller's. It does nothing if the operation was answered already. */
  answerByCallback(callback: Callback): Callback {
    const operation = this; // eslint-disable-line @typescript-eslint/no-this-alias -- the callback has a `this` of its own
    this.#fail = error => nextTick(callback, error);
    return copyPromise(callback, function (this: unknown, ...results) {
      if (!operation.list) return undefined;
      try {
        // before `finish`, so that an operation that the callback begins is in flight before this one is over
        return callback.apply(this, results);
      } finally {
        operation.finish();
      }
    });
  }

  /** Returns the promise for the caller in place of juggler's. */
  answerByPromise(result: PromiseLike<unknown>): Promise<unknown> {
    const Kind = promiseKindOf(result);
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
      try {
        result.then(resolved, rejected);
      } catch (error) {
        rejected(error as Error);
      }
    });
  }

  /**
   * Ends the operation.
   * @param ended whether the end of its registry answers it
   * @returns whether the operation was in flight until now
   */
  finish(ended = false): boolean {
    this.#run?.operationAnswered();
    if (!this.list?.delete(this)) return false;
    this.#use?.endUse(ended);
    return true;
  }
}

/**
 * Runs an operation, which is answered with the error if its registry ends first.
 * @param args may be changed: its callback is replaced
 * @param use ended when the operation has its answer
 */
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
    return answerWithError(args, ended, receiver);
  }
  const operation = new Operation(registry, use);
  try {
    const position = callbackIndex(args);
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
