import {keepContext, registryOf, tenantBindingOf, tenantOwnedOf} from '../binding/builder-binding';
import type {TenantBinding} from '../binding/registry-binding';
import {callbackIndex, copyPromise, type Callback} from '../juggler/callback';
import type {DataSourceUse} from '../operations/data-source-use';
import type {Connector, StockModelBuilder} from '../juggler/types';
import {noteIncludingCall} from '../operations/connector-includes';
import {defineOwn} from '../primitives/own-property';
import type {ModelRegistry} from '../registry/model-registry';

/** The connector methods that juggler's data access calls. All of them answer by a callback. */
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
  // SQL connectors notify their observers between `execute` and `executeSQL`, which may take long
  'executeSQL',
  'beginTransaction',
  'commit',
  'rollback',
];

/** The connector methods that juggler's datasource calls besides data access, in callbacks of each other. They answer by a callback. */
const SCHEMA_CALLS = [
  ...['automigrate', 'autoupdate', 'isActual', 'ping', 'discoverModelDefinitions', 'discoverModelProperties'],
  ...['discoverPrimaryKeys', 'discoverUniqueKeys', 'discoverForeignKeys', 'discoverExportedForeignKeys'],
];

/**
 * Wraps the methods of a connector that juggler calls:
 * - The callback runs in the context of the call, also if another tenant's query has freed the pooled connection.
 * - If the registry has ended when the connector answers, the callback gets the error of the end. With a result, juggler's code would use
 *   the ended class, and throw where no code can catch it.
 * - The datasource counts as in use until the connector has answered.
 * - While the method runs, the tenant's registry is not looked up again (TenantBinding).
 */
export function guardConnectorCalls(connector: Connector, builder: StockModelBuilder, use: DataSourceUse): void {
  const binding = tenantBindingOf(builder);
  const owned = tenantOwnedOf(builder);
  /** By the connection of each open transaction: an open transaction counts as use. */
  const transactions = new WeakMap<object, DataSourceUse>();
  const methods = connector as Record<string, unknown>;
  for (const name of [...CONNECTOR_CALLS, ...SCHEMA_CALLS]) {
    const method = methods[name];
    if (typeof method !== 'function') continue;
    const guarded = function (this: unknown, ...args: unknown[]): unknown {
      const position = callbackIndex(args);
      if (position < 0) return method.apply(this, args) as unknown;
      const callback = args[position] as Callback;
      let registry;
      try {
        registry = registryOf(builder);
      } catch (ended) {
        // user code may wrap a connector's method, and call it after the tenant has ended
        process.nextTick(callback, ended);
        return undefined;
      }
      const call = new ConnectorCall(callback, registry, use.beginUse(), binding);
      const endInclude = owned && name === 'all' ? noteIncludingCall(owned, args) : undefined;
      const answer = keepContext(builder, (...results: unknown[]) => {
        endInclude?.();
        if (name === 'beginTransaction' && !results[0]) transactions.set(connectionOf(results[1]), use.beginUse());
        if (name === 'commit' || name === 'rollback') {
          transactions.get(args[0] as object)?.endUse();
          transactions.delete(args[0] as object);
        }
        return call.answerCaller(results);
      });
      args[position] = copyPromise(callback, answer);
      try {
        if (!binding) return method.apply(this, args) as unknown;
        return binding.holding(registry, () => method.apply(this, args) as unknown);
      } catch (error) {
        endInclude?.();
        call.endUse();
        throw error;
      }
    };
    // juggler reads `length` to learn whether a method takes options
    Object.defineProperty(guarded, 'length', {value: method.length});
    Object.defineProperty(guarded, 'name', {value: name});
    // not by assignment: SQL connectors have accessors for aliases of methods
    defineOwn(methods, name, guarded, true);
  }
}

/** One call of a connector, until the connector answers. */
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

  /** Passes the connector's answer to the callback. Some connectors answer more than once. */
  answerCaller(results: unknown[]): unknown {
    this.endUse();
    const ended = this.registry.endError();
    const {callback, binding} = this;
    const answer = () => (ended ? callback(ended) : callback(...results));
    // the code that gets the answer is not part of the connector call, so it must look the registry up again
    return binding ? binding.holding(undefined, answer) : answer();
  }

  endUse(): void {
    this.#use?.endUse();
    this.#use = undefined;
  }
}

/** `beginTransaction` of some connectors gives a connection, of others a transaction that has one. All of them end it by the connection. */
function connectionOf(transaction: unknown): object {
  return (transaction as {connection?: object}).connection ?? (transaction as object);
}
