import {keepContext, registryOf, tenantBindingOf, tenantOwnedOf} from '../binding/builder-binding';
import type {TenantBinding} from '../binding/registry-binding';
import {callbackIndex, copyPromise, type Callback} from '../juggler/callback';
import type {DataSourceUse} from '../operations/data-source-use';
import type {Connector, StockModelBuilder} from '../juggler/types';
import {noteIncludingCall} from '../operations/connector-includes';
import {defineOwn} from '../primitives/own-property';
import {lendInstances} from './lent-arguments';
import {lendOptions, type LentOptions} from './lent-options';
import type {ModelRegistry} from '../registry/model-registry';
import {nextTick} from '../primitives/timers';

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

/** The methods of a key-value connector that answer by a callback, beside those above. */
export const KEY_VALUE_CALLS = ['get', 'set', 'expire', 'ttl', 'delete', 'deleteAll'];
/** The connector methods that juggler's datasource calls besides data access, in callbacks of each other. They answer by a callback. */
export const SCHEMA_CALLS = [
  ...['automigrate', 'autoupdate', 'isActual', 'ping', 'discoverModelDefinitions', 'discoverModelProperties'],
  ...['discoverPrimaryKeys', 'discoverUniqueKeys', 'discoverForeignKeys', 'discoverExportedForeignKeys'],
  ...['discoverSchemas', 'defineForeignKey'],
];

/**
 * Wraps the methods of a connector that juggler calls:
 * - The callback runs in the context of the call, also if another tenant's query has freed the pooled connection.
 * - If the registry has ended when the connector answers, the callback gets the error of the end. With a result, juggler's code would use
 *   the ended class, and throw where no code can catch it.
 * - The datasource counts as in use until the connector has answered.
 * - While the method runs, the tenant's registry is not looked up again (TenantBinding).
 * - What the connector was given refers to nothing after the answer: a pool keeps the callback for which it opened a connection.
 */
export function guardConnectorCalls(connector: Connector, builder: StockModelBuilder, use: DataSourceUse): void {
  const binding = tenantBindingOf(builder);
  const transactions = new OpenTransactions(use);
  const owned = tenantOwnedOf(builder);
  const methods = connector as Record<string, unknown>;
  // a connector of another kind may have methods of these names that are no data access
  const isKeyValue = typeof methods.iterateKeys === 'function';
  for (const name of [...CONNECTOR_CALLS, ...SCHEMA_CALLS, ...(isKeyValue ? KEY_VALUE_CALLS : [])]) {
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
        nextTick(callback, ended);
        return undefined;
      }
      const call = new ConnectorCall(callback, registry, use.beginUse(), binding, transactions.stepOf(name, args[0]));
      const answer = call.answerIn(builder);
      call.lent = lendOptions(name, args, position);
      call.emptyArguments = lendInstances(name, args);
      // by the options that the connector gets
      call.endInclude = owned && name === 'all' ? noteIncludingCall(owned, args) : undefined;
      args[position] = answer;
      try {
        if (!binding) return method.apply(this, args) as unknown;
        return binding.holding(registry, () => method.apply(this, args) as unknown);
      } catch (error) {
        call.endUse();
        throw error;
      } finally {
        call.methodReturned(answer);
      }
    };
    // juggler reads `length` to learn whether a method takes options
    Object.defineProperty(guarded, 'length', {value: method.length});
    Object.defineProperty(guarded, 'name', {value: name});
    // not by assignment: SQL connectors have accessors for aliases of methods
    defineOwn(methods, name, guarded, true);
  }
}

/** The callback for a connector. It is made here because a closure keeps all variables that closures of its function use. */
function answerOf(call: ConnectorCall): Callback {
  return (...results) => call.passOn?.(results);
}

/** One call of a connector. The connector may keep it for ever, so it refers to nothing once the connector has answered. */
class ConnectorCall {
  lent: LentOptions | undefined;
  emptyArguments: (() => void) | undefined;
  endInclude: (() => void) | undefined;
  /** Passes the answer on, in the context of the call; undefined after the first answer. */
  passOn: ((results: unknown[]) => unknown) | undefined;
  /** The callback that the connector has, once the connector's method has returned. */
  #answer: Callback | undefined;
  #callback: Callback | undefined;
  #registry: ModelRegistry | undefined;
  #use: DataSourceUse | undefined;
  #step: TransactionStep | undefined;

  constructor(
    callback: Callback,
    registry: ModelRegistry,
    use: DataSourceUse,
    private readonly binding: TenantBinding | undefined,
    step: TransactionStep | undefined,
  ) {
    this.#callback = callback;
    this.#registry = registry;
    this.#use = use;
    this.#step = step;
  }

  /** Returns the callback for the connector, which passes the answer on in the present context. */
  answerIn(builder: StockModelBuilder): Callback {
    this.passOn = keepContext(builder, (results: unknown[]) => this.#answerCaller(results));
    return copyPromise(this.#callback!, answerOf(this));
  }

  /** The connector's method has returned: the code after its answer has run, and its caller has the promise of its callback. */
  methodReturned(answer: Callback): void {
    this.#answer = answer;
    if (!this.passOn) this.#takeAll();
  }

  /** Ends the use of the datasource. A connector that throws may have begun its work, and still answer. */
  endUse(): void {
    this.#use?.endUse();
    this.endInclude?.();
    this.endInclude = this.#use = undefined;
  }

  /** Ends the use of the datasource, and forgets all that the call refers to. */
  #end(): void {
    this.endUse();
    this.passOn = this.#callback = this.#registry = this.#step = undefined;
  }

  /** Takes from the connector what it was given. */
  #takeAll(): void {
    if (this.#answer?.promise) this.#answer.promise = undefined;
    this.lent?.empty();
    this.emptyArguments?.();
    this.lent = this.emptyArguments = this.#answer = undefined;
  }

  /** Passes the connector's answer to the callback, once. */
  #answerCaller(results: unknown[]): unknown {
    const {binding, lent} = this;
    const callback = this.#callback!;
    const ended = this.#registry!.endError();
    this.#step?.(results);
    this.#end();
    lent?.takeBack();
    try {
      const answer = () => (ended ? callback(ended) : callback(...results));
      // the code that gets the answer is not part of the connector call, so it must look the registry up again
      return binding ? binding.holding(undefined, answer) : answer();
    } finally {
      // if the method has not returned, it may go on and read its options
      if (this.#answer) this.#takeAll();
    }
  }
}

/** Counts a transaction as use of the datasource, from its beginning to its end. */
type TransactionStep = (results: readonly unknown[]) => void;

class OpenTransactions {
  /** By the connection of each open transaction, where that is an object. */
  readonly #uses = new WeakMap<object, DataSourceUse>();
  /** By the connection that is a string or a number. It has as many entries as the connector has such transactions open. */
  readonly #usesById = new Map<unknown, DataSourceUse>();

  constructor(private readonly use: DataSourceUse) {}

  /** What follows from the answer to a method; undefined if the method neither begins nor ends a transaction. */
  stepOf(method: string, connection: unknown): TransactionStep | undefined {
    if (method === 'beginTransaction') {
      return ([error, transaction]) => {
        const begun = error ? undefined : connectionOf(transaction);
        if (begun === undefined || begun === null) return;
        // the database has given a number anew, so the earlier transaction of that number is over
        this.#end(begun);
        this.#usesOf(begun).set(begun, this.use.beginUse());
      };
    }
    if (method !== 'commit' && method !== 'rollback') return undefined;
    return () => this.#end(connection);
  }

  #end(connection: unknown): void {
    const uses = this.#usesOf(connection);
    const use = uses.get(connection as object);
    uses.delete(connection as object);
    use?.endUse();
  }

  #usesOf(connection: unknown): WeakMap<object, DataSourceUse> | Map<unknown, DataSourceUse> {
    const isObject = (typeof connection === 'object' && connection !== null) || typeof connection === 'function';
    return isObject ? this.#uses : this.#usesById;
  }
}

/** `beginTransaction` of some connectors gives a connection, of others a transaction that has one. All of them end it by the connection. */
function connectionOf(transaction: unknown): unknown {
  try {
    return (transaction as {connection?: unknown} | null | undefined)?.connection ?? transaction;
  } catch {
    return transaction;
  }
}
