import {AsyncLocalStorage} from 'node:async_hooks';
import {callbackIn, withPromiseOf, type Callback, type Method} from '../../scoped-registry/juggler/callback';
import {ownerOf} from '../../scoped-registry/ownership/class-owner';
import {useOf, type DataSourceUse} from '../../scoped-registry/operations/data-source-use';
import {DataSourceClosedError, InvalidOptionError, NoTenantError, TenantMismatchError} from '../../scoped-registry/errors';
import {
  isModelClass,
  type Connector,
  type Juggler,
  type ModelClass,
  type StockDataSource,
} from '../../scoped-registry/juggler/types';
import {
  withFaceOf,
  OPERATIONS,
  performOperation,
  refuseOperation,
  untrackedOperation,
  type OperationUse,
} from '../../scoped-registry/operations/operation';
import {setTenantOfInstance, assertTenantOfInstance, rememberTenants} from './instance-tenant';
import {keepContextsOfModel} from '../context/async-context';
import {dataSourceOfNoTenant} from './no-tenant';
import {forJuggler} from '../scoped-classes';
import {TenantContext} from '../context/tenant-context';
import type {TenantRegistries} from '../tenant-registries';

/** An operation on routed models, from its call to its answer. Kept by everything that it starts, some of it for long. */
class RoutedOperation implements OperationUse {
  #use: DataSourceUse | undefined;

  /**
   * @param dataSource the one that it began on, and ends on; none once it is over
   * @param noTenant where juggler may go on once it was answered by the end of its registry, for nobody: it gets errors by
   * its callbacks there, where an exception would be nobody's
   */
  constructor(
    readonly tenant: string,
    public dataSource: StockDataSource | undefined,
    private readonly noTenant?: StockDataSource,
  ) {}

  beginUse(): this {
    this.#use = useOf(this.dataSource!).beginUse();
    return this;
  }

  endUse(ended = false): void {
    this.dataSource = ended ? this.noTenant : undefined;
    this.#use?.endUse();
    this.#use = undefined;
  }
}

/** What a tenant's connector was told of a model. */
interface Introduction {
  readonly properties: object;
  readonly view: ModelClass;
}

/** Operations besides those that juggler's models have for themselves. */
const ROUTED = [...OPERATIONS, 'include', 'beginTransaction'];

const routes = new WeakMap<Function, ModelRouting>();

/** Models that are defined once and serve each tenant by its own datasource. */
export class ModelRouting {
  readonly #running = new AsyncLocalStorage<RoutedOperation>();
  readonly #models = new Map<string, ModelClass>();
  /** By the connector's table of models, which is its registry's; by the connector where it has none. */
  readonly #introductions = new WeakMap<object, WeakMap<ModelClass, Introduction>>();
  /** How many models were introduced, by the same. */
  readonly #complete = new WeakMap<object, number>();
  readonly #tenants = new WeakMap<Connector, string>();
  readonly #noTenant: StockDataSource;

  /**
   * @param juggler the copy that made the models
   * @param open gives a tenant's datasource
   */
  constructor(
    private readonly registries: TenantRegistries,
    private readonly juggler: Juggler,
    private readonly open: (tenant: string) => StockDataSource,
  ) {
    this.#noTenant = dataSourceOfNoTenant(forJuggler(juggler).DataSource, registries.shared);
  }

  route(model: Function): void {
    if (!isModelClass(model)) throw new InvalidOptionError('route takes a model class.');
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
    this.#noTenant.attach(model);
    routes.set(model, this);
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
    keepContextsOfModel(model);
    rememberTenants(model, () => this.registries.currentTenant());
    for (const place of [model, model.prototype] as Record<string, Method | undefined>[])
      for (const name of ROUTED) if (typeof place[name] === 'function') place[name] = routed(place[name]);
  }

  /** Makes the routed models known to a tenant's connector: migrations and transactions want all of them. */
  introduce(dataSource: StockDataSource, tenant: string): void {
    const {connector} = dataSource;
    const place = connector?._models ?? connector;
    if (!place || this.#complete.get(place) === this.#models.size) return;
    for (const model of this.#models.values())
      // one that is hidden by a model of the tenant's own is an error where it is used
      if (dataSource.models[model.modelName] === model) this.#introduce(model, dataSource, tenant);
    this.#complete.set(place, this.#models.size);
  }

  /** Runs an operation of a routed model on the running tenant's datasource. */
  perform(method: Method, receiver: unknown, args: unknown[], model: ModelClass): unknown {
    const {registries} = this;
    let tenant, dataSource, registry;
    try {
      tenant = registries.currentTenant();
      if (tenant === undefined) throw new NoTenantError(`${model.modelName}.${method.name} is called on a routed model`);
      dataSource = this.#outer(tenant) ?? this.open(tenant);
      registry = registries.for(tenant);
      this.#introduce(model, dataSource, tenant);
      for (const value of [receiver, ...args]) assertTenantOfInstance(value, tenant);
      this.#assertTransaction(args, dataSource, tenant);
    } catch (error) {
      return refuseOperation(args, error, model);
    }
    if (receiver !== model) setTenantOfInstance(receiver, tenant);
    const position = callbackIn(args);
    if (position >= 0) {
      const callback = args[position] as Callback;
      // what the caller does then is no part of this operation
      args[position] = withPromiseOf(callback, registries.keepContext(callback));
    }
    const operation = new RoutedOperation(tenant, dataSource, this.#noTenant).beginUse();
    return this.#running.run(operation, performOperation, registry, method, receiver, args, operation);
  }

  /** The datasource of the operation that runs, for the tenant that runs: a hook may do something for another one. */
  #outer(tenant: string): StockDataSource | undefined {
    const operation = this.#running.getStore();
    const dataSource = operation?.tenant === tenant ? operation.dataSource : undefined;
    return dataSource === this.#noTenant ? undefined : dataSource;
  }

  /** What juggler and the application read as a routed model's datasource. */
  #dataSource(): StockDataSource {
    const tenant = this.registries.currentTenant();
    if (tenant === undefined) return this.#noTenant;
    const operation = this.#running.getStore();
    return (operation?.tenant === tenant ? operation.dataSource : undefined) ?? this.open(tenant);
  }

  #introduce(model: ModelClass, dataSource: StockDataSource, tenant: string): void {
    const {connector} = dataSource;
    if (!connector) return;
    const table = connector._models;
    let known = this.#introductions.get(table ?? connector);
    if (!known) this.#introductions.set(table ?? connector, (known = new WeakMap()));
    const {modelName, settings} = model;
    const {properties} = model.definition!;
    const introduction = known.get(model);
    const isCurrent = introduction?.properties === properties && (!table || table[modelName]?.model === introduction.view);
    if (isCurrent) return;
    if (dataSource.models[modelName] !== model) {
      throw new InvalidOptionError(
        `Tenant ${JSON.stringify(tenant)} has a model ${modelName} of its own, which hides the routed one. Rename one of them.`,
      );
    }
    this.#tenants.set(connector, tenant);
    const view = this.#view(model, dataSource, tenant);
    connector.define?.({model: view, properties, settings});
    known.set(model, {properties, view});
  }

  /**
   * The model as a tenant's connector is to see it: on that tenant's datasource, in whichever context a callback of the
   * connector's asks it.
   */
  #view(model: ModelClass, dataSource: StockDataSource, tenant: string): ModelClass {
    const include = (...args: unknown[]): unknown => {
      const method = (model as unknown as Record<string, Method>).include;
      const work = () => method.apply(view, args);
      if (this.#running.getStore()?.dataSource === dataSource) return work();
      const position = callbackIn(args);
      const callback = args[position] as Callback;
      return TenantContext.run(tenant, () => {
        const operation = new RoutedOperation(tenant, dataSource);
        args[position] = (...results: unknown[]) => {
          operation.endUse();
          return callback(...results);
        };
        return this.#running.run(operation, work);
      });
    };
    const own: Record<PropertyKey, unknown> = {dataSource, include};
    const view: ModelClass = new Proxy(model, {
      get: (target, name) => (Object.hasOwn(own, name) ? own[name] : (Reflect.get(target, name) as unknown)),
    });
    return view;
  }

  /** A connector does what comes with another one's transaction outside of any. */
  #assertTransaction(args: readonly unknown[], dataSource: StockDataSource, running: string): void {
    for (const arg of args) {
      const connector = (arg as {transaction?: {connector?: Connector}} | null | undefined)?.transaction?.connector;
      const tenant = connector && this.#tenants.get(connector);
      if (tenant === undefined || connector === dataSource.connector) continue;
      throw tenant === running ? new DataSourceClosedError(tenant) : new TenantMismatchError('This transaction', tenant, running);
    }
  }
}

/** In a transaction of juggler's, a copy of the model has the transaction for its datasource: that is no routed model. */
function routed(method: Method): Method {
  const own = untrackedOperation(method);
  const operation: Method = function (...args) {
    const model = typeof this === 'function' ? this : (this as object | undefined)?.constructor;
    const routing = model && routes.get(model);
    return routing ? routing.perform(own, this, args, model as ModelClass) : method.apply(this, args);
  };
  return withFaceOf(operation, method);
}
