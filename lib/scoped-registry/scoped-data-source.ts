import {builderIn, isExclusive, keepContext, registryForAttaching, registryOf, writingTo} from './builder-binding';
import {ownerOf} from './class-owner';
import {adoptConnector} from './connector-adoption';
import {ConnectorSharedError, ScopedRegistryError} from './errors';
import {noteForeignHolds, watchForeignHolds} from './foreign-holds';
import type {Dictionary, ModelClass, Properties, Relation, Settings, StockDataSource, StockModelBuilder} from './juggler';
import {isModelClass} from './juggler';
import {guardLateReturns} from './late-return';
import type {ModelRegistry} from './model-registry';
import {trackOperations} from './operation';
import {PendingCall, type PendingArguments} from './pending-call';
import type {RegistryOptions} from './registry-binding';

export interface DataSourceMethods {
  setup(name: unknown, settings: unknown): void;
  _setupConnector(): void;
  define(name: string, properties?: Properties, settings?: Settings): ModelClass;
  createModel(name: string, properties?: Properties, settings?: Settings): ModelClass;
  attach(model: ModelClass): ModelClass;
  mixin(model: ModelClass): void;
  defineRelations(model: ModelClass, relations?: Dictionary<RelationSettings>): void;
  copyModel(master: ModelClass | undefined): ModelClass;
  transaction(...args: unknown[]): unknown;
  ready(receiver: unknown, args: PendingArguments): boolean;
  queueInvocation(receiver: unknown, args: PendingArguments): boolean;
}

interface RelationSettings extends Relation {
  model?: unknown;
  through?: unknown;
}

/**
 * The methods of juggler's DataSource that make or keep classes, made to work on the registry of the datasource's
 * builder.
 * @param stock juggler's own methods
 * @param newBuilder makes the builder that a `modelRegistry` setting asks for
 * @param bind binds a builder that is not bound yet
 */
export function dataSourceMethods(
  stock: DataSourceMethods,
  newBuilder: (options: RegistryOptions) => StockModelBuilder,
  bind: (builder: StockModelBuilder) => void,
): DataSourceMethods & ThisType<StockDataSource> {
  /** `define` of a datasource, all or nothing: also where juggler's data access set-up fails after its class was made. */
  function define(this: StockDataSource, name: string, properties?: Properties, settings?: Settings): ModelClass {
    if (!name) return stock.define.call(this, name, properties, settings);
    const registry = registryAt(this);
    const {copies, journal} = registry;
    const model = journal.run(() => {
      journal.note({undo: tableEntry(this, name)});
      return stock.define.call(this, name, copies.properties(properties ?? {}), copies.settings(settings ?? {}));
    });
    registry.sweep();
    return model;
  }

  /** juggler keeps the receiver of a call in a timer and two listeners until the datasource is connected. */
  function ready(this: StockDataSource, receiver: unknown, args: PendingArguments): boolean {
    const registry = ownerOf(receiver) ?? ownerOf((receiver as object | undefined)?.constructor) ?? registryAt(this);
    registry.assertUsable();
    if (this.connected) return false;
    const call = new PendingCall(receiver, args, () => registry.inFlight.delete(call));
    registry.inFlight.add(call);
    // whoever's connection attempt succeeds, each call goes on as the work of its own tenant
    const run = keepContext(this.modelBuilder, () => call.run());
    return stock.ready.call(this, call, call.standIn(run));
  }

  return {
    setup(first: unknown, second: unknown): void {
      const options = [second, first].map(takeOption).find(option => option !== undefined);
      if (options !== undefined) this.modelBuilder = newBuilder(options as RegistryOptions);
      else bind(this.modelBuilder);
      for (const name of ['models', 'definitions'] as const) {
        Object.defineProperty(this, name, {get: () => this.modelBuilder[name], set() {}, enumerable: true, configurable: true});
      }
      // juggler copies every enumerable field into its transactions; with this one, calls that wait in a transaction
      // would be kept by the datasource for good
      Object.defineProperty(this, 'pendingConnectCallbacks', {
        value: undefined,
        enumerable: false,
        writable: true,
        configurable: true,
      });
      registryAt(this);
      stock.setup.call(this, first, second);
    },

    _setupConnector(): void {
      stock._setupConnector.call(this);
      try {
        if (this.connector) adoptConnector(this.connector, this.modelBuilder);
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
      const owner = ownerOf(model);
      const registry = registryForAttaching(this.modelBuilder, owner);
      owner?.embedded.forget(model);
      writingTo(registry, this.modelBuilder, () =>
        registry.journal.run(() => {
          registry.journal.note({undo: tableEntry(this, model.modelName)});
          registry.attaching(model, () => stock.attach.call(this, model));
        }),
      );
      // juggler has put this datasource's builder there, which may forward; a class stays with one registry
      if (model.modelBuilder === this.modelBuilder) model.modelBuilder = builderIn(registry, this.modelBuilder);
      return model;
    },

    mixin(model: ModelClass): void {
      trackOperations(this.DataAccessObject);
      stock.mixin.call(this, model);
      watchForeignHolds(model);
      guardLateReturns(model);
    },

    defineRelations(model: ModelClass, relations?: Dictionary<RelationSettings>): void {
      const owner = ownerOf(model);
      const targets = new Map<ModelClass, number>();
      for (const name in relations) {
        for (const named of [relations[name]?.model, relations[name]?.through]) {
          const target = isModelClass(named) ? named : typeof named === 'string' ? registryAt(this).lookUp(named) : undefined;
          if (!target) continue;
          targets.set(target, waiting(target).length);
          // juggler's note on a target that it is one
          if (!target._scopeMeta) owner?.journal.note({undo: () => delete target._scopeMeta});
        }
      }
      try {
        stock.defineRelations.call(this, model, relations);
      } finally {
        for (const [target, before] of targets) {
          for (const listener of waiting(target).slice(before)) {
            owner?.journal.note({undo: () => target.removeListener?.(DEFERRED, listener)});
            if (owner && ownerOf(target) !== owner) owner.foreignHolds.addListener(target, DEFERRED, listener);
          }
        }
      }
      noteForeignHolds(model);
    },

    /** A transaction lists the models of the moment, and copies each at its first use: the registry may have ended by then. */
    transaction(...args: unknown[]): unknown {
      // juggler copies every enumerable field into the transaction, before anything else
      this.transactionOn = registryAt(this);
      try {
        return stock.transaction.apply(this, args);
      } finally {
        delete this.transactionOn;
      }
    },

    copyModel(master: ModelClass | undefined): ModelClass {
      if (!master) this.transactionOn?.assertUsable();
      const copy = stock.copyModel.call(this, master);
      const owner = ownerOf(master);
      if (!owner) return copy;
      owner.own(copy);
      owner.nameless.add(copy);
      if (this.isTransaction) {
        owner.transactions.add(this.models);
        owner.transactions.add(this.definitions);
      }
      return copy;
    },

    ready,
    queueInvocation: ready,
  };
}

const DEFERRED = 'dataAccessConfigured';

function waiting(model: ModelClass): ((...args: unknown[]) => void)[] {
  return (model.listeners?.(DEFERRED) ?? []) as ((...args: unknown[]) => void)[];
}

/** The registry that a datasource works on now. Its own registry gets to know it, to end it too. */
function registryAt(dataSource: StockDataSource): ModelRegistry {
  const {modelBuilder} = dataSource;
  const registry = registryOf(modelBuilder);
  if (!dataSource.isTransaction && isExclusive(modelBuilder)) registry.dataSources.add(dataSource);
  return registry;
}

/** Takes `modelRegistry` out of the settings, which juggler has copied: connectors pass them on to drivers, or print them. */
function takeOption(settings: unknown): unknown {
  if (typeof settings !== 'object' || settings === null || !Object.hasOwn(settings, 'modelRegistry')) return undefined;
  const {modelRegistry} = settings as {modelRegistry?: unknown};
  delete (settings as {modelRegistry?: unknown}).modelRegistry;
  return modelRegistry;
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
