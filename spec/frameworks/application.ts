import {
  ModelBuilder,
  TenantContext,
  TenantDataSources,
  type TenantDataSourcesOptions,
  type TenantRegistries,
} from '../../lib/index';
import type {TenantRequestsOptions} from '../../lib/express';
import type {Service} from '../support/http';
import type {AnyDataSource, AnyModel} from '../support/service';

export interface Setup {
  readonly registries: TenantRegistries;
  /** Returns the settings of a tenant's datasource. */
  readonly create: TenantDataSourcesOptions['create'];
  /** Limits of the datasources. */
  readonly limits?: Pick<TenantDataSourcesOptions, 'max' | 'idleTtl'>;
  /** Further options of the middleware. */
  readonly requests?: Partial<TenantRequestsOptions<any>>;
  /** Returns the answer of a request to `work`, sent as JSON, or of one to `stream`, which must be a Readable. */
  readonly work?: () => unknown;
}

/** A service of several tenants, built as the guide of its framework says. Requests name their tenant by X-Tenant. */
export interface Application {
  readonly service: Service;
  /** Where customers are created (POST) and found (GET). */
  readonly customers: string;
  readonly work: string;
  readonly stream: string;
  /** The running tenant's datasource. */
  dataSource(): Promise<AnyDataSource>;
  /** Makes the running tenant's tables. */
  migrate(): Promise<unknown>;
  stop(): Promise<unknown>;
}

export type Framework = (setup: Setup) => Promise<Application>;

export const HEADER = {header: 'X-Tenant'};
export const PATHS = {customers: '/customers', work: '/work', stream: '/stream'};

/** The customers of a service whose framework has no models of its own. */
export class Customers {
  readonly sources: TenantDataSources;
  readonly Model: AnyModel;

  constructor({registries, create, limits}: Setup) {
    this.sources = new TenantDataSources({registries, create, ...limits});
    const model = new ModelBuilder({registries}).define('Customer', {name: String, address: {street: String}});
    this.Model = this.sources.route(model);
  }

  async dataSource(): Promise<AnyDataSource> {
    return this.sources.get(TenantContext.require());
  }

  async migrate(): Promise<void> {
    await this.Model.dataSource.automigrate();
  }
}
