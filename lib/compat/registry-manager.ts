import {runWithin} from '../lifecycle/context/tenant-context';
import type {ModelRegistryApi} from './model-registry-api';
import type {RegistryStats} from './registry-stats';
import {clearInterval, setImmediate, setInterval} from '../scoped-registry/primitives/timers';

/** The result of `registryManager.getStats`. */
export interface RegistryManagerStats {
  readonly cleanupInterval: number;
  readonly maxIdleTime: number;
  /** Whether the periodic clean-up is started. */
  readonly isActive: boolean;
  readonly registryStats: RegistryStats;
}

/** The number of tenants evicted in one turn of the event loop, which takes some milliseconds. */
const BATCH_SIZE = 100;

/**
 * Evicts idle tenants, on request or periodically. Services that were written for a fork start it. It is not needed any
 * more: TenantRegistries evicts idle tenants itself, after `idleTtl`.
 */
export class RegistryManager {
  /** Milliseconds between two rounds. A change takes effect at the next start. */
  cleanupInterval = 5 * 60_000;
  /** A tenant is idle after this many milliseconds without use. A change takes effect at the next round. */
  maxIdleTime = 30 * 60_000;
  /** The timer of the periodic clean-up, null when it is not started. It does not keep the process open. */
  timer: NodeJS.Timeout | null = null;

  constructor(private readonly registry: ModelRegistryApi) {}

  /** Starts the periodic clean-up, unless it is started. */
  startPeriodicCleanup(): void {
    // Without `runWithin(undefined, …)` the timer would keep the context of the tenant that runs now, as long as it ticks.
    this.timer ??= runWithin(undefined, setInterval, undefined, [() => this.cleanup(), this.cleanupInterval]).unref();
  }

  /** Stops the periodic clean-up. It may be called again. */
  stopPeriodicCleanup(): void {
    clearInterval(this.timer ?? undefined);
    this.timer = null;
  }

  /** The same as `stopPeriodicCleanup`. */
  reset(): void {
    this.stopPeriodicCleanup();
  }

  /** Evicts every tenant that has no work in flight. @returns the number of tenants evicted */
  forceCleanup(): number {
    return this.registry.cleanupInactiveTenants(0);
  }

  /** A snapshot of the settings and of the registry's counters. */
  getStats(): RegistryManagerStats {
    const {cleanupInterval, maxIdleTime, timer, registry} = this;
    return {cleanupInterval, maxIdleTime, isActive: timer !== null, registryStats: registry.getStats()};
  }

  /** One round. It evicts one batch in each turn of the event loop, so that requests are served in between. */
  private cleanup(): void {
    const evicted = this.registry.cleanupInactiveTenants(this.maxIdleTime, BATCH_SIZE);
    if (evicted === BATCH_SIZE) setImmediate(() => this.timer && this.cleanup()).unref();
  }
}
