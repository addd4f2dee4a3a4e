import {TenantMismatchError} from '../../scoped-registry/errors';
import type {ModelClass} from '../../scoped-registry/juggler/types';
import {defineOwn} from '../../scoped-registry/primitives/own-property';

/** The tenant that each instance of a routed model was made or loaded for: its code, which keeps nothing of the tenant. */
const tenants = new WeakMap<object, string>();

/** juggler's statics that define a relation under a name. */
const RELATIONS = ['belongsTo', 'hasMany', 'hasOne', 'hasAndBelongsToMany', 'embedsOne', 'embedsMany', 'referencesMany'];

type Running = () => string | undefined;
type Definer = (this: ModelClass, ...args: unknown[]) => unknown;

/** An instance that was made where no tenant ran belongs to the first one that saves it. */
export function setTenantOfInstance(value: unknown, tenant: string): void {
  if (typeof value === 'object' && value !== null && !tenants.has(value)) tenants.set(value, tenant);
}

/**
 * @param value an instance, or an array of some; anything else passes
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

/** Lets the instances of a model remember the tenant that they are made for, and their relations serve no other one. */
export function rememberTenants(model: ModelClass, running: Running): void {
  const prototype = model.prototype as {_initProperties(...args: unknown[]): void};
  const initialize = prototype._initProperties;
  const value = function (this: object, ...args: unknown[]) {
    const tenant = running();
    if (tenant !== undefined) setTenantOfInstance(this, tenant);
    initialize.apply(this, args);
  };
  defineOwn(prototype, '_initProperties', value);
  guardRelations(model, running);
  const statics = model as unknown as Record<string, Definer | undefined>;
  for (const name of RELATIONS) {
    const define = statics[name];
    if (!define) continue;
    statics[name] = function (...args) {
      const relation = define.apply(this, args);
      if (this === model) guardRelations(model, running);
      return relation;
    };
  }
}

const guarded = new WeakSet<object>();

/** Everything that a relation can do for an instance begins with the accessor of its name. */
function guardRelations(model: ModelClass, running: Running): void {
  for (const name of Object.keys(model.relations ?? {})) {
    const property = Object.getOwnPropertyDescriptor(model.prototype, name);
    const get = property?.get;
    if (!get || !property.configurable || guarded.has(get)) continue;
    const checked = function (this: object): unknown {
      const tenant = running();
      if (tenant !== undefined) assertTenantOfInstance(this, tenant);
      return get.call(this);
    };
    guarded.add(checked);
    Object.defineProperty(model.prototype, name, {...property, get: checked});
  }
}
