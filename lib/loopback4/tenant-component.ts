import {Binding, config, createBindingFromClass, inject, type Component} from '@loopback/core';
import {RepositoryTags} from '@loopback/repository';
import {asMiddleware, RestMiddlewareGroups} from '@loopback/rest';
import {TenantContext} from '../lifecycle/context/tenant-context';
import {TenantDataSources} from '../lifecycle/datasources/tenant-data-sources';
import {TenantRegistries} from '../lifecycle/tenant-registries';
import {TenantBindings} from './keys';
import {resolveComponentOptions, type DataSourceFactories, type TenantComponentOptions} from './tenant-component-options';
import {creating} from './tenant-data-source';
import {TenantLifeCycle} from './tenant-life-cycle';
import {TenantMiddlewareProvider} from './tenant-middleware-provider';

/** Between the routes that need no tenant, such as the explorer's, and the application's. */
const BEFORE_ROUTES = {group: RestMiddlewareGroups.MIDDLEWARE, downstreamGroups: RestMiddlewareGroups.FIND_ROUTE};
const AFTER_AUTHENTICATION = {
  group: 'tenants',
  upstreamGroups: RestMiddlewareGroups.AUTHENTICATION,
  downstreamGroups: RestMiddlewareGroups.PARSE_PARAMS,
};

/**
 * Tenants for an application of LoopBack 4: each request runs in its tenant's context, and `datasources.<name>` is the
 * running tenant's datasource, so that repositories need no change. When the application stops, all tenants end.
 */
export class TenantComponent implements Component {
  readonly bindings: Binding[];
  readonly lifeCycleObservers = [TenantLifeCycle];

  /** @throws InvalidOptionError `INVALID_OPTION` */
  constructor(
    @config() options: TenantComponentOptions = {},
    @inject(TenantBindings.REGISTRIES, {optional: true}) registries = TenantRegistries.default,
    @inject(TenantBindings.DATASOURCES, {optional: true}) factories: DataSourceFactories = {},
  ) {
    const {afterAuthentication, dataSources} = resolveComponentOptions(options);
    const middleware = createBindingFromClass(TenantMiddlewareProvider, {key: TenantBindings.MIDDLEWARE});
    this.bindings = [
      Binding.bind(TenantBindings.REGISTRIES).to(registries),
      Binding.bind(TenantBindings.TENANT).toDynamicValue(() => TenantContext.tenant),
      middleware.apply(asMiddleware(afterAuthentication ? AFTER_AUTHENTICATION : BEFORE_ROUTES)),
    ];
    for (const [name, create] of Object.entries(factories))
      this.#bindDataSource(name, new TenantDataSources({...dataSources, registries, create: creating(create, registries)}));
  }

  #bindDataSource(name: string, sources: TenantDataSources): void {
    const dataSource = Binding.bind(TenantBindings.datasource(name))
      .toDynamicValue(() => sources.get(TenantContext.require()))
      .tag(RepositoryTags.DATASOURCE)
      // a file in src/datasources would give all tenants one datasource again, and nobody would notice
      .lock();
    this.bindings.push(Binding.bind(TenantBindings.sources(name)).to(sources), dataSource);
  }
}
