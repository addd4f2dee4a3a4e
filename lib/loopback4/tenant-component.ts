import {Binding, BindingKey, config, Context, createBindingFromClass, inject, type Component} from '@loopback/core';
import {RepositoryTags} from '@loopback/repository';
import {asMiddleware, RestMiddlewareGroups} from '@loopback/rest';
import {ApplicationWork} from '../http/application-work';
import {TenantContext} from '../lifecycle/context/tenant-context';
import {TenantDataSources} from '../lifecycle/datasources/tenant-data-sources';
import {TenantRegistries} from '../lifecycle/tenant-registries';
import {BindingOrder} from './binding-order';
import {APPLICATION_WORK, BINDING_ORDER, COMPONENT_OPTIONS, TenantBindings} from './keys';
import {
  modelsByDataSource,
  resolveComponentOptions,
  type DataSourceFactories,
  type ModelsOf,
  type TenantComponentOptions,
} from './tenant-component-options';
import {TenantLifeCycle} from './tenant-life-cycle';
import {TenantMiddlewareProvider} from './tenant-middleware-provider';

/** Places the middleware after the routes that need no tenant, such as the explorer's, and before the application's routes. */
const BEFORE_ROUTES = {group: RestMiddlewareGroups.MIDDLEWARE, downstreamGroups: RestMiddlewareGroups.FIND_ROUTE};
/** Places the middleware after authentication, for a strategy that needs the user. */
const AFTER_AUTHENTICATION = {
  group: 'tenants',
  upstreamGroups: RestMiddlewareGroups.AUTHENTICATION,
  downstreamGroups: RestMiddlewareGroups.PARSE_PARAMS,
};

/**
 * Gives a LoopBack 4 application its tenants. Each request runs in its tenant's context. The binding `datasources.<name>`
 * resolves to a datasource that reads and writes the running tenant's rows, so repositories need no change. When the application stops, its registries are shut
 * down. `TenantRegistries.default` is the process's: there the application ends its own requests and datasources.
 */
export class TenantComponent implements Component {
  readonly bindings: Binding[];
  readonly lifeCycleObservers = [TenantLifeCycle];

  /** @throws InvalidOptionError `INVALID_OPTION`, BindingOrderError `BINDING_ORDER` */
  constructor(
    @inject.context() context: Context,
    @inject.binding() {key}: Binding,
    @config() options: TenantComponentOptions = {},
    @inject(TenantBindings.REGISTRIES, {optional: true}) registries = TenantRegistries.default,
    @inject(TenantBindings.DATASOURCES, {optional: true}) factories: DataSourceFactories = {},
  ) {
    const {afterAuthentication, dataSources, models} = resolveComponentOptions(options);
    const modelsOf = modelsByDataSource(models, Object.keys(factories));
    const order = new BindingOrder(context, BindingKey.buildKeyForConfig(key).toString());
    const middleware = createBindingFromClass(TenantMiddlewareProvider, {key: TenantBindings.MIDDLEWARE});
    this.bindings = [
      Binding.bind(TenantBindings.REGISTRIES).to(registries),
      Binding.bind(COMPONENT_OPTIONS).to(options),
      Binding.bind(BINDING_ORDER).to(order),
      Binding.bind(TenantBindings.TENANT).toDynamicValue(() => TenantContext.tenant),
      middleware.apply(asMiddleware(afterAuthentication ? AFTER_AUTHENTICATION : BEFORE_ROUTES)),
    ];
    const sources = Object.entries(factories).map(([name, create]) => {
      const made = new TenantDataSources({...dataSources, registries, create});
      this.#bindDataSource(name, made, modelsOf(name));
      return made;
    });
    const work = TenantRegistries.isDefault(registries) ? new ApplicationWork(sources) : undefined;
    this.bindings.push(Binding.bind(APPLICATION_WORK).to(work));
    order.expectOwn(this.bindings);
  }

  #bindDataSource(name: string, sources: TenantDataSources, models: ModelsOf): void {
    const binding = Binding.bind(TenantBindings.datasource(name));
    // not made before it is asked for: making it needs registries that are not disposed
    binding.toDynamicValue(models === 'shared' ? () => sources.shared : () => sources.get(TenantContext.require()));
    const dataSource = binding
      .tag(RepositoryTags.DATASOURCE)
      // LoopBack's boot binds each file of src/datasources to such a key. That would silently replace this binding, and give
      // all tenants one datasource. A locked binding makes it an error.
      .lock();
    this.bindings.push(Binding.bind(TenantBindings.sources(name)).to(sources), dataSource);
  }
}
