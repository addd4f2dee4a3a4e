/** Why a registry was let go. Hooks, events, stats and leak reports use the same words. */
export type EndReason = (typeof END_REASONS)[number];

/**
 * - `lru`: `max` or `maxModels` was exceeded, and this tenant was the least recently used;
 * - `idle`: the tenant was not used for `idleTtl`, or its last context ended `lastContextGrace` ago;
 * - `memory`: `shed` was called, as MemoryPressure does when the heap is nearly full;
 * - `manual`: `evict` or `evictAll` was called;
 * - `reload`: `reload` was called;
 * - `offboard`: the tenant was offboarded;
 * - `shutdown`: `shutdown` or `dispose` was called.
 */
export const END_REASONS = Object.freeze(['lru', 'idle', 'memory', 'manual', 'reload', 'offboard', 'shutdown'] as const);
