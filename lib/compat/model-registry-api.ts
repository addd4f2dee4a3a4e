import {TenantRegistries} from '../lifecycle/tenant-registries';
import {warn} from '../lifecycle/warning';
import {ownerOf} from '../scoped-registry/ownership/class-owner';
import {isObject, OwnerModels, ownerType, type OwnerType} from './owner-models';
import type {Registrable} from './registrations';
import {
  registeredModels,
  registryInfo,
  registryStats,
  type RegisteredModel,
  type RegistryInfo,
  type RegistryStats,
} from './registry-stats';
import {fingerprintOf, normalize, shortHash, structureDepth, structureType, type StructureType} from './structure';
import {GLOBAL, isTenant, TenantModels} from './tenant-models';

/** A builder, as far as it decides which classes it would take. */
export interface Strictness {
  readonly settings?: {readonly strict?: unknown; readonly strictEmbeddedModels?: unknown};
}

const NONE: readonly Registrable[] = Object.freeze([]);

/**
 * The global registry of models, for services that were written against one. It holds no class of a tenant's: those are in
 * the tenant's registry of `TenantRegistries`, where juggler puts them, and are found there. A look-up sees the running
 * tenant's models and the shared ones, never another tenant's, and builds nothing.
 */
export class ModelRegistryApi {
  #tenants: TenantModels;
  #owners: OwnerModels;
  #registered = 0;
  #reused = 0;

  /** @param registries those that this finds models in */
  constructor(private readonly registries: () => TenantRegistries = () => TenantRegistries.default) {
    this.#tenants = new TenantModels(registries);
    this.#owners = new OwnerModels(this.#tenants);
  }

  /**
   * Makes a model known that juggler has not put into a registry, or one by other properties than its own. It goes with the
   * datasource or the application that it has, else with the running tenant.
   * @returns the model
   * @throws what `TenantRegistries.for` throws
   */
  registerModel<Model>(model: Model, properties?: unknown): Model {
    const registrable = model as Registrable | null | undefined;
    if (!registrable?.modelName) return model;
    this.#registered++;
    const own = ownerOf(model);
    const registry = this.#tenants.placeOf(registrable);
    const structure = properties ?? registrable.definition?.properties;
    const key = this.#tenants.key(structure, registrable.settings?.strict === true, registry);
    // a datasource lists its classes itself, to those who may see them
    const owners = [own ? undefined : registrable.dataSource, registrable.app].filter(
      owner => ownerType(owner) !== null,
    ) as object[];
    // somebody has to keep it: its registry does, or its owner, or else the place where it is registered
    for (const owner of owners) this.#owners.registered(owner).add(registrable, structure, key, own !== undefined);
    if (registry) this.#tenants.registered(registry).add(registrable, structure, key, own !== undefined || owners.length > 0);
    return model;
  }

  /** As `registerModel`, for an application, which takes the model over from its datasource. */
  registerModelForApp<Model>(app: object, model: Model, properties?: unknown): Model {
    const registrable = model as Registrable | null | undefined;
    if (!app || !registrable?.modelName) return model;
    registrable.app = app;
    return this.registerModel(model, properties);
  }

  /**
   * The running tenant's model of a structure, else the shared one. Embedded classes are found as exactly as juggler makes
   * them; of what was registered, the order of keys does not count.
   * @param builder whose strictness the model is to have
   */
  findModelByStructure(properties: unknown, builder?: Strictness | null): Registrable | null {
    if (typeof properties !== 'object' || properties === null) return null;
    const {strict, strictEmbeddedModels} = builder?.settings ?? {};
    const model = this.#tenants.findByStructure(properties, strict === true || strictEmbeddedModels === true);
    if (model) this.#reused++;
    return model ?? null;
  }

  /** The running tenant's model of a name, else the shared one. */
  findModelByName(name: string): Registrable | undefined {
    return this.#tenants.find(name);
  }

  /**
   * Drops what a tenant has: its classes, whatever holds on to them. Work in flight goes on with them to its end; later work
   * begins anew. The code 'global' forgets what was registered by hand where no tenant ran.
   * @param dataSource where the code is no tenant's: forgets what was registered for this datasource
   * @returns the number of names that went
   */
  cleanupTenant(code: unknown, dataSource?: object): number {
    const registries = this.registries();
    if (code === GLOBAL) return this.#tenants.release(registries.shared);
    const registry = isTenant(code) ? registries.peek(code) : undefined;
    if (!registry) return dataSource ? this.releaseOwner(dataSource) : 0;
    const names = this.#tenants.names(registry);
    this.#tenants.release(registry);
    registries.reload(registry.tenant!, {drainTimeout: 0}).then(({errors}) => errors.forEach(failed), failed);
    return names.length;
  }

  /**
   * Evicts the tenants that nobody has used for so long and that have no work in flight.
   * @param maxIdle milliseconds
   * @param most how many at most: in one go they keep the event loop waiting
   * @returns how many
   */
  cleanupInactiveTenants(maxIdle = 30 * 60_000, most = Infinity): number {
    const registries = this.registries();
    const idle: string[] = [];
    for (const holding of registries.held()) {
      if (holding.idle < maxIdle || idle.length >= most) break;
      if (!holding.busy) idle.push(holding.tenant);
    }
    return idle.filter(tenant => registries.evict(tenant)).length;
  }

  /** Forgets what was registered for a datasource or an application. @returns the number of names */
  releaseOwner(owner: object): number {
    return this.#owners.release(owner);
  }

  /** Forgets one model of an owner's, also its class. @returns whether there was one */
  unregister(owner: object, name: string, type: OwnerType | null = ownerType(owner)): boolean {
    const model = this.#modelOf(owner, name, type, false);
    if (!model) return false;
    this.#owners.registered(owner).delete(name);
    this.#tenants.unregister(model, name);
    return true;
  }

  /**
   * Drops every tenant and every registration, and begins to count anew. For tests. Shared classes stay: juggler cannot use
   * one whose definition has gone.
   */
  clear(): void {
    for (const {tenant} of [...this.registries().held()]) this.cleanupTenant(tenant);
    this.#tenants = new TenantModels(this.registries);
    this.#owners = new OwnerModels(this.#tenants);
    this.#registered = this.#reused = 0;
  }

  getStats(): RegistryStats {
    return registryStats(this.registries(), this.#tenants, {totalModels: this.#registered, reuseCount: this.#reused});
  }

  /** For an operator: it costs what there are models. */
  getTenantRegistryInfo(): RegistryInfo {
    return registryInfo(this.registries(), this.#tenants);
  }

  /** A tenant's models by name, the running tenant's where none is named. Shared models are not among them. */
  getAllModels(tenant?: string): Map<string, RegisteredModel> {
    const registries = this.registries();
    const peek = (code: string) => registries.peek(code);
    const registry = tenant === undefined ? this.#tenants.current(peek) : peek(tenant);
    if (registry?.tenant === undefined) return new Map();
    return registeredModels(registry, this.#tenants, registries.holding(registry.tenant));
  }

  /** The models of all tenants held, by tenant and by name. For an operator: it costs what there are models. */
  getAllModelsByTenant(): Map<string, Map<string, RegisteredModel>> {
    return new Map([...this.registries().held()].map(({tenant}) => [tenant, this.getAllModels(tenant)]));
  }

  /** An owner's models: the same array, frozen, as long as they are the same. */
  getModelsForOwner(owner: unknown): readonly Registrable[] {
    return this.getModelsForOwnerWithType(owner, ownerType(owner));
  }

  getModelNamesForOwner(owner: unknown): string[] {
    return this.getModelNamesForOwnerWithType(owner, ownerType(owner));
  }

  hasModelForOwner(owner: unknown, name: string): boolean {
    return this.getModelForOwner(owner, name) !== undefined;
  }

  getModelForOwner(owner: unknown, name: string): Registrable | undefined {
    return this.#modelOf(owner, name, ownerType(owner), false);
  }

  getModelsForOwnerWithType(owner: unknown, type: OwnerType | null): readonly Registrable[] {
    return isObject(owner) && isOwnerType(type) ? this.#owners.list(owner, type) : NONE;
  }

  getModelNamesForOwnerWithType(owner: unknown, type: OwnerType | null): string[] {
    return isObject(owner) && isOwnerType(type) ? [...this.#owners.byName(owner, type).keys()] : [];
  }

  hasModelForOwnerWithType(owner: unknown, name: string, type: OwnerType | null): boolean {
    return this.getModelForOwnerWithType(owner, name, type) !== undefined;
  }

  /** A model that an application has taken over counts here for its datasource as well. */
  getModelForOwnerWithType(owner: unknown, name: string, type: OwnerType | null): Registrable | undefined {
    return this.#modelOf(owner, name, type, true);
  }

  _detectOwnerType(owner: unknown): OwnerType | null {
    return ownerType(owner);
  }

  /** A label, equal for equal structures: 'invalid-properties' for what is none, 'error-…' where nobody can tell. */
  generateFingerprint(properties: unknown): string {
    return fingerprintOf(properties, name => this.registries().shared.catalogue.lookUp(name));
  }

  normalizeProperties(properties: unknown): unknown {
    return normalize(properties);
  }

  /** 32 bits of a text, for labels: nothing is found by it. */
  createHash(text: unknown): string {
    return shortHash(text);
  }

  determineStructureType(properties: unknown): StructureType {
    return structureType(properties);
  }

  calculateStructureDepth(value: unknown, depth = 0): number {
    return structureDepth(value, depth);
  }

  /** Always null: no stack is read. */
  getCurrentModelBuilder(): null {
    return null;
  }

  #modelOf(owner: unknown, name: string, type: OwnerType | null, shared: boolean): Registrable | undefined {
    if (!isObject(owner) || !isOwnerType(type)) return undefined;
    return this.#owners.findOwned(owner, type, name, shared);
  }
}

function isOwnerType(type: unknown): type is OwnerType {
  return type === 'dataSource' || type === 'app';
}

function failed(error: unknown): void {
  warn("A tenant's clean-up failed", error);
}
