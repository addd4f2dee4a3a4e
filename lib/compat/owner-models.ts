import juggler from 'loopback-datasource-juggler';
import {isBound, registryOf} from '../scoped-registry/binding/builder-binding';
import type {ModelClass, StockDataSource} from '../scoped-registry/juggler/types';
import {haveSameItems} from '../scoped-registry/primitives/same-items';
import type {ModelRegistry} from '../scoped-registry/registry/model-registry';
import {changesOf, moves} from '../scoped-registry/registry/name-changes';
import {Registrations, type Registrable} from './registrations';
import type {TenantModels} from './tenant-models';

/** The kinds of owners that models have in a fork's registry: a datasource or a LoopBack application. */
export type OwnerType = 'dataSource' | 'app';

const APPLICATION_CLASSES = ['App', 'Application', 'LoopBackApplication'];

/** Tells by its members whether a value is a datasource or an application; null when it is neither. */
export function ownerType(owner: unknown): OwnerType | null {
  if (!isObject(owner)) return null;
  if (owner instanceof juggler.DataSource) return 'dataSource';
  const has = (name: string) => name in owner;
  const name = (owner.constructor as {name?: string} | undefined)?.name ?? '';
  if (has('connector') || has('modelBuilder') || name === 'DataSource') return 'dataSource';
  if (['models', 'registry', 'dataSources', 'middleware'].some(has)) return 'app';
  if (typeof (owner as {model?: unknown}).model === 'function' || (has('use') && has('listen'))) return 'app';
  return APPLICATION_CLASSES.includes(name) ? 'app' : null;
}

/** What a list of models was made from. While all of it is the same, the list is not made again. */
interface Sources {
  /** The running tenant. */
  readonly tenant: string | undefined;
  /** How often the sources have changed. */
  readonly changes: number;
}

/** The reference is weak, because the owner may outlive its models: a datasource that code holds outlives its tenant. */
interface List extends Sources {
  readonly models: WeakRef<readonly Registrable[]>;
}

/** An owner's lists, by the registry of the datasource's builder, or by the group of the running tenant. */
type Lists = WeakMap<object, List>;

/** Stands for the place of models that were registered by hand for an owner without a builder. */
const NO_REGISTRY = {};

/**
 * Finds the models of a datasource or an application: those that juggler lists and those that were registered by hand for
 * this owner. Owners are held weakly.
 */
export class OwnerModels {
  readonly #registrations = new WeakMap<object, Registrations>();
  readonly #lists: Readonly<Record<OwnerType, WeakMap<object, Lists>>> = {dataSource: new WeakMap(), app: new WeakMap()};
  /** The names of the models in each list. */
  readonly #names = new WeakMap<readonly Registrable[], readonly string[]>();

  constructor(private readonly tenants: TenantModels) {}

  /** The registrations that were made for an owner. */
  registrationsOf(owner: object): Registrations {
    let registrations = this.#registrations.get(owner);
    if (!registrations) this.#registrations.set(owner, (registrations = new Registrations()));
    return registrations;
  }

  /** Removes the registrations of an owner. @returns the number of model names removed */
  release(owner: object): number {
    return this.#registrations.get(owner)?.clear() ?? 0;
  }

  /**
   * The models that the running work may see, in a frozen array. Returns the same array again until the models change. A model
   * whose `dataSource` or `app` code has assigned is in the lists of its new owner after the next change of a list's sources.
   */
  list(owner: object, type: OwnerType): readonly Registrable[] {
    const tenant = this.tenants.currentTenant(); // throws for a code that names no tenant
    const place = this.#placeOf(owner, type);
    const changes = place && this.#changesOf(owner, type, place);
    const known = place && this.#lists[type].get(owner)?.get(place);
    const models = known?.models.deref();
    if (models && known!.changes === changes && known!.tenant === tenant) return models;
    const found = this.#byName(owner, type);
    const values = Object.freeze([...found.values()]);
    const list = models && haveSameItems(models, values) ? models : values;
    this.#names.set(list, [...found.keys()]);
    if (!place) return list;
    let lists = this.#lists[type].get(owner);
    if (!lists) this.#lists[type].set(owner, (lists = new WeakMap()));
    lists.set(place, {tenant, changes: changes!, models: new WeakRef(list)});
    return list;
  }

  /** The names of the models that the running work may see, in the order of the list. */
  names(owner: object, type: OwnerType): string[] {
    return [...this.#names.get(this.list(owner, type))!];
  }

  /**
   * Undefined for a datasource whose builder has no registry: its dictionary is juggler's own, and nothing counts its changes.
   */
  #placeOf(owner: object, type: OwnerType): object | undefined {
    if (type === 'app') return (this.tenants.ofRunningTenant() ?? this.tenants.ofNoTenant()).main;
    const builder = (owner as Partial<StockDataSource>).modelBuilder;
    if (!builder) return NO_REGISTRY;
    return isBound(builder) ? registryOf(builder) : undefined;
  }

  #changesOf(owner: object, type: OwnerType, place: object): number {
    let changes = moves.changes + (this.#registrations.get(owner)?.changes ?? 0);
    if (type === 'app') for (const group of this.tenants.visible()) changes += this.tenants.changes(group);
    else if (place !== NO_REGISTRY) {
      for (let each: ModelRegistry | undefined = place as ModelRegistry; each; each = each.shared)
        changes += changesOf(each).changes;
    }
    return changes;
  }

  #byName(owner: object, type: OwnerType): Map<string, Registrable> {
    const models = new Map<string, Registrable>();
    const add = (name: string, model: Registrable | undefined) => {
      if (model && !models.has(name) && isOwnedBy(model, owner, type)) models.set(name, model);
    };
    if (type === 'app') {
      for (const group of this.tenants.visible()) for (const [name, model] of this.tenants.namedIn(group)) add(name, model);
    } else {
      const listed = listedBy(owner);
      for (const name in listed) add(name, listed[name]);
    }
    const registered = this.#registrations.get(owner)?.named() ?? [];
    for (const [name, model] of registered) if (this.tenants.maySee(model)) add(name, model);
    return models;
  }

  /**
   * Finds one model of an owner that the running work may see.
   * @param includesTakenOver whether a datasource still has a model that an application has taken over
   */
  findOwned(owner: object, type: OwnerType, name: string, includesTakenOver: boolean): Registrable | undefined {
    this.tenants.currentTenant(); // throws for a code that names no tenant
    const listed = type === 'app' ? this.tenants.find(name) : listedBy(owner)[name];
    if (listed && isOwnedBy(listed, owner, type, includesTakenOver)) return listed;
    const model = this.#registrations.get(owner)?.findRegistered(name);
    return model && isOwnedBy(model, owner, type, includesTakenOver) && this.tenants.maySee(model) ? model : undefined;
  }
}

/** The models of a datasource's builder by name. Some may be attached to another datasource. */
function listedBy(dataSource: object): Record<string, ModelClass | undefined> {
  return (dataSource as {modelBuilder?: {models?: Record<string, ModelClass>}}).modelBuilder?.models ?? {};
}

/** @param includesTakenOver see `OwnerModels.findOwned` */
function isOwnedBy(model: Registrable, owner: object, type: OwnerType, includesTakenOver = false): boolean {
  if (type === 'app') return model.app === owner;
  return model.dataSource === owner && (includesTakenOver || !model.app);
}

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
