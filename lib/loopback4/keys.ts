import {BindingKey} from '@loopback/core';
import {RepositoryBindings} from '@loopback/repository';
import type {Middleware, RequestContext} from '@loopback/rest';
import type {TenantLookUp} from '../http/look-up';
import type {TenantStrategy} from '../http/tenant-strategy';
import type {DataSource} from '../lifecycle/scoped-classes';
import type {TenantDataSources} from '../lifecycle/datasources/tenant-data-sources';
import type {TenantRegistries} from '../lifecycle/tenant-registries';
import type {TenantComponent} from './tenant-component';
import type {DataSourceFactories} from './tenant-component-options';

/** Where the component finds what it is to do, and where it puts what it makes. */
export const TenantBindings = {
  /** The component; `app.configure(TenantBindings.COMPONENT).to(options)`, before `app.component`. */
  COMPONENT: BindingKey.create<TenantComponent>('components.TenantComponent'),

  /** Where a request names its tenant. A function is given the request context. Bound by the application. */
  STRATEGY: BindingKey.create<TenantStrategy<RequestContext>>('tenants.strategy'),

  /** What each tenant's datasources are, by name. Bound by the application, before `app.component`. */
  DATASOURCES: BindingKey.create<DataSourceFactories>('tenants.datasources'),

  /** Finds out whether there is such a tenant, and its settings. May be bound by the application. */
  LOOK_UP: BindingKey.create<TenantLookUp>('tenants.look-up'),

  /** The registries. May be bound by the application, before `app.component`; else it is TenantRegistries.default. */
  REGISTRIES: BindingKey.create<TenantRegistries>('tenants.registries'),

  /** The code of the running tenant; undefined where none runs. */
  TENANT: BindingKey.create<string | undefined>('tenants.current'),

  MIDDLEWARE: BindingKey.create<Middleware>('middleware.tenants'),

  /** The datasource of the running tenant, as repositories inject it. */
  datasource: (name: string) => BindingKey.create<DataSource>(`${RepositoryBindings.DATASOURCES}.${name}`),

  /** All tenants' datasources of that name. */
  sources: (name: string) => BindingKey.create<TenantDataSources>(`tenants.sources.${name}`),
} as const;
