import {TenantMismatchError} from '../../scoped-registry/errors';
import type {ModelClass} from '../../scoped-registry/juggler/types';
import {checkBeforeRelations} from '../../scoped-registry/classes/relation-accessors';
import {setTenantOfInstance, tenantOfInstance} from '../../scoped-registry/ownership/instance-tenant';
import {defineOwn} from '../../scoped-registry/primitives/own-property';

/** juggler's static methods that define a relation. */
const RELATION_METHODS = ['belongsTo', 'hasMany', 'hasOne', 'hasAndBelongsToMany', 'embedsOne', 'embedsMany', 'referencesMany'];

type CurrentTenant = () => string | undefined;
type RelationMethod = (this: ModelClass, ...args: unknown[]) => unknown;

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
  const tenant = tenantOfInstance(value);
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
  const check = (instance: object) => {
    const tenant = currentTenant();
    if (tenant !== undefined) assertTenantOfInstance(instance, tenant);
  };
  checkBeforeRelations(model, check);
  const statics = model as unknown as Record<string, RelationMethod | undefined>;
  for (const name of RELATION_METHODS) {
    const define = statics[name];
    if (!define) continue;
    statics[name] = function (...args) {
      const relation = define.apply(this, args);
      if (this === model) checkBeforeRelations(model, check);
      return relation;
    };
  }
}
