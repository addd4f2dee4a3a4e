import {builderIn, isExclusive, keepContext, registryForAttaching, registryOf, redirectingTo} from '../binding/builder-binding';
import {isPromise} from '../juggler/callback';
import {registryOfClass, type ModelRegistry} from '../registry/model-registry';
import {adoptConnector} from './connector-adoption';
import {endWithRegistry} from './ended-data-source';
import {lazyConnectorEntry} from './lazy-connector-entry';
import {followDeferredRelations, type RelationSettings} from './deferred-relations';
import {ConnectorSharedError, ScopedRegistryError} from '../errors';
import {watchForeignReferences} from '../classes/foreign-references';
import type {Connector, Dictionary, ModelClass, Properties, Settings, StockDataSource, StockModelBuilder} from '../juggler/types';
import {guardLateCallbacks} from '../operations/late-callbacks';
import type {LightClasses} from '../classes/light-classes';
import {unreadNamedRecordOf} from '../classes/named-class-record';
import {trackOperations} from '../operations/operation';
import {PendingCall, type PendingArguments} from '../operations/pending-call';
import type {RegistryOptions} from '../binding/registry-binding';
import {isJugglersOwn, methodBelow} from '../juggler/method-replacement';
import {WeakBag} from '../primitives/weak-bag';

export interface DataSourceMethods {
  setup(name: unknown, settings: unknown): void;
  _setupConnector(): void;
  define(name: string, properties?: Properties, settings?: Settings): ModelClass;
  createModel(name: string, properties?: Properties, settings?: Settings): ModelClass;
  attach(model: ModelClass): ModelClass;
  setupDataAccess(model: ModelClass, settings: Settings): void;
  mixin(model: ModelClass): void;
  defineRelations(model: ModelClass, relations?: Dictionary<RelationSettings>): void;
  copyModel(master: ModelClass): ModelClass;
  ready(receiver: unknown, args: PendingArguments): boolean;
  queueInvocation(receiver: unknown, args: PendingArguments): boolean;
  transaction(...args: unknown[]): unknown;
}

/** Where a transaction began: the datasource, and its registry of the time, where the transaction stays. */
interface Beginning {
  readonly origin: StockDataSource;
  readonly registry: ModelRegistry;
}

/**
 * The methods of juggler's DataSource that make or keep classes, made to work on the registry of the datasource's
 * builder.
 * @param stock juggler's own methods
 * @param newBuilder makes the builder that a `modelRegistry` setting asks for
 * @param bind binds a builder that is not bound yet
 * @param leave lets a builder do as on stock, for good
 * @param met called for each datasource once it is bound
 */
export function dataSourceMethods(
  stock: DataSourceMethods,
  newBuilder: (options: RegistryOptions) => StockModelBuilder,
  bind: (builder: StockModelBuilder) => void,
  leave: (builder: StockModelBuilder) => void,
  met: (dataSource: StockDataSource) => void,
  classes: LightClasses,
): DataSourceMethods & ThisType<StockDataSource> {
  /** With the connector that each was last seen with: it may come later. */
  const known = new WeakMap<StockDataSource, Connector | undefined>();

  /** Transactions, and the views of datasources that juggler takes for their origins. */
  const beginnings = new WeakMap<StockDataSource, Beginning>();

  /** A transaction's builder is a stock one with dictionaries of its own, for copies of models; it stays that. */
  function meetTransaction(transaction: StockDataSource): void {
    if (beginnings.has(transaction)) return;
    const origin = transaction.origin!;
    // one that began before `install` has the datasource itself
    const beginning = beginnings.get(origin) ?? {origin, registry: registryAt(origin)};
    beginnings.set(transaction, beginning);
    transaction.origin = beginning.origin;
    leave(transaction.modelBuilder);
    for (const models of [transaction.models, transaction.definitions])
      (beginning.registry.transactions ??= new WeakBag()).add(models);
  }

  /** What is made in a transaction has no name in the registry, and ends with it. */
  function ownInTransaction(model: ModelClass, registry: ModelRegistry): void {
    registry.own(model);
    registry.catalogue.nameless.add(model);
  }

  /** Binds a datasource on first sight: in its `setup`, or at its first use where that was before `install`. */
  function meet(dataSource: StockDataSource): void {
    const {connector, pendingConnectCallbacks} = dataSource;
    if (dataSource.isTransaction) {
      meetTransaction(dataSource);
      return;
    }
    if (known.has(dataSource) && known.get(dataSource) === connector) return;
    bind(dataSource.modelBuilder);
    for (const name of ['models', 'definitions'] as const) {
      Object.defineProperty(dataSource, name, {
        get: () => dataSource.modelBuilder[name],
        set() {},
        enumerable: true,
        configurable: true,
      });
    }
    // juggler copies every enumerable field into its transactions; with this one, calls that wait in a transaction
    // would be kept by the datasource for good
    Object.defineProperty(dataSource, 'pendingConnectCallbacks', {
      value: pendingConnectCallbacks,
      enumerable: false,
      writable: true,
      configurable: true,
    });
    if (connector) adoptConnector(connector, dataSource);
    endWithRegistry(dataSource);
    known.set(dataSource, connector);
    met(dataSource);
  }

  /** The registry that a datasource works on now. Its own registry gets to know it, to end it too. */
  function registryAt(dataSource: StockDataSource): ModelRegistry {
    meet(dataSource);
    const beginning = beginnings.get(dataSource);
    if (beginning) return beginning.registry;
    const {modelBuilder} = dataSource;
    const registry = registryOf(modelBuilder);
    if (isExclusive(modelBuilder)) registry.dataSources.add(dataSource);
    return registry;
  }

  /** `define` of a datasource, all or nothing: also where juggler's data access set-up fails after its class was made. */
  function define(this: StockDataSource, name: string, properties?: Properties, settings?: Settings): ModelClass {
    if (!name) return stock.define.call(this, name, properties, settings);
    const registry = registryAt(this);
    const {copies, journal} = registry;
    const model = journal.runDefine(() => {
      journal.note({undo: tableEntry(this, name)});
      return stock.define.call(this, name, copies.properties(properties ?? {}), copies.settings(settings ?? {}));
    });
    if (this.isTransaction) ownInTransaction(model, registry);
    registry.catalogue.sweep();
    if (!journal.running) copies.forget();
    return model;
  }

  /** juggler keeps the receiver of a call in a timer and two listeners until the datasource is connected. */
  function ready(this: StockDataSource, receiver: unknown, args: PendingArguments): boolean {
    meet(this);
    const registry =
      registryOfClass(receiver) ?? registryOfClass((receiver as object | undefined)?.constructor) ?? registryAt(this);
    registry.assertUsable();
    if (this.connected) return false;
    const call = new PendingCall(receiver, args, () => registry.inFlight.delete(call));
    registry.inFlight.add(call);
    // whoever's connection attempt succeeds, each call goes on as the work of its own tenant
    const run = keepContext((this.origin ?? this).modelBuilder, () => call.run());
    return stock.ready.call(this, call, call.placeholderFor(run));
  }

  /** juggler looks at the definition of a class; here it is made when it is looked at. */
  function setupDataAccess(this: StockDataSource, model: ModelClass, settings: Settings): void {
    const structure = isJugglersSetUp ? unreadNamedRecordOf(model) : undefined;
    const below = methodBelow(this, 'setupDataAccess', setupDataAccess) ?? stock.setupDataAccess;
    if (!structure || below !== stock.setupDataAccess) {
      (below as typeof setupDataAccess).call(this, model, settings);
      return;
    }
    const {connector} = this;
    if (connector) {
      structure.settleIdType(connector, knowsOwnIdType);
      connector.define?.(lazyConnectorEntry(model, settings, structure));
    }
    this.mixin(model);
    this.defineRelations(model, settings.relationships || settings.relations);
    model.emit?.('dataAccessConfigured', model);
    this.defineScopes(model, settings.scopes || {});
  }

  // somebody's in its place is to go on
  const isJugglersSetUp = isJugglersOwn(stock.setupDataAccess, 'dataAccessConfigured');
  const knowsOwnIdType = isJugglersOwn(stock.setupDataAccess, 'useDefaultIdType');

  return {
    setup(first: unknown, second: unknown): void {
      const [[settings, option], [name, other]] = [second, first].map(withoutOption);
      const options = option === undefined ? other : option;
      if (options !== undefined) this.modelBuilder = newBuilder(options as RegistryOptions);
      registryAt(this);
      stock.setup.call(this, name, settings);
    },

    _setupConnector(): void {
      stock._setupConnector.call(this);
      try {
        if (this.connector) adoptConnector(this.connector, this);
      } catch (error) {
        // juggler calls this again when the connector is ready: the tenant may have gone by then, and nobody can catch it
        if (error instanceof ConnectorSharedError || !(error instanceof ScopedRegistryError)) throw error;
      }
    },

    define,
    createModel: define,

    attach(model: ModelClass): ModelClass {
      registryAt(this);
      if (model.dataSource === this) return model;
      const owner = registryOfClass(model);
      const registry = registryForAttaching(this.modelBuilder, owner);
      owner?.embeddedIndex.forget(model);
      redirectingTo(registry, this.modelBuilder, () =>
        registry.journal.runDefine(() => {
          registry.journal.note({undo: tableEntry(this, model.modelName)});
          registry.catalogue.attaching(model, () => stock.attach.call(this, model));
        }),
      );
      // juggler has put this datasource's builder there, which may forward; a class stays with one registry
      if (model.modelBuilder === this.modelBuilder) model.modelBuilder = builderIn(registry, this.modelBuilder);
      return model;
    },

    setupDataAccess,

    mixin(model: ModelClass): void {
      meet(this);
      const mixed = classes.dataAccess.mixInto(model, this.DataAccessObject, this.operations(), trackOperations);
      if (mixed === 'layered') return;
      if (!mixed) {
        trackOperations(this.DataAccessObject);
        stock.mixin.call(this, model);
      }
      watchForeignReferences(model);
      guardLateCallbacks(model);
    },

    defineRelations(model: ModelClass, relations?: Dictionary<RelationSettings>): void {
      meet(this);
      if (!relations || Object.keys(relations).length === 0) return;
      const lookUp = (name: string) => registryAt(this).catalogue.lookUp(name);
      followDeferredRelations(model, relations, lookUp, () => stock.defineRelations.call(this, model, relations));
    },

    copyModel(master: ModelClass): ModelClass {
      meet(this);
      const copy = stock.copyModel.call(this, master);
      const owner = registryOfClass(master);
      if (owner) ownInTransaction(copy, owner);
      return copy;
    },

    /** juggler lists the models that the dictionary has of its own; a tenant sees the shared ones too. */
    transaction(...args: unknown[]): unknown {
      const registry = registryAt(this);
      const models: Dictionary<ModelClass> = {};
      for (const name in registry.models) {
        if (!registry.catalogue.lookUp(name)) continue;
        const get = () => {
          registry.assertUsable();
          return registry.catalogue.lookUp(name);
        };
        Object.defineProperty(models, name, {get, enumerable: true});
      }
      const view = Object.create(this, {modelBuilder: {value: {models}, enumerable: true}}) as StockDataSource;
      beginnings.set(view, {origin: this, registry});
      const seen = (value: unknown) => {
        if ((value as StockDataSource | undefined)?.isTransaction) meet(value as StockDataSource);
        return value;
      };
      const [execute, ...rest] = args;
      const meeting = rest.map(arg => {
        if (typeof arg !== 'function') return arg;
        const callback = arg as (...results: unknown[]) => unknown;
        return (...results: unknown[]) => callback(...results.map(seen));
      });
      const result = stock.transaction.call(view, execute, ...meeting);
      return isPromise(result) ? result.then(seen) : seen(result);
    },

    ready,
    queueInvocation: ready,
  };
}

/**
 * Takes `modelRegistry` out of settings, which stay as they are where they are the caller's: connectors pass them on to
 * drivers, or print them.
 * @returns the settings without it, and what it was
 */
function withoutOption(settings: unknown): [settings: unknown, option: unknown] {
  if (typeof settings !== 'object' || settings === null || !Object.hasOwn(settings, 'modelRegistry'))
    return [settings, undefined];
  const {modelRegistry, ...rest} = settings as {modelRegistry?: unknown};
  return [rest, modelRegistry];
}

/** Remembers what a connector knew under a name. */
function tableEntry(dataSource: StockDataSource, name: string): () => void {
  const table = dataSource.connector?._models;
  const entry = table && Object.getOwnPropertyDescriptor(table, name);
  return () => {
    if (!table) return;
    if (entry) Object.defineProperty(table, name, entry);
    else delete table[name];
  };
}
