import {callbackIndex, copyPromise, isPromise, promiseKindOf, type Callback, type Method} from '../juggler/callback';
import {copyMethodProperties} from '../juggler/method-replacement';
import {mismatchError, otherRunningTenant, type TenantOwned} from '../ownership/running-tenants';
import {answerWithError} from './answer-with-error';

/** The methods by which a transaction ends, of a connector's transaction and of juggler's `DataSource.prototype.transaction`. */
const ENDS = ['commit', 'exec', 'rollback'];

const guarded = new WeakSet<object>();

/**
 * Refuses the end of a tenant's transaction while another tenant runs. It must be refused here and not at the connector: once juggler has
 * called the connector, it takes the transaction for ended.
 */
export function guardTransaction<T>(transaction: T, owned: TenantOwned | undefined): T {
  if (typeof transaction !== 'object' || transaction === null || !owned || guarded.has(transaction)) return transaction;
  guarded.add(transaction);
  const methods = transaction as Record<string, Method | undefined>;
  for (const name of ENDS) {
    const method = methods[name];
    if (typeof method !== 'function') continue;
    const guard: Method = function (...args) {
      try {
        const running = otherRunningTenant(owned);
        if (running !== undefined) throw mismatchError(`${name}() is called on a transaction`, owned, running);
      } catch (refusal) {
        return answerWithError(args, refusal, undefined);
      }
      return method.apply(this, args);
    };
    // a frozen transaction stays as it is
    Reflect.set(methods, name, copyMethodProperties(guard, method));
  }
  return transaction;
}

/** Runs juggler's `beginTransaction`, and guards the transaction that it gives. */
export function guardBegun(begin: Method, receiver: unknown, args: unknown[], owned: TenantOwned | undefined): unknown {
  const position = callbackIndex(args);
  if (position < 0) {
    const result = begin.apply(receiver, args);
    if (!isPromise(result)) return result;
    // of its own kind; a thenable's `then` need not return a promise
    return promiseKindOf(result)
      .resolve(result)
      .then(transaction => guardTransaction(transaction, owned));
  }
  const callback = args[position] as Callback;
  const answer = (error: unknown, transaction: unknown, ...rest: unknown[]) =>
    callback(error, guardTransaction(transaction, owned), ...rest);
  args[position] = copyPromise(callback, answer);
  return begin.apply(receiver, args);
}
