import {keepContext, registryOf, tenantBindingOf} from '../binding/builder-binding';
import type {TenantBinding} from '../binding/registry-binding';
import {callbackIn, withPromiseOf, type Callback} from '../juggler/callback';
import type {DataSourceUse} from '../operations/data-source-use';
import type {Connector, StockModelBuilder} from '../juggler/types';
import {defineOwn} from '../primitives/own-property';
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
export function guardConnectorCalls(connector: Connector, builder: StockModelBuilder, use: DataSourceUse): void {
  const binding = tenantBindingOf(builder);
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
      const call = new ConnectorCall(callback, registry, use.beginUse(), binding);
      const answer = keepContext(builder, (...results: unknown[]) => {
        if (name === 'beginTransaction' && !results[0]) transactions.set(connectionOf(results[1]), use.beginUse());
        if (name === 'commit' || name === 'rollback') {
          transactions.get(args[0] as object)?.endUse();
          transactions.delete(args[0] as object);
        }
        return call.answerCaller(results);
      });
      args[position] = withPromiseOf(callback, answer);
      try {
        if (!binding) return method.apply(this, args) as unknown;
        return binding.holding(registry, () => method.apply(this, args) as unknown);
      } catch (error) {
        call.endUse();
        throw error;
      }
    };
    // juggler counts a method's parameters to learn whether it takes options
    Object.defineProperty(guarded, 'length', {value: method.length});
    Object.defineProperty(guarded, 'name', {value: name});
    // SQL connectors have accessors for aliases
    defineOwn(methods, name, guarded, true);
  }
}

class ConnectorCall {
  #use: DataSourceUse | undefined;

  constructor(
    private readonly callback: Callback,
    private readonly registry: ModelRegistry,
    use: DataSourceUse,
    private readonly binding: TenantBinding | undefined,
  ) {
    this.#use = use;
  }

  /** Some connectors answer more than once. */
  answerCaller(results: unknown[]): unknown {
    this.endUse();
    const ended = this.registry.endError();
    const {callback, binding} = this;
    const answer = () => (ended ? callback(ended) : callback(...results));
    // what the answer leads to is no part of the connector's turn
    return binding ? binding.holding(undefined, answer) : answer();
  }

  endUse(): void {
    this.#use?.endUse();
    this.#use = undefined;
  }
}

/** Some connectors answer with a connection, some with a transaction that has one; all are told to end the connection. */
function connectionOf(transaction: unknown): object {
  return (transaction as {connection?: object}).connection ?? (transaction as object);
}
