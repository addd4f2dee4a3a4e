import juggler from 'loopback-datasource-juggler';
import type {ModelClass} from '../scoped-registry/juggler/types';
import {haveSameItems} from '../scoped-registry/primitives/same-items';
import {Registrations, type Registrable} from './registrations';
import type {TenantModels} from './tenant-models';

export type OwnerType = 'dataSource' | 'app';

const APPLICATIONS = ['App', 'Application', 'LoopBackApplication'];

/** What a value can own models as; null for what cannot. */
export function ownerType(owner: unknown): OwnerType | null {
  if (!isObject(owner)) return null;
  if (owner instanceof juggler.DataSource) return 'dataSource';
  const has = (name: string) => name in owner;
  const name = (owner.constructor as {name?: string} | undefined)?.name ?? '';
  if (has('connector') || has('modelBuilder') || name === 'DataSource') return 'dataSource';
  if (['models', 'registry', 'dataSources', 'middleware'].some(has)) return 'app';
  if (typeof (owner as {model?: unknown}).model === 'function' || (has('use') && has('listen'))) return 'app';
  return APPLICATIONS.includes(name) ? 'app' : null;
}

/** Which models a datasource or an application has. */
export class OwnerModels {
  readonly #registered = new WeakMap<object, Registrations>();
  readonly #lists = new WeakMap<object, Partial<Record<OwnerType, readonly Registrable[]>>>();

  constructor(private readonly tenants: TenantModels) {}

  /** What was registered for an owner. */
  registered(owner: object): Registrations {
    let registrations = this.#registered.get(owner);
    if (!registrations) this.#registered.set(owner, (registrations = new Registrations()));
    return registrations;
  }

  /** Forgets what was registered for an owner. @returns the number of names */
  release(owner: object): number {
    const names = [...(this.#registered.get(owner)?.named() ?? [])].length;
    this.#registered.delete(owner);
    return names;
  }

  /** The same frozen array as long as the models are the same. */
  list(owner: object, type: OwnerType): readonly Registrable[] {
    const found = Object.freeze([...this.byName(owner, type).values()]);
    const lists = this.#lists.get(owner) ?? {};
    this.#lists.set(owner, lists);
    const known = lists[type];
    if (known && haveSameItems(known, found)) return known;
    return (lists[type] = found);
  }

  byName(owner: object, type: OwnerType): Map<string, Registrable> {
    const models = new Map<string, Registrable>();
    const add = (name: string, model: Registrable | undefined) => {
      if (model && isOwnedBy(model, owner, type)) models.set(name, model);
    };
    if (type === 'app') for (const [name, model] of this.tenants.visibleByName()) add(name, model);
    else {
      const listed = listedBy(owner);
      for (const name in listed) add(name, listed[name]);
    }
    for (const [name, model] of this.#registered.get(owner)?.named() ?? []) if (this.tenants.maySee(model)) add(name, model);
    return models;
  }

  /** @param shared whether a model that an application has taken over is its datasource's as well */
  findOwned(owner: object, type: OwnerType, name: string, shared: boolean): Registrable | undefined {
    const listed = type === 'app' ? this.tenants.find(name) : listedBy(owner)[name];
    if (listed && isOwnedBy(listed, owner, type, shared)) return listed;
    const model = this.#registered.get(owner)?.findRegistered(name);
    return model && isOwnedBy(model, owner, type, shared) && this.tenants.maySee(model) ? model : undefined;
  }
}

/** What a datasource lists by name: all that its builder has. */
function listedBy(dataSource: object): Record<string, ModelClass | undefined> {
  return (dataSource as {modelBuilder?: {models?: Record<string, ModelClass>}}).modelBuilder?.models ?? {};
}

/** One that an application has taken over is no longer its datasource's alone. */
function isOwnedBy(model: Registrable, owner: object, type: OwnerType, shared = false): boolean {
  if (type === 'app') return model.app === owner;
  return model.dataSource === owner && (shared || !model.app);
}

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
