import {AsyncLocalStorage} from 'node:async_hooks';
import {callbackIndex, copyPromise, type Callback, type Method} from '../../scoped-registry/juggler/callback';
import {copyMethodProperties} from '../../scoped-registry/juggler/method-replacement';
import {ownerOf} from '../../scoped-registry/ownership/class-owner';
import {answerWithError} from '../../scoped-registry/operations/answer-with-error';
import {useOf, type DataSourceUse} from '../../scoped-registry/operations/data-source-use';
import {DataSourceClosedError, InvalidOptionError, NoTenantError, TenantMismatchError} from '../../scoped-registry/errors';
import {got} from '../../scoped-registry/got';
import {
  isModelClass,
  type Connector,
  type Juggler,
  type ModelClass,
  type StockDataSource,
} from '../../scoped-registry/juggler/types';
import {OPERATIONS, performOperation, untrackedOperation, type OperationUse} from '../../scoped-registry/operations/operation';
import {markRouted} from '../../scoped-registry/ownership/routed-classes';
import {setTenantOfInstance} from '../../scoped-registry/ownership/instance-tenant';
import {assertTenantOfInstance, rememberTenants} from './instance-tenant';
import {keepContextsOfModel} from '../context/async-context';
import {ConnectorMethods, methodFor, standInFor, type MethodPlace} from './connector-methods';
import {ownValue} from '../../scoped-registry/primitives/own-property';
import {ChangeStreams} from './change-streams';
import {moves} from '../../scoped-registry/registry/name-changes';
import {dataSourceOfNoTenant} from './no-tenant';
import {Introductions} from './introductions';
import {assertHiddenByNoTenant, keepGetDataSource} from './route-checks';
import {sharedDataSource} from './shared-data-source';
import {TrackedChanges} from './tracked-changes';
import {forJuggler} from '../scoped-classes';
import {TenantContext} from '../context/tenant-context';
import type {TenantRegistries} from '../tenant-registries';

/**
 * An operation on a routed model, from its call to its answer. Sockets and timers that the operation starts keep this object,
 * some for as long as the process lives. So it refers to no datasource of a tenant after the answer.
 */
class RoutedOperation implements OperationUse {
  #use: DataSourceUse | undefined;

  /**
   * @param dataSource the datasource on which the operation began and on which all of it runs; undefined after the answer
   * @param noTenant the datasource for juggler's code that still runs after the registry's end has answered the operation.
   * There it gets its errors by callback; an exception would have no caller to catch it.
   */
  constructor(
    readonly tenant: string,
    public dataSource: StockDataSource | undefined,
    private noTenant?: StockDataSource,
  ) {}

  beginUse(): this {
    this.#use = useOf(this.dataSource!).beginUse();
    return this;
  }

  isUseOf(dataSourceUse: object): boolean {
    return this.#use === dataSourceUse;
  }

  endUse(ended = false): void {
    this.dataSource = ended ? this.noTenant : undefined;
    // that datasource leads to all routed models
    this.noTenant = undefined;
    this.#use?.endUse();
    this.#use = undefined;
  }
}

/** The methods of a model that run on the running tenant's datasource. */
const ROUTED_METHODS = [...OPERATIONS, 'include', 'beginTransaction'];

/** By model, the routing that it belongs to. */
const routes = new WeakMap<Function, ModelRouting>();

/** Routes models that are defined once to the running tenant's datasource. The implementation of `TenantDataSources.route`. */
export class ModelRouting {
  readonly #runningOperation = new AsyncLocalStorage<RoutedOperation>();
  /** The routed models by name. */
  readonly #models = new Map<string, ModelClass>();
  readonly #introductions: Introductions;
  /** The datasource for work outside any tenant. */
  readonly #noTenant: StockDataSource;
  /** Attaches a model to that datasource, as juggler does. */
  readonly #attach: StockDataSource['attach'];
  #shared: StockDataSource | undefined;
  readonly #changeStreams: ChangeStreams;
  readonly #trackedChanges: TrackedChanges;
  readonly #connectorMethods: ConnectorMethods;

  /**
   * @param juggler the copy of juggler that defines the models
   * @param open returns a tenant's datasource, and makes it on first use
   */
  constructor(
    private readonly registries: TenantRegistries,
    private readonly juggler: Juggler,
    private readonly open: (tenant: string) => StockDataSource,
  ) {
    this.#noTenant = dataSourceOfNoTenant(forJuggler(juggler).DataSource, registries.shared);
    this.#attach = this.#noTenant.attach.bind(this.#noTenant);
    this.#routeWhatIsDefinedOn(this.#noTenant);
    this.#introductions = new Introductions(
      this.#models,
      juggler,
      (connector, tenant) => registries.for(tenant).tables.tableOf(connector),
      (...call) => this.#runInclude(...call),
    );
    this.#changeStreams = new ChangeStreams(registries);
    this.#connectorMethods = new ConnectorMethods(
      () => {
        const tenant = registries.currentTenant();
        if (tenant !== undefined) open(tenant);
      },
      (name, place) => routed(standInFor(name), place),
    );
    this.#trackedChanges = new TrackedChanges(registries, model => this.route(model));
  }

  /** The implementation of `TenantDataSources.shared`. */
  get shared(): StockDataSource {
    if (!this.#shared) {
      this.#introductions.requireOneKind();
      const running = (use: string) => this.#runningDataSource(use);
      const isRunning = () => this.registries.currentTenant() !== undefined;
      this.#shared = sharedDataSource(this.#noTenant, this.juggler, isRunning, running);
    }
    return this.#shared;
  }

  /** Models that are defined on the datasource of no tenant, or attached to it, are routed. A second define of a name replaces the first. */
  #routeWhatIsDefinedOn(noTenant: StockDataSource): void {
    const stockDefine = noTenant.define.bind(noTenant);
    const define: StockDataSource['define'] = (name, properties, settings) => {
      // first, so that nothing is half done
      assertHiddenByNoTenant(name, this.registries);
      const model = stockDefine(name, properties, settings);
      if (this.#models.get(name) !== model) this.#models.delete(name);
      this.route(model);
      return model;
    };
    const attach: StockDataSource['attach'] = model => {
      this.route(model);
      return model;
    };
    Object.assign(noTenant, {define, createModel: define, attach});
  }

  /** @throws InvalidOptionError `INVALID_OPTION`, see `TenantDataSources.route` */
  route(model: Function): void {
    if (!isModelClass(model)) throw new InvalidOptionError(`route takes a model class, ${got(model)}.`);
    const {modelName} = model;
    if (!(model.prototype instanceof (this.juggler.ModelBaseClass as Function))) {
      throw new InvalidOptionError(
        `Model ${modelName} was made by another copy of loopback-datasource-juggler. Name that copy to TenantDataSources, by the ` +
          'option juggler.',
      );
    }
    const routing = routes.get(model);
    if (routing === this) return;
    const other = this.#models.get(modelName);
    if (routing ?? other) throw new InvalidOptionError(`A model ${modelName} is routed already.`);
    const owner = ownerOf(model)?.tenant;
    if (owner !== undefined) {
      throw new InvalidOptionError(
        `Model ${modelName} is tenant ${JSON.stringify(owner)}'s own. Route a model that was defined where no tenant ran.`,
      );
    }
    assertHiddenByNoTenant(modelName, this.registries);
    keepGetDataSource(model, this.juggler);
    const before = ownValue<StockDataSource>(model, 'dataSource');
    this.#trackedChanges.attaching(model, () => this.#attach(model));
    routes.set(model, this);
    markRouted(model);
    this.#models.set(modelName, model);
    Object.defineProperty(model, 'dataSource', {
      get: () => this.#dataSource(),
      set() {
        throw new InvalidOptionError(
          `Model ${modelName} is routed to its tenants' datasources and cannot be attached to another.`,
        );
      },
      enumerable: false,
      configurable: true,
    });
    moves.changes++;
    keepContextsOfModel(model);
    rememberTenants(model, () => this.registries.currentTenant());
    this.#changeStreams.separate(model);
    const {DataAccessObject} = this.#noTenant;
    for (const [place, methods, defaults] of [
      ['statics', model, DataAccessObject],
      ['instances', model.prototype, DataAccessObject.prototype],
    ] as ['statics' | 'instances', Record<string, Method | undefined>, Record<string, Method | undefined>][]) {
      for (const name of ROUTED_METHODS) {
        const method = methods[name];
        if (typeof method === 'function') methods[name] = routed(method, method === defaults[name] ? place : undefined);
      }
    }
    this.#connectorMethods.addTo(model, before);
    this.#introductions.add(model, before !== undefined && before !== this.#noTenant);
  }

  /** Makes routed models findable for a tenant's connector. */
  introduce(dataSource: StockDataSource, tenant: string): void {
    if (this.#introductions.link(dataSource, tenant)) this.#connectorMethods.introduce(dataSource);
  }

  /** Makes all routed models known to a tenant's connector. */
  introduceAll(dataSource: StockDataSource, tenant: string): void {
    this.#introductions.introduceAll(dataSource, tenant);
  }

  /**
   * Runs an operation of a routed model on the running tenant's datasource.
   * @param place where the connector of the datasource may have a method of its own in place of this one
   */
  perform(method: Method, receiver: unknown, args: unknown[], model: ModelClass, place?: MethodPlace): unknown {
    const {registries} = this;
    let tenant, dataSource, registry;
    let chosen = method;
    try {
      tenant = registries.currentTenant();
      if (tenant === undefined) throw new NoTenantError(`${model.modelName}.${method.name} is called on a routed model`);
      dataSource = this.#outerDataSource(tenant) ?? this.open(tenant);
      registry = registries.for(tenant);
      this.#introductions.introduce(model, dataSource, tenant);
      if (place) chosen = methodFor(dataSource, tenant, method, place);
      for (const value of [receiver, ...args]) assertTenantOfInstance(value, tenant);
      this.#assertTransaction(args, dataSource, tenant);
    } catch (error) {
      return answerWithError(args, error, model);
    }
    if (receiver !== model) setTenantOfInstance(receiver, tenant);
    const position = callbackIndex(args);
    if (position >= 0) {
      const callback = args[position] as Callback;
      // code that the caller runs in its callback is not part of this operation
      args[position] = copyPromise(callback, registries.keepContext(callback));
    }
    const operation = new RoutedOperation(tenant, dataSource, this.#noTenant).beginUse();
    const result = this.#runningOperation.run(operation, performOperation, registry, chosen, receiver, args, operation);
    if (chosen !== method) this.#routeIterator(result, tenant, model);
    return result;
  }

  /** A connector's method may return an iterator, as `iterateKeys` does. It belongs to the tenant, as an instance does. */
  #routeIterator(result: unknown, tenant: string, model: ModelClass): void {
    const iterator = result as {next?: unknown} | null | undefined;
    if (typeof iterator?.next !== 'function') return;
    const next = iterator.next as Method;
    setTenantOfInstance(iterator, tenant);
    iterator.next = (...args: unknown[]) => this.perform(next, iterator, args, model);
  }

  /**
   * Returns the datasource of the enclosing operation, if that is for the same tenant. A hook within an operation may do work
   * for another tenant.
   */
  #outerDataSource(tenant: string): StockDataSource | undefined {
    const operation = this.#runningOperation.getStore();
    const dataSource = operation?.tenant === tenant ? operation.dataSource : undefined;
    return dataSource === this.#noTenant ? undefined : dataSource;
  }

  /** The value of a routed model's `dataSource` property. */
  #dataSource(): StockDataSource {
    const tenant = this.registries.currentTenant();
    if (tenant === undefined) return this.#noTenant;
    const operation = this.#runningOperation.getStore();
    return (operation?.tenant === tenant ? operation.dataSource : undefined) ?? this.open(tenant);
  }

  /** The datasource that the running tenant's work uses now. @throws NoTenantError `NO_TENANT` */
  #runningDataSource(use: string): StockDataSource {
    const tenant = this.registries.currentTenant();
    if (tenant === undefined) throw new NoTenantError(use);
    return this.#outerDataSource(tenant) ?? this.open(tenant);
  }

  /** Runs an `include` that a tenant's connector calls, maybe in the context of another tenant or of none. */
  #runInclude(tenant: string, dataSource: StockDataSource, args: unknown[], include: () => unknown): unknown {
    if (this.#runningOperation.getStore()?.dataSource === dataSource) return include();
    const position = callbackIndex(args);
    const callback = args[position] as Callback;
    return TenantContext.run(tenant, () => {
      const operation = new RoutedOperation(tenant, dataSource);
      args[position] = (...results: unknown[]) => {
        operation.endUse();
        return callback(...results);
      };
      return this.#runningOperation.run(operation, include);
    });
  }

  /**
   * Refuses a transaction of another datasource. A connector ignores a transaction that it has not begun, so the operation
   * would run outside any transaction.
   */
  #assertTransaction(args: readonly unknown[], dataSource: StockDataSource, running: string): void {
    for (const arg of args) {
      const connector = (arg as {transaction?: {connector?: Connector}} | null | undefined)?.transaction?.connector;
      const tenant = connector && this.#introductions.tenantOf(connector);
      if (tenant === undefined || connector === dataSource.connector) continue;
      throw tenant === running ? new DataSourceClosedError(tenant) : new TenantMismatchError('This transaction', tenant, running);
    }
  }
}

/**
 * Returns a method that performs `method` on the running tenant's datasource. For a model that is not routed it calls `method`:
 * within juggler's transactions, a copy of the model has the transaction as its datasource.
 */
function routed(method: Method, place?: MethodPlace): Method {
  const own = untrackedOperation(method);
  const operation: Method = function (...args) {
    const model = typeof this === 'function' ? this : (this as object | undefined)?.constructor;
    const routing = model && routes.get(model);
    return routing ? routing.perform(own, this, args, model as ModelClass, place) : method.apply(this, args);
  };
  return copyMethodProperties(operation, method);
}
