import juggler from 'loopback-datasource-juggler';
import type {ModelClass} from '../scoped-registry/juggler/types';
import {haveSameItems} from '../scoped-registry/primitives/same-items';
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

/**
 * Finds the models of a datasource or an application: those that juggler lists and those that were registered by hand for
 * this owner. Owners are held weakly.
 */
export class OwnerModels {
  readonly #registrations = new WeakMap<object, Registrations>();
  readonly #lists = new WeakMap<object, Partial<Record<OwnerType, readonly Registrable[]>>>();

  constructor(private readonly tenants: TenantModels) {}

  /** The registrations that were made for an owner. */
  registrationsOf(owner: object): Registrations {
    let registrations = this.#registrations.get(owner);
    if (!registrations) this.#registrations.set(owner, (registrations = new Registrations()));
    return registrations;
  }

  /** Removes the registrations of an owner. @returns the number of model names removed */
  release(owner: object): number {
    const names = [...(this.#registrations.get(owner)?.named() ?? [])].length;
    this.#registrations.delete(owner);
    return names;
  }

  /** The models in a frozen array. Returns the same array again until the models change. */
  list(owner: object, type: OwnerType): readonly Registrable[] {
    const found = Object.freeze([...this.byName(owner, type).values()]);
    const lists = this.#lists.get(owner) ?? {};
    this.#lists.set(owner, lists);
    const known = lists[type];
    if (known && haveSameItems(known, found)) return known;
    return (lists[type] = found);
  }

  /** All models of an owner that the running work may see, by name. */
  byName(owner: object, type: OwnerType): Map<string, Registrable> {
    this.tenants.currentTenant(); // throws for a code that names no tenant
    const models = new Map<string, Registrable>();
    const add = (name: string, model: Registrable | undefined) => {
      if (model && isOwnedBy(model, owner, type)) models.set(name, model);
    };
    if (type === 'app') for (const [name, model] of this.tenants.visibleByName()) add(name, model);
    else {
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
