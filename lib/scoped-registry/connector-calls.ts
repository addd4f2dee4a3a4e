import {keepContext, registryOf} from './builder-binding';
import {inPlaceOf, type Callback} from './callback';
import type {DataSourceUse} from './data-source-use';
import type {Connector, StockModelBuilder} from './juggler';

/** The methods by which juggler's data access objects call a connector; all of them answer by a callback. */
export const CONNECTOR_CALLS = [
  'create',
  'createAll',
  'save',
  'all',
  'find',
  'count',
  'exists',
  'update',
  'updateAll',
  'updateAttributes',
  'updateOrCreate',
  'upsertWithWhere',
  'patchOrCreateWithWhere',
  'replaceById',
  'replaceOrCreate',
  'findOrCreate',
  'destroy',
  'destroyAll',
  'execute',
  // between `execute` and this, a connector waits for its observers
  'executeSQL',
  'beginTransaction',
  'commit',
  'rollback',
];

/**
 * A connector's answer comes back to the tenant that asked, whichever tenant's query freed the pooled connection. Where
 * that tenant has ended meanwhile, the answer is the error: what juggler does with a result would use the ended class,
 * and throw where nobody can catch it.
 */
export function guardCalls(connector: Connector, builder: StockModelBuilder, use: DataSourceUse): void {
  const transactions = new WeakMap<object, () => void>();
  const methods = connector as Record<string, unknown>;
  for (const name of CONNECTOR_CALLS) {
    const method = methods[name];
    if (typeof method !== 'function') continue;
    const guarded = function (this: unknown, ...args: unknown[]): unknown {
      const position = args.findLastIndex(arg => typeof arg === 'function');
      if (position < 0) return method.apply(this, args) as unknown;
      const callback = args[position] as Callback;
      const over = use.begin();
      try {
        args[position] = answerTo(callback, builder, (error, result) => {
          if (name === 'beginTransaction' && !error) transactions.set(connectionOf(result), use.begin());
          if (name === 'commit' || name === 'rollback') transactions.get(args[0] as object)?.();
          over();
        });
      } catch (ended) {
        over();
        // by a wrapper around the connector's method that calls it late
        process.nextTick(callback, ended);
        return undefined;
      }
      try {
        return method.apply(this, args) as unknown;
      } catch (error) {
        over();
        throw error;
      }
    };
    // juggler counts a method's parameters to learn whether it takes options
    Object.defineProperty(guarded, 'length', {value: method.length});
    Object.defineProperty(guarded, 'name', {value: name});
    // SQL connectors have accessors for aliases
    Object.defineProperty(methods, name, {value: guarded, writable: true, configurable: true, enumerable: true});
  }
}

function answerTo(callback: Callback, builder: StockModelBuilder, answered: Callback): Callback {
  const registry = registryOf(builder);
  const answer: Callback = keepContext(builder, (error, ...results) => {
    answered(error, ...results);
    const ended = registry.endError();
    return ended ? callback(ended) : callback(error, ...results);
  });
  return inPlaceOf(callback, answer);
}

/** Some connectors answer with a connection, some with a transaction that has one; all are told to end the connection. */
function connectionOf(transaction: unknown): object {
  return (transaction as {connection?: object}).connection ?? (transaction as object);
}
