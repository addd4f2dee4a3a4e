/** The classes that are routed to the running tenant's datasource. */
const routed = new WeakSet<object>();

export function markRouted(model: object): void {
  routed.add(model);
}

export function isRouted(model: unknown): boolean {
  return typeof model === 'function' && routed.has(model);
}
