import {TenantMismatchError} from '../../scoped-registry/errors';
import type {ModelClass} from '../../scoped-registry/juggler/types';
import {defineOwn} from '../../scoped-registry/primitives/own-property';

/** The code of the tenant for which each instance of a routed model was made or loaded. A code keeps no tenant alive. */
const tenants = new WeakMap<object, string>();

/** juggler's static methods that define a relation. */
const RELATION_METHODS = ['belongsTo', 'hasMany', 'hasOne', 'hasAndBelongsToMany', 'embedsOne', 'embedsMany', 'referencesMany'];

type CurrentTenant = () => string | undefined;
type RelationMethod = (this: ModelClass, ...args: unknown[]) => unknown;

/** Sets the tenant of an instance, if it has none: an instance that was made outside any tenant belongs to the first that saves it. */
export function setTenantOfInstance(value: unknown, tenant: string): void {
  if (typeof value === 'object' && value !== null && !tenants.has(value)) tenants.set(value, tenant);
}

/**
 * Checks that an instance belongs to the running tenant.
 * @param value an instance or an array of instances; any other value passes
 * @throws TenantMismatchError `TENANT_MISMATCH`
 */
export function assertTenantOfInstance(value: unknown, running: string): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const each of value) assertTenantOfInstance(each, running);
    return;
  }
  const tenant = tenants.get(value);
  if (tenant === undefined || tenant === running) return;
  throw new TenantMismatchError(`This ${(value.constructor as ModelClass).modelName}`, tenant, running);
}

/**
 * Makes each instance of a model remember the tenant for which it was made. A relation of such an instance throws
 * `TENANT_MISMATCH` where another tenant runs.
 */
export function rememberTenants(model: ModelClass, currentTenant: CurrentTenant): void {
  const prototype = model.prototype as {_initProperties(...args: unknown[]): void};
  const initialize = prototype._initProperties;
  const value = function (this: object, ...args: unknown[]) {
    const tenant = currentTenant();
    if (tenant !== undefined) setTenantOfInstance(this, tenant);
    initialize.apply(this, args);
  };
  defineOwn(prototype, '_initProperties', value);
  guardRelations(model, currentTenant);
  const statics = model as unknown as Record<string, RelationMethod | undefined>;
  for (const name of RELATION_METHODS) {
    const define = statics[name];
    if (!define) continue;
    statics[name] = function (...args) {
      const relation = define.apply(this, args);
      if (this === model) guardRelations(model, currentTenant);
      return relation;
    };
  }
}

/** Accessors that check the tenant already. */
const guardedAccessors = new WeakSet<object>();

/** Puts a check into each relation's accessor on the prototype: every use of a relation on an instance begins there. */
function guardRelations(model: ModelClass, currentTenant: CurrentTenant): void {
  for (const name of Object.keys(model.relations ?? {})) {
    const property = Object.getOwnPropertyDescriptor(model.prototype, name);
    const get = property?.get;
    if (!get || !property.configurable || guardedAccessors.has(get)) continue;
    const checked = function (this: object): unknown {
      const tenant = currentTenant();
      if (tenant !== undefined) assertTenantOfInstance(this, tenant);
      return get.call(this);
    };
    guardedAccessors.add(checked);
    Object.defineProperty(model.prototype, name, {...property, get: checked});
  }
}
