import {isExclusive, keepContext, registryOf, scopeOf} from '../binding/builder-binding';
import {callbackIn, inPlaceOf, type Callback} from '../juggler/callback';
import {beginTurn} from '../binding/connector-turn';
import type {DataSourceUse} from '../operations/data-source-use';
import type {Connector, StockModelBuilder} from '../juggler/types';
import {own} from '../primitives/own-property';
import type {ModelRegistry} from '../registry/model-registry';

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
  const scope = isExclusive(builder) ? scopeOf(builder) : undefined;
  const transactions = new WeakMap<object, DataSourceUse>();
  const methods = connector as Record<string, unknown>;
  for (const name of CONNECTOR_CALLS) {
    const method = methods[name];
    if (typeof method !== 'function') continue;
    const guarded = function (this: unknown, ...args: unknown[]): unknown {
      const position = callbackIn(args);
      if (position < 0) return method.apply(this, args) as unknown;
      const callback = args[position] as Callback;
      let registry;
      try {
        registry = registryOf(builder);
      } catch (ended) {
        // by a wrapper around the connector's method that calls it late
        process.nextTick(callback, ended);
        return undefined;
      }
      const call = new ConnectorCall(callback, registry, use.begin());
      const answer = keepContext(builder, (...results: unknown[]) => {
        if (name === 'beginTransaction' && !results[0]) transactions.set(connectionOf(results[1]), use.begin());
        if (name === 'commit' || name === 'rollback') {
          transactions.get(args[0] as object)?.end();
          transactions.delete(args[0] as object);
        }
        return call.answer(results);
      });
      args[position] = inPlaceOf(callback, answer);
      const outer = beginTurn(scope && {scope, registry});
      try {
        return method.apply(this, args) as unknown;
      } catch (error) {
        call.over();
        throw error;
      } finally {
        beginTurn(outer);
      }
    };
    // juggler counts a method's parameters to learn whether it takes options
    Object.defineProperty(guarded, 'length', {value: method.length});
    Object.defineProperty(guarded, 'name', {value: name});
    // SQL connectors have accessors for aliases
    own(methods, name, guarded, true);
  }
}

class ConnectorCall {
  #use: DataSourceUse | undefined;

  constructor(
    private readonly callback: Callback,
    private readonly registry: ModelRegistry,
    use: DataSourceUse,
  ) {
    this.#use = use;
  }

  /** Some connectors answer more than once. */
  answer(results: unknown[]): unknown {
    this.over();
    const ended = this.registry.endError();
    const {callback} = this;
    // what the answer leads to is no part of the connector's turn
    const outer = beginTurn(undefined);
    try {
      return ended ? callback(ended) : callback(...results);
    } finally {
      beginTurn(outer);
    }
  }

  over(): void {
    this.#use?.end();
    this.#use = undefined;
  }
}

/** Some connectors answer with a connection, some with a transaction that has one; all are told to end the connection. */
function connectionOf(transaction: unknown): object {
  return (transaction as {connection?: object}).connection ?? (transaction as object);
}
