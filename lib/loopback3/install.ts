import {ownerOf} from '../scoped-registry/ownership/class-owner';
import {install as installIntoJuggler} from '../scoped-registry/install';
import type {RegistrySource} from '../scoped-registry/binding/registry-binding';
import {overrideMethods} from '../scoped-registry/scoped-juggler';
import {replaceChangeTracking} from './change-tracking';
import {commonJsModule} from '../scoped-registry/juggler/types';
import {jugglerOf, type LoopBack, type Registry} from './loopback';
import {delayRemoteHooks, type RemoteModel} from './remote-hooks';

/** The options of `install` for LoopBack 3. */
export interface LoopBackInstallOptions {
  /** The registries of the tenants, usually a TenantRegistries. */
  readonly registries: RegistrySource;
}

/**
 * Installs the tenants' registries into LoopBack 3 and its copy of juggler. It may be called before or after applications
 * have booted. LoopBack's built-in models, and the models that boot defines, are shared by all tenants. A model that is
 * defined while a tenant runs belongs to that tenant. The setting `modelRegistry` in datasources.json chooses the registry
 * of a datasource. Classes are apart, rows are the datasource's: models of one name on one datasource have the same rows for
 * all tenants. `TenantDataSources.route` gives each tenant rows of its own (docs/rows.md).
 * @returns a function that uninstalls. After that LoopBack's own model builder stays bound to the shared registry.
 * @throws InvalidOptionError `INVALID_OPTION`, AlreadyInstalledError `ALREADY_INSTALLED`, UnsupportedJugglerError
 * `UNSUPPORTED_JUGGLER`
 */
export function install(loopback: object, options: LoopBackInstallOptions): () => void {
  const juggler = jugglerOf(loopback);
  const {registry, Model, PersistedModel} = commonJsModule(loopback) as LoopBack;
  const models = Object.values(registry.modelBuilder.models) as RemoteModel[];
  const uninstall = installIntoJuggler(juggler, {...options, shared: registry.modelBuilder});
  const undo = [
    searchSharedTypesInSharedModels(registry, options.registries),
    replaceChangeTracking(PersistedModel),
    delayRemoteHooks(Model, models),
    uninstall,
  ];
  return () => undo.splice(0).forEach(step => step());
}

/**
 * Makes `getModelByType` search for subclasses of a shared model among the shared models only. LoopBack stores what this
 * method returns for all later requests: its REST handler stores the access token model, and its access control stores the
 * models of users, roles and ACLs. Without this it would store, for all tenants, the subclass of the tenant whose request
 * came first.
 */
function searchSharedTypesInSharedModels(registry: Registry, {shared}: RegistrySource): () => void {
  const {getModelByType} = registry;
  const sharedOnly = Object.create(registry, {modelBuilder: {value: {models: shared.models}}}) as Registry;
  return overrideMethods(registry, {
    getModelByType(type: string | Function) {
      const isShared = typeof type === 'function' ? ownerOf(type)?.tenant === undefined : type in shared.models;
      return getModelByType.call(isShared ? sharedOnly : registry, type);
    },
  });
}
