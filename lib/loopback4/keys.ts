import {BindingKey} from '@loopback/core';
import {RepositoryBindings} from '@loopback/repository';
import type {Middleware, RequestContext} from '@loopback/rest';
import type {ApplicationWork} from '../http/application-work';
import type {TenantLookUp} from '../http/look-up';
import type {TenantStrategy} from '../http/tenant-strategy';
import type {DataSource} from '../lifecycle/scoped-classes';
import type {TenantDataSources} from '../lifecycle/datasources/tenant-data-sources';
import type {TenantRegistries} from '../lifecycle/tenant-registries';
import type {BindingOrder} from './binding-order';
import type {TenantComponent} from './tenant-component';
import type {DataSourceFactories, TenantComponentOptions} from './tenant-component-options';

/**
 * The binding keys of TenantComponent: what the application binds for it, and what the component binds itself. A binding that
 * comes too late, and one of a key that the component binds itself, is a BindingOrderError `BINDING_ORDER`: when the application
 * starts, and after that at the call of `bind`.
 */
export const TenantBindings = {
  /**
   * The component. The application sets its options before it calls `app.component`:
   * `app.configure(TenantBindings.COMPONENT).to(options)`.
   */
  COMPONENT: BindingKey.create<TenantComponent>('components.TenantComponent'),

  /**
   * Says where a request names its tenant. A function gets the request context. The application must bind it before it
   * starts.
   */
  STRATEGY: BindingKey.create<TenantStrategy<RequestContext>>('tenants.strategy'),

  /** The functions that make a tenant's datasources, by datasource name. The application binds them before `app.component`. */
  DATASOURCES: BindingKey.create<DataSourceFactories>('tenants.datasources'),

  /** Tells whether a tenant exists, and which settings it has. The application may bind it before it starts. */
  LOOK_UP: BindingKey.create<TenantLookUp>('tenants.look-up'),

  /**
   * The registries. The application may bind its own before `app.component`: these are shut down when it stops. Default:
   * TenantRegistries.default, which other applications of the process may use, so it is not shut down.
   */
  REGISTRIES: BindingKey.create<TenantRegistries>('tenants.registries'),

  /** The code of the running tenant; undefined when no tenant runs. */
  TENANT: BindingKey.create<string | undefined>('tenants.current'),

  /** The middleware that the component adds to the sequence. */
  MIDDLEWARE: BindingKey.create<Middleware>('middleware.tenants'),

  /**
   * The datasource that repositories inject by this key, `datasources.<name>`: one for all tenants (`TenantDataSources.shared`), or where
   * the option `models` is `tenant` the running tenant's.
   */
  datasource: (name: string) => BindingKey.create<DataSource>(`${RepositoryBindings.DATASOURCES}.${name}`),

  /** The datasources of this name of all tenants. */
  sources: (name: string) => BindingKey.create<TenantDataSources>(`tenants.sources.${name}`),
} as const;

/** What the component tells its own parts. */
export const COMPONENT_OPTIONS = BindingKey.create<TenantComponentOptions>('tenants.component-options');
export const APPLICATION_WORK = BindingKey.create<ApplicationWork | undefined>('tenants.application-work');
export const BINDING_ORDER = BindingKey.create<BindingOrder>('tenants.binding-order');
