/** The code of the tenant that each instance of a routed model belongs to. A code keeps no tenant alive. */
const tenants = new WeakMap<object, string>();

/** The tenant that an instance of a routed model belongs to; undefined for any other value, and for an instance of no tenant. */
export function tenantOfInstance(instance: object): string | undefined {
  return tenants.get(instance);
}

/** Sets the tenant of an instance, if it has none: an instance that was made outside any tenant belongs to the first that saves it. */
export function setTenantOfInstance(value: unknown, tenant: string): void {
  if (typeof value === 'object' && value !== null && !tenants.has(value)) tenants.set(value, tenant);
}
