import type {TenantRegistries} from '../lifecycle/tenant-registries';
import {outsideChanges, outsideRegistriesOf} from '../scoped-registry/binding/outside-registries';
import {isEmbedded} from '../scoped-registry/classes/change-detection';
import {definitionSourceOf} from '../scoped-registry/classes/lazy-definition';
import {itemType} from '../scoped-registry/juggler/item-type';
import {isModelClass, type ModelClass} from '../scoped-registry/juggler/types';
import {registryOfClass, type ModelRegistry} from '../scoped-registry/registry/model-registry';
import {changesOf, moves, wholeOf} from '../scoped-registry/registry/name-changes';
import {tenantCode} from '../scoped-registry/tenant-code';
import type {ClearedModels} from './cleared-models';
import {ModelGroup} from './model-group';
import {Registrations, type Registrable} from './registrations';
import type {ReservedCodes} from './reserved-codes';

/** Finds the models of a tenant and those of no tenant: the ones in registries and the ones that were registered by hand. */
export class TenantModels {
  /** By the main registry of the group. The keys are weak, so a group ends with its registry. */
  readonly #groups = new WeakMap<ModelRegistry, ModelGroup>();
  /** The models that were registered by hand, by the main registry of a group. */
  readonly #registrations = new WeakMap<ModelRegistry, Registrations>();

  constructor(
    private readonly registries: () => TenantRegistries,
    private readonly reserved: () => ReservedCodes,
    private readonly cleared: ClearedModels,
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

  /** The models of the running tenant; undefined when no tenant runs, and when it has no registry. Builds no registry. */
  ofRunningTenant(): ModelGroup | undefined {
    const tenant = this.currentTenant();
    const registry = tenant === undefined ? undefined : this.registries().peekOfWork(tenant);
    return registry && this.of(registry);
  }

  /** The models of no tenant. All work may see them. */
  ofNoTenant(): ModelGroup {
    return this.of(this.registries().shared);
  }

  /** @param main a tenant's registry, or the shared one */
  of(main: ModelRegistry): ModelGroup {
    let group = this.#groups.get(main);
    if (!group) this.#groups.set(main, (group = this.#makeGroup(main)));
    return group;
  }

  #makeGroup(main: ModelRegistry): ModelGroup {
    const {cleared} = this;
    const registries = this.registries();
    if (main === registries.shared)
      return new ModelGroup(main, () => outsideRegistriesOf(registries), [changesOf(main), outsideChanges()], cleared);
    const parts = () => [...main.parts()].filter(part => part !== main);
    return new ModelGroup(main, parts, [changesOf(main)], cleared);
  }

  /** The group whose registries list a class of this registry; undefined where a class of it must be registered by hand. */
  #groupListing(own: ModelRegistry | undefined): ModelGroup | undefined {
    if (!own) return undefined;
    const registries = this.registries();
    if (own === registries.shared || own.guestOf?.() === registries) return this.ofNoTenant();
    const main = wholeOf(own);
    return main.tenant !== undefined && registries.peekOfWork(main.tenant) === main ? this.of(main) : undefined;
  }

  /**
   * Registers a model: for its tenant if it is a class, and otherwise for the running tenant.
   * @param properties the properties under which it is found. Default: its own
   * @param isHeld whether an owner holds the model, so that a weak reference is enough here
   * @throws what `currentTenant` throws, and what `TenantRegistries.for` throws
   */
  register(model: Registrable, properties: unknown, isHeld: boolean): void {
    const registries = this.registries();
    const own = registryOfClass(model);
    if (own) this.reserved().assertTenant(own.tenant);
    const group = this.#groupListing(own);
    group?.add(own!, model as ModelClass);
    const place = group?.main ?? (own ? this.#placeOf(own) : this.current(tenant => registries.for(tenant)));
    const registrations = this.registrationsIn(place);
    if (group && properties === undefined) {
      // as in the fork, the embedded classes of a registered model exist and are counted from its registration on
      makeEmbeddedClasses(model as ModelClass);
      // code may have given the model another datasource or an application meanwhile
      if (registrations.noteTime(model) || model.app) moves.changes++;
    } else registrations.add(model, properties, this.of(place).keyOf(model, properties), isHeld || own !== undefined);
  }

  /** The main registry of the group in which a class of this registry is registered by hand. */
  #placeOf(own: ModelRegistry): ModelRegistry {
    const registries = this.registries();
    return own.tenant === undefined ? registries.shared : (registries.peek(own.tenant) ?? own);
  }

  /** The models that were registered by hand. @param main the main registry of a group */
  registrationsIn(main: ModelRegistry): Registrations {
    let registrations = this.#registrations.get(main);
    if (!registrations) this.#registrations.set(main, (registrations = new Registrations()));
    return registrations;
  }

  /** Finds a model by name that the running work may see: the running tenant's, else one of no tenant. */
  find(name: string): Registrable | undefined {
    const group = this.ofRunningTenant();
    return (group && this.#findIn(group, name)) ?? this.#findIn(this.ofNoTenant(), name);
  }

  #findIn(group: ModelGroup, name: string): Registrable | undefined {
    return group.find(name) ?? this.#registrations.get(group.main)?.findRegistered(name);
  }

  /**
   * Finds a model by structure that the running work may see.
   * @param strict finds only models with this value of the setting `strict`
   */
  findByStructure(properties: object, strict: boolean): Registrable | undefined {
    for (const group of this.visible()) {
      const model = group.findByStructure(properties, strict);
      if (model) return model;
      const key = group.key(properties, strict);
      const registered = key === undefined ? undefined : this.#registrations.get(group.main)?.findByKey(key);
      if (registered) return registered;
    }
    return undefined;
  }

  /** The groups that the running work may see, the running tenant's first. */
  visible(): readonly ModelGroup[] {
    const group = this.ofRunningTenant();
    return group ? [group, this.ofNoTenant()] : [this.ofNoTenant()];
  }

  /** Grows with each change of a group's names, and of what was registered by hand in it. */
  changes(group: ModelGroup): number {
    return group.changes + (this.#registrations.get(group.main)?.changes ?? 0);
  }

  /** Whether the running work may see a model that it has reached through an owner. False for a class of another tenant. */
  maySee(model: Registrable): boolean {
    const tenant = registryOfClass(model)?.tenant;
    return tenant === undefined || tenant === this.currentTenant();
  }

  /** The models of a group by name, including embedded classes. */
  *namedIn(group: ModelGroup): IterableIterator<readonly [string, Registrable]> {
    yield* group.named();
    yield* this.#registrations.get(group.main)?.named() ?? [];
  }

  /** The names of a group's models, each once. */
  names(group: ModelGroup): string[] {
    return [...new Set([...this.namedIn(group)].map(([name]) => name))];
  }

  /** The classes of a group, plus the structures of other models that were registered by hand. */
  size(group: ModelGroup): number {
    return group.size + (this.#registrations.get(group.main)?.countOutside(new Set(group.registries())) ?? 0);
  }

  /** Removes what was registered by hand. @returns the number of model names removed */
  release(main: ModelRegistry): number {
    return this.#registrations.get(main)?.clear() ?? 0;
  }

  /** Removes one model: its registration, and its class from its registry. */
  unregister(model: Registrable, name: string): void {
    const own = registryOfClass(model);
    if (own) own.catalogue.remove(name, model as ModelClass);
    const places = own ? [this.#groupListing(own)?.main ?? this.#placeOf(own)] : this.visible().map(({main}) => main);
    for (const place of places) {
      const registrations = this.#registrations.get(place);
      if (registrations?.findRegistered(name) === model) registrations.delete(name);
    }
  }
}

/** Makes the embedded classes of a model that are deferred, and the ones within these. */
function makeEmbeddedClasses(model: ModelClass, seen = new Set<unknown>()): void {
  for (const type of definitionSourceOf(model.definition)?.types ?? []) {
    const item = itemType(type) as ModelClass;
    if (seen.has(item) || !isModelClass(item) || !isEmbedded(item)) continue;
    seen.add(item);
    makeEmbeddedClasses(item, seen);
  }
}
