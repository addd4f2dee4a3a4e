import type {TenantRegistries} from '../lifecycle/tenant-registries';
import {registryOfClass, type ModelRegistry} from '../scoped-registry/registry/model-registry';
import {MAX_TENANT_CODE_LENGTH} from '../scoped-registry/tenant-code';
import {TRAP} from './context-store';
import {Registrations, type Registrable} from './registrations';
import {structureKey} from './structure';

/** The code that stands for no tenant. */
export const GLOBAL = 'global';

/** Which models a tenant has: those of its registry, and those that were registered for it besides. */
export class TenantModels {
  /** By the tenant's registry, or the shared one: they go with that. */
  readonly #registered = new WeakMap<ModelRegistry, Registrations>();

  constructor(private readonly registries: () => TenantRegistries) {}

  /**
   * The running tenant's registry, the shared one where none runs; undefined where a code runs that is no tenant's.
   * @param findForTenant finds the registry of a code
   */
  current(findForTenant: (tenant: string) => ModelRegistry | undefined): ModelRegistry | undefined {
    const code: unknown = this.registries().currentTenant();
    if (!code || code === GLOBAL) return this.registries().shared;
    return isTenant(code) ? findForTenant(code) : undefined;
  }

  /** Where a model is registered: with the tenant whose class it is, else with the one that runs. */
  placeOf(model: Registrable): ModelRegistry | undefined {
    const registries = this.registries();
    const own = registryOfClass(model);
    if (!own) return this.current(tenant => registries.for(tenant));
    // a datasource may keep its models in a registry of its own
    return own.tenant === undefined ? registries.shared : (registries.peek(own.tenant) ?? own);
  }

  /** The registries that the running work may look into, its own first. Builds nothing. */
  visible(): Set<ModelRegistry> {
    const registries = this.registries();
    const current = this.current(tenant => registries.peek(tenant));
    return new Set(current ? [current, registries.shared] : [registries.shared]);
  }

  /** What was registered besides. */
  registered(registry: ModelRegistry): Registrations {
    let registrations = this.#registered.get(registry);
    if (!registrations) this.#registered.set(registry, (registrations = new Registrations()));
    return registrations;
  }

  find(name: string): Registrable | undefined {
    for (const registry of this.visible()) {
      for (const {models} of registry.parts())
        if (Object.hasOwn(models, name) && isListed(models[name], registry)) return models[name];
      const model = this.#registered.get(registry)?.findRegistered(name);
      if (model) return model;
    }
    return undefined;
  }

  /** @param strict whether the class is to refuse properties that it does not have */
  findByStructure(properties: object, strict: boolean): Registrable | undefined {
    for (const registry of this.visible()) {
      for (const {embeddedIndex: embedded} of registry.parts()) {
        const model = embedded.findByStructure(properties, ({settings}) => (settings.strict === true) === strict);
        if (model) return model;
      }
      const key = this.key(properties, strict, registry);
      const model = key === undefined ? undefined : this.#registered.get(registry)?.findByKey(key);
      if (model) return model;
    }
    return undefined;
  }

  /** Whether the running work may see a model that it has been led to: not a class of another tenant's. */
  maySee(model: Registrable): boolean {
    const tenant = registryOfClass(model)?.tenant;
    return tenant === undefined || tenant === this.registries().currentTenant();
  }

  /** Equal for structures that are the same in a registry, of one strictness. */
  key(properties: unknown, strict: boolean, registry: ModelRegistry | undefined): string | undefined {
    const key = structureKey(properties, name => registry?.catalogue.lookUp(name));
    return key === undefined ? undefined : `${strict}|${key}`;
  }

  /** A registry's models by name, embedded ones included. */
  *namedIn(registry: ModelRegistry): IterableIterator<readonly [string, Registrable]> {
    for (const {models} of registry.parts())
      for (const name of Object.keys(models)) if (isListed(models[name], registry)) yield [name, models[name]];
    yield* this.#registered.get(registry)?.named() ?? [];
  }

  *visibleByName(): IterableIterator<readonly [string, Registrable]> {
    for (const registry of this.visible()) yield* this.namedIn(registry);
  }

  names(registry: ModelRegistry): string[] {
    return [...new Set([...this.namedIn(registry)].map(([name]) => name))];
  }

  /** Classes, and structures of what else was registered. */
  size(registry: ModelRegistry): number {
    return registry.totalSize() + (this.#registered.get(registry)?.outside(new Set(registry.parts())) ?? 0);
  }

  /** Forgets what was registered besides. @returns the number of names */
  release(registry: ModelRegistry): number {
    const names = [...(this.#registered.get(registry)?.named() ?? [])].length;
    this.#registered.delete(registry);
    return names;
  }

  /** Forgets one model, also its class. */
  unregister(model: Registrable, name: string): void {
    const registry = registryOfClass(model);
    for (const {models, catalogue} of registry?.parts() ?? [])
      if (Object.hasOwn(models, name) && models[name] === model) catalogue.delete(name);
    for (const place of registry ? [registry] : this.visible()) {
      const registrations = this.#registered.get(place);
      if (registrations?.findRegistered(name) === model) registrations.delete(name);
    }
  }
}

/** Whether a code can be a tenant's. */
export function isTenant(code: unknown): code is string {
  return typeof code === 'string' && code !== TRAP && code !== GLOBAL && code.length > 0 && code.length <= MAX_TENANT_CODE_LENGTH;
}

/** Not a name that nobody has defined yet, nor a class of another tenant's that was attached here. */
function isListed(model: Registrable | undefined, registry: ModelRegistry): boolean {
  if (!model || model.settings?.unresolved) return false;
  const tenant = registryOfClass(model)?.tenant;
  return tenant === undefined || tenant === registry.tenant;
}
