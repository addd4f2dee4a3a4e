import type {TenantRegistries} from '../lifecycle/tenant-registries';
import {registryOfClass, type ModelRegistry} from '../scoped-registry/registry/model-registry';
import {tenantCode} from '../scoped-registry/tenant-code';
import {Registrations, type Registrable} from './registrations';
import type {ReservedCodes} from './reserved-codes';
import {structureKey} from './structure';

/** Finds the models of a tenant: those in its registry and those that were registered by hand. */
export class TenantModels {
  /**
   * The models that were registered by hand, by the tenant's registry or the shared one. The keys are weak, so registrations
   * end with their registry.
   */
  readonly #registrations = new WeakMap<ModelRegistry, Registrations>();

  constructor(
    private readonly registries: () => TenantRegistries,
    private readonly reserved: () => ReservedCodes,
  ) {}

  /**
   * Returns the running tenant; undefined when no tenant runs.
   * @throws TenantIsolationError `TENANT_REFUSED` for a reserved code, InvalidTenantCodeError `INVALID_TENANT_CODE`, and what
   * the option `currentTenant` throws
   */
  currentTenant(): string | undefined {
    const code = this.registries().currentTenant();
    if (code !== undefined) this.reserved().assertTenant(tenantCode(code));
    return code;
  }

  /**
   * Returns the running tenant's registry, or the shared one when no tenant runs.
   * @param findForTenant finds the registry of a code
   * @throws what `currentTenant` throws
   */
  current<Found extends ModelRegistry | undefined>(findForTenant: (tenant: string) => Found): Found | ModelRegistry {
    const tenant = this.currentTenant();
    return tenant === undefined ? this.registries().shared : findForTenant(tenant);
  }

  /**
   * The registry in which a model is registered: its tenant's for a class, the running tenant's for any other object.
   * @throws what `currentTenant` throws, and what `TenantRegistries.for` throws
   */
  registryFor(model: Registrable): ModelRegistry {
    const registries = this.registries();
    const own = registryOfClass(model);
    if (!own) return this.current(tenant => registries.for(tenant));
    this.reserved().assertTenant(own.tenant);
    // The class may be in a part of its tenant's registry: some datasources keep their models in a part of their own.
    return own.tenant === undefined ? registries.shared : (registries.peek(own.tenant) ?? own);
  }

  /** The registries that the running work may see: its tenant's first, then the shared one. Builds no registry. */
  visibleRegistries(): Set<ModelRegistry> {
    const registries = this.registries();
    const current = this.current(tenant => registries.peek(tenant));
    return new Set(current ? [current, registries.shared] : [registries.shared]);
  }

  /** The models that were registered by hand in a registry. */
  registrationsIn(registry: ModelRegistry): Registrations {
    let registrations = this.#registrations.get(registry);
    if (!registrations) this.#registrations.set(registry, (registrations = new Registrations()));
    return registrations;
  }

  /** Finds a model by name that the running work may see. */
  find(name: string): Registrable | undefined {
    for (const registry of this.visibleRegistries()) {
      for (const {models} of registry.parts())
        if (Object.hasOwn(models, name) && isListed(models[name], registry)) return models[name];
      const model = this.#registrations.get(registry)?.findRegistered(name);
      if (model) return model;
    }
    return undefined;
  }

  /**
   * Finds a model by structure that the running work may see.
   * @param strict finds only models with this value of the setting `strict`
   */
  findByStructure(properties: object, strict: boolean): Registrable | undefined {
    for (const registry of this.visibleRegistries()) {
      for (const {embeddedIndex: embedded} of registry.parts()) {
        const model = embedded.findByStructure(properties, ({settings}) => (settings.strict === true) === strict);
        if (model) return model;
      }
      const key = this.key(properties, strict, registry);
      const model = key === undefined ? undefined : this.#registrations.get(registry)?.findByKey(key);
      if (model) return model;
    }
    return undefined;
  }

  /** Whether the running work may see a model that it has reached through an owner. False for a class of another tenant. */
  maySee(model: Registrable): boolean {
    const tenant = registryOfClass(model)?.tenant;
    return tenant === undefined || tenant === this.currentTenant();
  }

  /** A key of a structure in a registry, equal for equal structures with the same strictness. See `structureKey`. */
  key(properties: unknown, strict: boolean, registry: ModelRegistry | undefined): string | undefined {
    const key = structureKey(properties, name => registry?.catalogue.lookUp(name));
    return key === undefined ? undefined : `${strict}|${key}`;
  }

  /** The models of a registry by name, including embedded classes. */
  *namedIn(registry: ModelRegistry): IterableIterator<readonly [string, Registrable]> {
    for (const {models} of registry.parts())
      for (const name of Object.keys(models)) if (isListed(models[name], registry)) yield [name, models[name]];
    yield* this.#registrations.get(registry)?.named() ?? [];
  }

  /** The models that the running work may see, by name. A name may come twice: the tenant's model and the shared one. */
  *visibleByName(): IterableIterator<readonly [string, Registrable]> {
    for (const registry of this.visibleRegistries()) yield* this.namedIn(registry);
  }

  /** The names of a registry's models, each once. */
  names(registry: ModelRegistry): string[] {
    return [...new Set([...this.namedIn(registry)].map(([name]) => name))];
  }

  /** The classes of a registry, plus the structures of other models that were registered in it by hand. */
  size(registry: ModelRegistry): number {
    return registry.totalSize() + (this.#registrations.get(registry)?.countOutside(new Set(registry.parts())) ?? 0);
  }

  /** Removes the registrations of a registry. @returns the number of model names removed */
  release(registry: ModelRegistry): number {
    const names = [...(this.#registrations.get(registry)?.named() ?? [])].length;
    this.#registrations.delete(registry);
    return names;
  }

  /** Removes one model: its registration, and its class from its registry. */
  unregister(model: Registrable, name: string): void {
    const registry = registryOfClass(model);
    for (const {models, catalogue} of registry?.parts() ?? [])
      if (Object.hasOwn(models, name) && models[name] === model) catalogue.delete(name);
    for (const place of registry ? [registry] : this.visibleRegistries()) {
      const registrations = this.#registrations.get(place);
      if (registrations?.findRegistered(name) === model) registrations.delete(name);
    }
  }
}

/**
 * Whether an entry of a registry's dictionary is a model of this registry. It is not when it is juggler's placeholder for a
 * name without a definition, or a class of another tenant that was attached to a datasource of this registry.
 */
function isListed(model: Registrable | undefined, registry: ModelRegistry): boolean {
  if (!model || model.settings?.unresolved) return false;
  const tenant = registryOfClass(model)?.tenant;
  return tenant === undefined || tenant === registry.tenant;
}
