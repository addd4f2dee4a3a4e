import juggler from 'loopback-datasource-juggler';
import type {Juggler} from '../scoped-registry/juggler/types';
import {scopedClasses, type ScopedDataSourceClass, type ScopedModelBuilderClass} from '../scoped-registry/scoped-juggler';
import {TenantRegistries} from './tenant-registries';

/** The copy that this package finds for itself. */
export const ownJuggler = juggler as unknown as Juggler;

const defaults = () => TenantRegistries.default;
const classes = scopedClasses(ownJuggler, defaults);
const made = new WeakMap<Juggler, ReturnType<typeof scopedClasses>>([[ownJuggler, classes]]);

/** juggler's ModelBuilder, on a registry: `{registry}`, `{registries, tenant}` or `{registries}`. */
export const ModelBuilder = classes.ModelBuilder;
export type ModelBuilder = InstanceType<ScopedModelBuilderClass>;

/** juggler's DataSource, on the registry of its `modelRegistry` setting. */
export const DataSource = classes.DataSource;
export type DataSource = InstanceType<ScopedDataSourceClass>;

/**
 * `ModelBuilder` and `DataSource` for another copy of juggler than the one this package finds for itself. Nothing of
 * that copy is changed, but for what juggler 3.36 keeps of tenants or loses (docs/guides/loopback3.md).
 * @throws UnsupportedJugglerError `UNSUPPORTED_JUGGLER`
 */
export function forJuggler(other: Juggler): {ModelBuilder: ScopedModelBuilderClass; DataSource: ScopedDataSourceClass} {
  let classes = made.get(other);
  if (!classes) {
    classes = scopedClasses(other, defaults);
    made.set(other, classes);
  }
  return classes;
}
