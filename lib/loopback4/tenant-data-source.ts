import {EventEmitter} from 'node:events';
import type {StockDataSource} from '../scoped-registry/juggler/types';
import {DataSource} from '../lifecycle/scoped-classes';
import type {TenantDataSourcesOptions} from '../lifecycle/datasources/tenant-data-sources-options';

type Found = ReturnType<DataSource['getModel']>;
type Create = TenantDataSourcesOptions['create'];

/**
 * A datasource whose `getModel` answers for its own models alone, as on stock, where each has a builder of its own: a
 * repository asks it for its model before it defines one. The names here are the tenant's, and another datasource's model
 * may have this one, or that of a datasource that was closed.
 */
class TenantDataSource extends DataSource {
  override getModel(name: string, forceCreate?: boolean): Found {
    const model = super.getModel(name) as {dataSource?: unknown} | undefined;
    if (!model?.dataSource || model.dataSource === this) return super.getModel(name, forceCreate);
    if (!forceCreate) return undefined;
    // as juggler makes one: a placeholder for a model that refers to itself
    return (this as unknown as StockDataSource).modelBuilder.define(name, {}, {unresolved: true}) as unknown as Found;
  }
}

/** Makes such datasources of settings; one that the application makes itself is what it is. */
export function creating(create: Create, registries: TenantDataSourcesOptions['registries']): Create {
  return (tenant, settings) => {
    const made = create(tenant, settings);
    const isSettings = typeof made === 'object' && made !== null && !(made instanceof EventEmitter) && !('then' in made);
    // what is neither, is an error of TenantDataSources'
    if (!isSettings) return made;
    return new TenantDataSource({...made, lazyConnect: true, modelRegistry: {registries, tenant}} as never);
  };
}
