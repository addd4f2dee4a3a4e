import {ownerOf} from '../scoped-registry/ownership/class-owner';
import {install as installIntoJuggler} from '../scoped-registry/install';
import type {RegistrySource} from '../scoped-registry/binding/registry-binding';
import {overrideMethods} from '../scoped-registry/scoped-juggler';
import {letGoOfTrackedModels} from './change-tracking';
import {jugglerOf, type LoopBack, type Registry} from './loopback';
import {letHooksWait, type RemoteModel} from './remote-hooks';

export interface LoopBackInstallOptions {
  /** The registries of the tenants. */
  readonly registries: RegistrySource;
}

/**
 * Makes LoopBack 3 keep its tenants apart, before or after its applications have booted. Its built-in models and those that
 * boot defines are shared by all tenants; what a tenant's work makes is the tenant's. `modelRegistry` in datasources.json
 * chooses the registry of a datasource.
 * @returns what undoes it; LoopBack's registry of models stays bound
 * @throws InvalidOptionError `INVALID_OPTION`, AlreadyInstalledError `ALREADY_INSTALLED`, UnsupportedJugglerError
 * `UNSUPPORTED_JUGGLER`
 */
export function install(loopback: object, options: LoopBackInstallOptions): () => void {
  const juggler = jugglerOf(loopback);
  const {registry, Model, PersistedModel} = loopback as LoopBack;
  const models = Object.values(registry.modelBuilder.models) as RemoteModel[];
  const uninstall = installIntoJuggler(juggler, {...options, shared: registry.modelBuilder});
  const undo = [
    rememberSharedModels(registry, options.registries),
    letGoOfTrackedModels(PersistedModel),
    letHooksWait(Model, models),
    uninstall,
  ];
  return () => undo.splice(0).forEach(step => step());
}

/**
 * What LoopBack finds by type it remembers for every request to come: the model of access tokens by its rest handler, those
 * of users, roles and rules by its access control. So a shared type is never answered by a class of the tenant that
 * happened to ask first.
 */
function rememberSharedModels(registry: Registry, {shared}: RegistrySource): () => void {
  const {getModelByType} = registry;
  const outside = Object.create(registry, {modelBuilder: {value: {models: shared.models}}}) as Registry;
  return overrideMethods(registry, {
    getModelByType(type: string | Function) {
      const isShared = typeof type === 'function' ? ownerOf(type)?.tenant === undefined : type in shared.models;
      return getModelByType.call(isShared ? outside : registry, type);
    },
  });
}
