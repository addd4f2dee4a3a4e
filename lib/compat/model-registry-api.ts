import {TenantRegistries} from '../lifecycle/tenant-registries';
import {ownerOf} from '../scoped-registry/ownership/class-owner';
import type {ModelRegistry} from '../scoped-registry/registry/model-registry';
import {ClearedModels} from './cleared-models';
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
import {DEFAULT_RESERVED_CODES, GLOBAL, ReservedCodes, TRAP} from './reserved-codes';
import {TenantModels} from './tenant-models';

/** The part of a model builder that says whether its embedded classes are strict. */
export interface Strictness {
  readonly settings?: {readonly strict?: unknown; readonly strictEmbeddedModels?: unknown};
}

const NONE: readonly Registrable[] = Object.freeze([]);

/**
 * The API of a global model registry, for services that were written against one. It does not hold the classes of tenants:
 * it finds them in the tenants' own registries, where juggler has put them. A look-up sees the models of the running tenant
 * and the shared models, never those of another tenant. A look-up builds no registry.
 */
export class ModelRegistryApi {
  #tenants!: TenantModels;
  #owners!: OwnerModels;
  readonly #cleared = new ClearedModels();
  #reserved = new ReservedCodes(DEFAULT_RESERVED_CODES, [TRAP, GLOBAL]);
  #registered = 0;
  #reused = 0;

  /** @param registries returns the registries in which models are found. Default: TenantRegistries.default */
  constructor(private readonly registries: () => TenantRegistries = () => TenantRegistries.default) {
    this.#reset();
  }

  /**
   * Codes that name no tenant here. Members that are used for a tenant of such a code throw a TenantIsolationError
   * `TENANT_REFUSED`. 'trap' and 'global' are always reserved. Set it where a Context has other `reservedCodes`.
   * @default ['trap', 'service', 'global']
   * @throws InvalidOptionError `INVALID_OPTION`
   */
  get reservedCodes(): readonly string[] {
    return this.#reserved.list();
  }

  set reservedCodes(codes: readonly string[]) {
    this.#reserved = new ReservedCodes(codes, [TRAP, GLOBAL]);
  }

  /** @internal @throws TenantIsolationError `TENANT_REFUSED` for a reserved code */
  assertTenant(code: string | undefined): void {
    this.#reserved.assertTenant(code);
  }

  /** @internal The tenant of the running work. @throws TenantIsolationError `TENANT_REFUSED`, and what `currentTenant` throws */
  currentTenant(): string | undefined {
    return this.#tenants.currentTenant();
  }

  /**
   * Makes a model known that juggler has not put into a registry, or makes a class known under other properties than its
   * own. A registration ends with the datasource or the application of the model. For a model without these it ends with the
   * model's registry: that of the class, or that of the running tenant for an object that stands for a class.
   * @returns the model
   * @throws TenantIsolationError `TENANT_REFUSED` for a tenant with a reserved code, and what `TenantRegistries.for` throws
   */
  registerModel<Model>(model: Model, properties?: unknown): Model {
    const registrable = model as Registrable | null | undefined;
    if (!registrable?.modelName) return model;
    this.#registered++;
    // A class is held by its registry. Any other model is held by its owners, or without an owner by the running tenant's
    // registry. All further references are weak, so that they keep no class of a tenant alive.
    const isClass = ownerOf(model) !== undefined;
    // A class needs no registration with its datasource: the models of a datasource are read from its own dictionary.
    const owners = [isClass ? undefined : registrable.dataSource, registrable.app].filter(
      owner => ownerType(owner) !== null,
    ) as object[];
    this.#tenants.register(registrable, properties, owners.length > 0);
    for (const owner of owners) this.#owners.registrationsOf(owner).add(registrable, undefined, undefined, isClass);
    return model;
  }

  /** Registers a model for an application. The model then belongs to the application, and no longer to its datasource. */
  registerModelForApp<Model>(app: object, model: Model, properties?: unknown): Model {
    const registrable = model as Registrable | null | undefined;
    if (!app || !registrable?.modelName) return model;
    registrable.app = app;
    return this.registerModel(model, properties);
  }

  /**
   * Finds a model of the running tenant by its structure, otherwise a shared one. An embedded class is found when juggler
   * would reuse it, so the order of keys must be the same. For a registered model the order of keys does not matter.
   * @param builder only a model with the strictness of this builder is found
   * @returns null when there is none
   */
  findModelByStructure(properties: unknown, builder?: Strictness | null): Registrable | null {
    if (typeof properties !== 'object' || properties === null) return null;
    const {strict, strictEmbeddedModels} = builder?.settings ?? {};
    const model = this.#tenants.findByStructure(properties, strict === true || strictEmbeddedModels === true);
    if (model) this.#reused++;
    return model ?? null;
  }

  /** Finds a model of the running tenant by its name, otherwise a shared one. */
  findModelByName(name: string): Registrable | undefined {
    return this.#tenants.find(name);
  }

  /**
   * Ends a tenant's registry with all its classes, and removes its registrations. Work in flight keeps these classes until
   * it ends; later work gets a new registry. The code 'global' removes only the registrations that were made while no tenant
   * ran.
   * @param dataSource when the code has no registry, the registrations of this datasource are removed instead
   * @returns the number of model names that were removed
   */
  cleanupTenant(code: unknown, dataSource?: object): number {
    const registries = this.registries();
    if (code === GLOBAL) return this.#tenants.release(registries.shared);
    const registry = typeof code === 'string' ? registries.peek(code) : undefined;
    if (!registry) return dataSource ? this.releaseOwner(dataSource) : 0;
    return this.#end(registry);
  }

  /**
   * Evicts the tenants that have been idle for `maxIdle` milliseconds and have no work in flight.
   * @param limit evicts this many tenants at most. All are evicted in one turn of the event loop, which many would block.
   * @returns the number of tenants evicted
   */
  cleanupInactiveTenants(maxIdle = 30 * 60_000, limit = Infinity): number {
    const registries = this.registries();
    const idle: string[] = [];
    // `held` begins with the tenant that has been idle longest.
    for (const holding of registries.held()) {
      if (holding.idle < maxIdle || idle.length >= limit) break;
      if (!holding.busy) idle.push(holding.tenant);
    }
    return idle.filter(tenant => registries.evictIdle(tenant)).length;
  }

  /** Removes the registrations of a datasource or an application. @returns the number of model names removed */
  releaseOwner(owner: object): number {
    return this.#owners.release(owner);
  }

  /** Removes one model of an owner: its registration, and its class from its registry. @returns whether there was one */
  unregister(owner: object, name: string, type: OwnerType | null = ownerType(owner)): boolean {
    const model = this.#modelOf(owner, name, type, false);
    if (!model) return false;
    this.#owners.registrationsOf(owner).delete(name);
    this.#tenants.unregister(model, name);
    return true;
  }

  /**
   * Ends the registries of all tenants, also of evicted ones, removes all registrations, and resets the counters. For tests.
   * The models of no tenant are not found any more, until they are defined again. The application may still use them.
   */
  clear(): void {
    const registries = this.registries();
    for (const tenant of registries.alive()) this.#end(registries.peek(tenant)!);
    for (const registry of this.#tenants.ofNoTenant().registries()) this.#cleared.addAllOf(registry);
    this.#reset();
    this.#registered = this.#reused = 0;
  }

  /**
   * A snapshot of the counters. The embedded classes of the models of no tenant are counted too, so the first call makes those
   * that are not made yet. The embedded classes of a tenant's models are counted from the first use of the model on.
   */
  getStats(): RegistryStats {
    const counts = {totalModels: this.#registered, reuseCount: this.#reused};
    return registryStats(this.registries(), this.#tenants, this.#cleared, counts);
  }

  /** Lists the tenants with the names of their models. For operators: it visits all models of all tenants. */
  getTenantRegistryInfo(): RegistryInfo {
    return registryInfo(this.registries(), this.#tenants);
  }

  /** The models of a tenant by name, without shared ones. Default: the running tenant. */
  getAllModels(tenant?: string): Map<string, RegisteredModel> {
    const registries = this.registries();
    const registry = tenant === undefined ? this.#tenants.ofRunningTenant()?.main : registries.peek(tenant);
    if (!registry) return new Map();
    return registeredModels(registry, this.#tenants, registries.holding(registry.tenant!));
  }

  /** The models of all tenants held, by tenant and by name. For operators: it visits all models of all tenants. */
  getAllModelsByTenant(): Map<string, Map<string, RegisteredModel>> {
    return new Map([...this.registries().held()].map(({tenant}) => [tenant, this.getAllModels(tenant)]));
  }

  /** The models of an owner in a frozen array. Returns the same array again until the models change. */
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
    return isObject(owner) && isOwnerType(type) ? this.#owners.names(owner, type) : [];
  }

  hasModelForOwnerWithType(owner: unknown, name: string, type: OwnerType | null): boolean {
    return this.getModelForOwnerWithType(owner, name, type) !== undefined;
  }

  /** Unlike the other members, this also finds a model by its datasource after an application has taken the model over. */
  getModelForOwnerWithType(owner: unknown, name: string, type: OwnerType | null): Registrable | undefined {
    return this.#modelOf(owner, name, type, true);
  }

  _detectOwnerType(owner: unknown): OwnerType | null {
    return ownerType(owner);
  }

  /**
   * A label that is equal for equal structures. It is 'invalid-properties' for anything but an object, and
   * 'error-no-structure' for a structure that cannot be compared, such as one with a cycle.
   */
  generateFingerprint(properties: unknown): string {
    return fingerprintOf(properties, name => this.registries().shared.catalogue.lookUp(name));
  }

  /** A copy of a property set with sorted keys, in which types are replaced by their names. */
  normalizeProperties(properties: unknown): unknown {
    return normalize(properties);
  }

  /** A 32-bit hash of a text, for labels. Two texts may have the same hash, so no model is found by it. */
  createHash(text: unknown): string {
    return shortHash(text);
  }

  determineStructureType(properties: unknown): StructureType {
    return structureType(properties);
  }

  calculateStructureDepth(value: unknown, depth = 0): number {
    return structureDepth(value, depth);
  }

  /** Always null. The fork read the call stack to find the current builder; this library does not. */
  getCurrentModelBuilder(): null {
    return null;
  }

  #reset(): void {
    this.#tenants = new TenantModels(this.registries, () => this.#reserved, this.#cleared);
    this.#owners = new OwnerModels(this.#tenants);
  }

  #end(registry: ModelRegistry): number {
    const names = this.#tenants.names(this.#tenants.of(registry));
    this.#tenants.release(registry);
    this.registries().evict(registry.tenant!);
    return names.length;
  }

  /** @param includesTakenOver see `OwnerModels.findOwned` */
  #modelOf(owner: unknown, name: string, type: OwnerType | null, includesTakenOver: boolean): Registrable | undefined {
    if (!isObject(owner) || !isOwnerType(type)) return undefined;
    return this.#owners.findOwned(owner, type, name, includesTakenOver);
  }
}

function isOwnerType(type: unknown): type is OwnerType {
  return type === 'dataSource' || type === 'app';
}
