import juggler from 'loopback-datasource-juggler';
import {commonJsModule, type Juggler} from '../scoped-registry/juggler/types';
import {scopedClasses, type ScopedDataSourceClass, type ScopedModelBuilderClass} from '../scoped-registry/scoped-juggler';
import {TenantRegistries} from './tenant-registries';

/** The copy of juggler that this package's own `require` finds. */
export const ownJuggler = juggler as unknown as Juggler;

const defaultRegistries = () => TenantRegistries.default;
const classes = scopedClasses(ownJuggler, defaultRegistries);
const classesByJuggler = new WeakMap<Juggler, ReturnType<typeof scopedClasses>>([[ownJuggler, classes]]);

/**
 * juggler's ModelBuilder with its models in a registry. The constructor's option names the registry: `{registry}`,
 * `{registries, tenant}`, or `{registries}` to follow the running tenant. Classes are apart, rows are the datasource's.
 */
export const ModelBuilder = classes.ModelBuilder;
export type ModelBuilder = InstanceType<ScopedModelBuilderClass>;

/**
 * juggler's DataSource with its models in the registry that the setting `modelRegistry` names. Classes are apart, rows are the datasource's:
 * where several tenants use one datasource, their models of one name have one table (docs/rows.md).
 */
export const DataSource = classes.DataSource;
export type DataSource = InstanceType<ScopedDataSourceClass>;

/**
 * Makes `ModelBuilder` and `DataSource` for a copy of juggler other than the one that this package finds. That copy itself is
 * not changed, except juggler 3.36: there it mends the places that keep tenants alive or lose the running tenant
 * (docs/guides/loopback3.md).
 * @throws UnsupportedJugglerError `UNSUPPORTED_JUGGLER`
 */
export function forJuggler(copy: Juggler): {ModelBuilder: ScopedModelBuilderClass; DataSource: ScopedDataSourceClass} {
  const other = commonJsModule(copy);
  let classes = classesByJuggler.get(other);
  if (!classes) {
    classes = scopedClasses(other, defaultRegistries);
    classesByJuggler.set(other, classes);
  }
  return classes;
}
