/** Why a registry was let go: the same words in hooks, events, stats, logs and metrics. */
export type EndReason = (typeof END_REASONS)[number];

/**
 * - `lru`: others were used more recently, and `max` or `maxModels` was reached;
 * - `idle`: not used for `idleTtl`, or `lastContextGrace` after its last context ended;
 * - `memory`: shed because the heap was nearly full;
 * - `manual`: `evict` was called;
 * - `reload`: `reload` was called, and the next use builds the tenant anew;
 * - `offboard`: the tenant has left for good;
 * - `shutdown`: `shutdown` or `dispose` was called.
 */
export const END_REASONS = Object.freeze(['lru', 'idle', 'memory', 'manual', 'reload', 'offboard', 'shutdown'] as const);
