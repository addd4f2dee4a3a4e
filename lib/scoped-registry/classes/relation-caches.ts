import type {Method} from '../juggler/callback';
import {oneForEachMethod, replaceMethod} from '../juggler/method-replacement';
import type {ModelClass} from '../juggler/types';
import {ownerOf} from '../ownership/class-owner';
import {ownStateOf} from '../ownership/class-record';
import {tenantOfInstance} from '../ownership/instance-tenant';
import {checkBeforeRelations} from './relation-accessors';

type Rows = Record<string, unknown>;

/** What one tenant's work has loaded of the relations of an instance. */
interface TenantCache {
  /** juggler's `__cachedRelations`. */
  relations: Rows;
  /** What `include` has put among the data of the instance (`__data`), by relation. */
  readonly included: Rows;
}

/** By instance of a shared model: the caches of its relations. A tenant's cache goes with the tenant, even if the instance stays. */
class InstanceCaches {
  readonly #outside = newCache();
  readonly #byTenant = new WeakMap<object, TenantCache>();

  /** The cache for the running tenant's work; another one for work of no tenant. */
  ofRunningWork(instance: object): TenantCache {
    const key = ownerOf(instance.constructor)?.cacheKey();
    if (!key) return this.#outside;
    let cache = this.#byTenant.get(key);
    if (!cache) this.#byTenant.set(key, (cache = newCache()));
    return cache;
  }
}

const newCache = (): TenantCache => ({relations: {}, included: {}});
const caches = new WeakMap<object, InstanceCaches>();
const cacheOf = (instance: object) => caches.get(instance)!.ofRunningWork(instance);

/** All instances share these accessors. */
const CACHED_RELATIONS: PropertyDescriptor & ThisType<object> = {
  get() {
    return cacheOf(this).relations;
  },
  set(relations: Rows) {
    cacheOf(this).relations = relations;
  },
};

/**
 * Separates by tenant what juggler caches of relations on the instances of a shared class. Such an instance may live longer than a context,
 * and its related instances may be rows of a tenant. juggler answers later queries from the cache (scope.js, relation-definition.js,
 * include.js). An instance of a routed model belongs to one tenant and needs no separation.
 *
 * Called after each definition of a relation.
 */
export function separateRelationCaches(model: ModelClass): void {
  const owner = ownerOf(model);
  if (!owner || owner.tenant !== undefined || !ownStateOf<object>(model, 'relations')) return;
  // an instance may be older than the first relation of its class
  checkBeforeRelations(model, separateInstance);
  replaceMethod(model, 'include', separatingInclude);
  replaceMethod(model.prototype as object, '_initProperties', separatingInitialize);
}

const separatingInitialize = oneForEachMethod(initialize => {
  return function (...args) {
    initialize.apply(this, args);
    separateInstance(this as object);
  };
});

const separatingInclude = oneForEachMethod(include => {
  const replacement: Method = function (objects, relations, ...rest) {
    const names = includedRelations(relations);
    for (const object of Array.isArray(objects) ? (objects as unknown[]) : [objects]) {
      // a connector includes relations into plain objects, of which juggler makes instances later
      if (!(object instanceof (this as Function))) continue;
      separateInstance(object);
      if (caches.has(object)) separateIncluded(object, names);
    }
    return include.call(this, objects, relations, ...rest);
  };
  return Object.assign(replacement, include);
});

/** The relations that a value of `include` names on the included instances themselves (normalizeInclude in include.js). */
function includedRelations(include: unknown): string[] {
  if (typeof include === 'string') return [include];
  if (Array.isArray(include)) return include.flatMap(includedRelations);
  if (typeof include !== 'object' || include === null) return [];
  const {rel, relation} = include as {rel?: unknown; relation?: unknown};
  const name = rel || relation;
  return typeof name === 'string' ? [name] : Object.keys(include);
}

function separateInstance(instance: object): void {
  if (caches.has(instance) || tenantOfInstance(instance) !== undefined) return;
  const owner = ownerOf(instance.constructor);
  // a tenant's class may extend a shared one
  if (!owner || owner.tenant !== undefined) return;
  const property = Object.getOwnPropertyDescriptor(instance, '__cachedRelations');
  if (!property?.configurable) return;
  caches.set(instance, new InstanceCaches());
  Object.defineProperty(instance, '__cachedRelations', {
    ...CACHED_RELATIONS,
    enumerable: property.enumerable,
    configurable: true,
  });
  const relations = property.value as Rows | undefined;
  const names = Object.keys(relations ?? {});
  if (names.length === 0) return;
  cacheOf(instance).relations = relations!;
  separateIncluded(instance, names);
}

/** Makes the values of relations among the data of an instance the running tenant's own. */
function separateIncluded(instance: object, names: readonly string[]): void {
  const data = (instance as {__data?: Rows}).__data;
  const {relations = {}, definition} = instance.constructor as ModelClass;
  if (!data) return;
  for (const name of names) {
    // the row of the instance itself may have a property of the name
    if (!Object.hasOwn(relations, name) || (definition && Object.hasOwn(definition.properties, name))) continue;
    const property = Object.getOwnPropertyDescriptor(data, name);
    if (property?.get) continue;
    if (property) cacheOf(instance).included[name] = property.value;
    Object.defineProperty(data, name, {
      get: () => cacheOf(instance).included[name],
      set: (value: unknown) => void (cacheOf(instance).included[name] = value),
      enumerable: true,
      configurable: true,
    });
  }
}
