import {EventEmitter} from 'node:events';
import type {StockDataSource} from '../scoped-registry/juggler/types';
import {DataSource} from '../lifecycle/scoped-classes';
import type {TenantDataSourcesOptions} from '../lifecycle/datasources/tenant-data-sources-options';

type Model = ReturnType<DataSource['getModel']>;
type Create = TenantDataSourcesOptions['create'];

/**
 * A datasource whose `getModel` returns only models of this datasource. LoopBack 4's repository calls `getModel(name)` and
 * defines its model only when the result is undefined. In stock juggler each datasource has its own builder, so it finds
 * only its own models. Here all datasources of a tenant share one registry: without this class a repository would get the
 * model of the same name that belongs to another datasource, or to one that was closed.
 */
class TenantDataSource extends DataSource {
  override getModel(name: string, forceCreate?: boolean): Model {
    const model = super.getModel(name) as {dataSource?: unknown} | undefined;
    if (!model?.dataSource || model.dataSource === this) return super.getModel(name, forceCreate);
    if (!forceCreate) return undefined;
    // juggler's `ModelBuilder.getModel(name, true)` makes the same placeholder when it finds no model of this name.
    return (this as unknown as StockDataSource).modelBuilder.define(name, {}, {unresolved: true}) as unknown as Model;
  }
}

/**
 * Wraps the application's `create`: when it returns settings, a TenantDataSource is made from them. A datasource that the
 * application has made itself is returned unchanged.
 */
export function tenantDataSourceFactory(create: Create, registries: TenantDataSourcesOptions['registries']): Create {
  return (tenant, settings) => {
    const made = create(tenant, settings);
    const isSettings = typeof made === 'object' && made !== null && !(made instanceof EventEmitter) && !('then' in made);
    // TenantDataSources throws for a value that is neither a datasource nor settings.
    if (!isSettings) return made;
    return new TenantDataSource({...made, lazyConnect: true, modelRegistry: {registries, tenant}} as never);
  };
}
