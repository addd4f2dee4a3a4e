import {
  builderIn,
  isExclusive,
  keepContext,
  registryForAttaching,
  registryOf,
  redirectingTo,
  tenantOwnedOf,
} from '../binding/builder-binding';
import {isPromise} from '../juggler/callback';
import {registryOfClass, type ModelRegistry} from '../registry/model-registry';
import {adoptConnector} from './connector-adoption';
import {endWithRegistry} from './ended-data-source';
import {showWhatIsRead} from '../registry/dictionaries';
import {namesOfRelations, ownModelMethods, type OwnModelMethods} from './own-models';
import {lazyConnectorEntry} from './lazy-connector-entry';
import {expectCalls} from './waiting-calls';
import {followDeferredRelations, takeOverRelations, type RelationSettings} from './deferred-relations';
import {ConnectorSharedError, ScopedRegistryError} from '../errors';
import {watchForeignReferences} from '../classes/noted-references';
import {servesAnother} from '../ownership/class-home';
import type {Connector, Dictionary, ModelClass, Properties, Settings, StockDataSource, StockModelBuilder} from '../juggler/types';
import {guardDefiningStatics} from '../operations/cross-tenant-use';
import {useOf} from '../operations/data-source-use';
import {guardLateCallbacks} from '../operations/late-callbacks';
import type {LightClasses} from '../classes/light-classes';
import {unreadNamedRecordOf} from '../classes/named-class-record';
import {trackOperations} from '../operations/operation';
import {guardTransaction} from '../operations/transaction-end';
import {PendingCall, type PendingArguments} from '../operations/pending-call';
import type {RegistryOptions} from '../binding/registry-binding';
import {assertModelOfThisCopy} from '../package-copy';
import {moves} from '../registry/name-changes';
import {isJugglersOwn, methodBelow} from '../juggler/method-replacement';
import {WeakBag} from '../primitives/weak-bag';

/** The methods of juggler's DataSource that this library replaces. */
export interface DataSourceMethods extends OwnModelMethods {
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
  freeze(): void;
}

/** Where a transaction began. It stays with that registry, also if the datasource has another one later. */
interface TransactionStart {
  readonly origin: StockDataSource;
  readonly registry: ModelRegistry;
}

/**
 * Replacements of the DataSource methods that make or keep classes. They work on the registry of the datasource's builder.
 * @param stock juggler's own methods
 * @param newBuilder makes the builder that a `modelRegistry` setting asks for
 * @param bind binds a builder that is not bound yet
 * @param giveStockMethods gives a builder juggler's own methods, for good
 * @param onBound called for each datasource once it is bound
 */
export function dataSourceMethods(
  stock: DataSourceMethods,
  newBuilder: (options: RegistryOptions) => StockModelBuilder,
  bind: (builder: StockModelBuilder) => void,
  giveStockMethods: (builder: StockModelBuilder) => void,
  onBound: (dataSource: StockDataSource) => void,
  classes: LightClasses,
): DataSourceMethods & ThisType<StockDataSource> {
  /** The connector that each datasource was bound with. A datasource may get its connector later, and is then bound again. */
  const boundWith = new WeakMap<StockDataSource, Connector | undefined>();

  /** By transaction, and by the view of a datasource that `transaction` passes to juggler as the origin. */
  const transactionStarts = new WeakMap<StockDataSource, TransactionStart>();

  /** juggler gives each transaction a stock builder, whose dictionaries hold copies of models. That builder must work as in juggler. */
  function bindTransaction(transaction: StockDataSource): void {
    if (transactionStarts.has(transaction)) return;
    const origin = transaction.origin!;
    // if the transaction began before `install`, its origin is the datasource and not a view
    const start = transactionStarts.get(origin) ?? {origin, registry: registryAt(origin)};
    transactionStarts.set(transaction, start);
    transaction.origin = start.origin;
    giveStockMethods(transaction.modelBuilder);
    guardTransaction(transaction, tenantOwnedOf(start.origin.modelBuilder));
    for (const models of [transaction.models, transaction.definitions])
      (start.registry.transactions ??= new WeakBag()).add(models);
  }

  /** A class that is made in a transaction is not listed in the registry, but ends with the registry. */
  function ownInTransaction(model: ModelClass, registry: ModelRegistry): void {
    registry.takeOwnership(model);
    registry.catalogue.nameless.add(model);
  }

  /** Binds a datasource that is not bound yet: in its `setup`, or at its first use if it was made before `install`. */
  function bindDataSource(dataSource: StockDataSource): void {
    const {connector, pendingConnectCallbacks} = dataSource;
    if (dataSource.isTransaction) {
      bindTransaction(dataSource);
      return;
    }
    if (boundWith.has(dataSource) && boundWith.get(dataSource) === connector) return;
    bind(dataSource.modelBuilder);
    for (const name of ['models', 'definitions'] as const) showWhatIsRead(dataSource, name, () => dataSource.modelBuilder[name]);
    // juggler's `transaction` copies every enumerable field. If it copied this list, calls that wait for a transaction would stay in the
    // datasource's list for ever.
    Object.defineProperty(dataSource, 'pendingConnectCallbacks', {
      value: pendingConnectCallbacks,
      enumerable: false,
      writable: true,
      configurable: true,
    });
    useOf(dataSource).owned = tenantOwnedOf(dataSource.modelBuilder);
    if (connector) adoptConnector(connector, dataSource);
    endWithRegistry(dataSource);
    boundWith.set(dataSource, connector);
    onBound(dataSource);
  }

  /** The registry that a datasource works on now. A datasource of one tenant is noted in the registry, so that it ends with the registry. */
  function registryAt(dataSource: StockDataSource): ModelRegistry {
    bindDataSource(dataSource);
    const start = transactionStarts.get(dataSource);
    if (start) return start.registry;
    const {modelBuilder} = dataSource;
    const registry = registryOf(modelBuilder);
    if (isExclusive(modelBuilder)) registry.dataSources.add(dataSource);
    return registry;
  }

  /** `define` of a datasource is all or nothing, also if juggler makes the class and then fails to set up its data access. */
  function define(this: StockDataSource, name: string, properties?: Properties, settings?: Settings): ModelClass {
    if (!name) return stock.define.call(this, name, properties, settings);
    const registry = registryAt(this);
    const {copies, journal} = registry;
    const model = journal.runDefine(() => {
      journal.note({undo: undoOfTableEntry(this, name)});
      return stock.define.call(this, name, copies.properties(properties ?? {}), copies.settings(settings ?? {}));
    });
    if (this.isTransaction) ownInTransaction(model, registry);
    else if (registry.catalogue.hasBorrowedTargets) takeOverRelations(this, model, registry.catalogue.ownClasses());
    registry.catalogue.sweep();
    if (!journal.running) copies.forgetCopies();
    return model;
  }

  /**
   * juggler's `ready` keeps the receiver of a call in a timer and two listeners until the datasource is connected. It gets a PendingCall
   * instead, which can be emptied when the tenant ends.
   */
  function ready(this: StockDataSource, receiver: unknown, args: PendingArguments): boolean {
    bindDataSource(this);
    const registry =
      registryOfClass(receiver) ?? registryOfClass((receiver as object | undefined)?.constructor) ?? registryAt(this);
    registry.assertUsable();
    if (this.connected) return false;
    const call = new PendingCall(receiver, args, () => {
      registry.inFlight.delete(call);
      expectCalls(this, -1);
    });
    registry.inFlight.add(call);
    expectCalls(this, 1);
    // the connection may come in another tenant's context, but each call must go on in its own
    const run = keepContext((this.origin ?? this).modelBuilder, () => call.run());
    return stock.ready.call(this, call, call.placeholderFor(run));
  }

  /**
   * Does what juggler's `setupDataAccess` does, without reading the definition of a light class: a definition is filled when it is read
   * for the first time.
   */
  function setupDataAccess(this: StockDataSource, model: ModelClass, settings: Settings): void {
    const record = isJugglersSetUp ? unreadNamedRecordOf(model) : undefined;
    const hidden = methodBelow(this, 'setupDataAccess', setupDataAccess) ?? stock.setupDataAccess;
    if (!record || hidden !== stock.setupDataAccess) {
      (hidden as typeof setupDataAccess).call(this, model, settings);
      return;
    }
    const {connector} = this;
    if (connector) {
      record.settleIdType(connector, readsUseDefaultIdType);
      connector.define?.(lazyConnectorEntry(model, settings, record));
    }
    this.mixin(model);
    this.defineRelations(model, settings.relationships || settings.relations);
    model.emit?.('dataAccessConfigured', model);
    this.defineScopes(model, settings.scopes || {});
  }

  // if user code has replaced juggler's method, the replacement must go on working
  const isJugglersSetUp = isJugglersOwn(stock.setupDataAccess, 'dataAccessConfigured');
  // not every version of juggler reads that attribute
  const readsUseDefaultIdType = isJugglersOwn(stock.setupDataAccess, 'useDefaultIdType');

  const ownModels = ownModelMethods(stock, bindDataSource);

  return {
    ...ownModels,

    // juggler takes (name, settings), or the settings as the only argument
    setup(first: unknown, second: unknown): void {
      const [[settings, optionsOfSecond], [name, optionsOfFirst]] = [second, first].map(takeRegistryOptions);
      const options = optionsOfSecond === undefined ? optionsOfFirst : optionsOfSecond;
      if (options !== undefined) this.modelBuilder = newBuilder(options as RegistryOptions);
      registryAt(this);
      stock.setup.call(this, name, settings);
    },

    _setupConnector(): void {
      stock._setupConnector.call(this);
      try {
        if (this.connector) adoptConnector(this.connector, this);
      } catch (error) {
        // juggler calls this again when the connector is ready. The tenant may have ended by then, and no code could catch the error.
        if (error instanceof ConnectorSharedError || !(error instanceof ScopedRegistryError)) throw error;
      }
    },

    define,
    createModel: define,

    attach(model: ModelClass): ModelClass {
      registryAt(this);
      if (model.dataSource === this) return model;
      assertModelOfThisCopy(model, 'A model of another copy is attached to a datasource');
      const owner = registryOfClass(model);
      const registry = registryForAttaching(this.modelBuilder, owner);
      owner?.embeddedIndex.forget(model);
      redirectingTo(registry, this.modelBuilder, () =>
        registry.journal.runDefine(() => {
          registry.journal.note({undo: undoOfTableEntry(this, model.modelName)});
          const builder = builderIn(registry, this.modelBuilder);
          registry.catalogue.attaching(model, builder, () => stock.attach.call(this, model));
        }),
      );
      moves.changes++;
      // juggler has set the datasource's builder, which may forward, but the builder of a class must belong to one registry
      if (model.modelBuilder === this.modelBuilder) model.modelBuilder = builderIn(registry, this.modelBuilder);
      if (registry.catalogue.hasBorrowedTargets) takeOverRelations(this, model, registry.catalogue.ownClasses());
      return model;
    },

    setupDataAccess,

    mixin(model: ModelClass): void {
      bindDataSource(this);
      const mixed = classes.dataAccess.mixInto(model, this.DataAccessObject, this.operations(), trackOperations);
      if (mixed === 'layered') return;
      if (!mixed) {
        trackOperations(this.DataAccessObject);
        stock.mixin.call(this, model);
      }
      watchForeignReferences(model);
      guardLateCallbacks(model);
      guardDefiningStatics(model);
    },

    defineRelations(model: ModelClass, relations?: Dictionary<RelationSettings>): void {
      bindDataSource(this);
      if (!relations || Object.keys(relations).length === 0) return;
      const lookUp = (name: string) => this.modelBuilder.getModel(name);
      const receiver = this.getModel === ownModels.getModel ? namesOfRelations(this) : this;
      followDeferredRelations(model, relations, lookUp, () => stock.defineRelations.call(receiver, model, relations));
    },

    copyModel(master: ModelClass): ModelClass {
      bindDataSource(this);
      const copy = stock.copyModel.call(this, master);
      const owner = registryOfClass(master);
      if (owner) ownInTransaction(copy, owner);
      return copy;
    },

    /**
     * juggler's `transaction` offers the own properties of `models`. A tenant sees shared models as well, which are inherited there. So
     * juggler gets a view of the datasource whose `models` has all of them as own properties.
     */
    transaction(...args: unknown[]): unknown {
      const registry = registryAt(this);
      const builder = builderIn(registry, this.modelBuilder);
      const models: Dictionary<ModelClass> = {};
      for (const name in registry.models) {
        const model = registry.catalogue.lookUp(name, builder);
        if (!model || servesAnother(model, builder)) continue;
        const get = () => {
          registry.assertUsable();
          return registry.catalogue.lookUp(name, builder);
        };
        Object.defineProperty(models, name, {get, enumerable: true});
      }
      const view = Object.create(this, {modelBuilder: {value: {models}, enumerable: true}}) as StockDataSource;
      transactionStarts.set(view, {origin: this, registry});
      const bindIfTransaction = (value: unknown) => {
        if ((value as StockDataSource | undefined)?.isTransaction) bindDataSource(value as StockDataSource);
        return value;
      };
      const [execute, ...rest] = args;
      const optionsAndCallback = rest.map(arg => {
        if (typeof arg !== 'function') return arg;
        const callback = arg as (...results: unknown[]) => unknown;
        return (...results: unknown[]) => callback(...results.map(bindIfTransaction));
      });
      const result = stock.transaction.call(view, execute, ...optionsAndCallback);
      return isPromise(result) ? result.then(bindIfTransaction) : bindIfTransaction(result);
    },

    /** juggler calls it first in each migration and discovery. */
    freeze(): void {
      bindDataSource(this);
      useOf(this).beforeMigration?.();
      stock.freeze.call(this);
    },

    ready,
    queueInvocation: ready,
  };
}

/**
 * Separates `modelRegistry` from the settings, because connectors pass the settings on to drivers, or print them. The caller's object is
 * not changed.
 * @returns a copy of the settings without `modelRegistry`, and the value of `modelRegistry`
 */
function takeRegistryOptions(settings: unknown): [settings: unknown, options: unknown] {
  if (typeof settings !== 'object' || settings === null || !Object.hasOwn(settings, 'modelRegistry'))
    return [settings, undefined];
  const {modelRegistry, ...rest} = settings as {modelRegistry?: unknown};
  return [rest, modelRegistry];
}

/** Returns what restores a connector's table entry of a model name. */
function undoOfTableEntry(dataSource: StockDataSource, name: string): () => void {
  const table = dataSource.connector?._models;
  const entry = table && Object.getOwnPropertyDescriptor(table, name);
  return () => {
    if (!table) return;
    if (entry) Object.defineProperty(table, name, entry);
    else delete table[name];
  };
}
