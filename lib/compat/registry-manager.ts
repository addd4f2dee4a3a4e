import {runWithin} from '../lifecycle/context/tenant-context';
import type {ModelRegistryApi} from './model-registry-api';
import type {RegistryStats} from './registry-stats';

export interface RegistryManagerStats {
  readonly cleanupInterval: number;
  readonly maxIdleTime: number;
  /** Whether it cleans up periodically. */
  readonly isActive: boolean;
  readonly registryStats: RegistryStats;
}

/** Tenants evicted in one stretch, some milliseconds; the rest waits for the next turn of the event loop. */
const STRETCH = 100;

/**
 * Evicts idle tenants when it is asked to, or from time to time once it was started. It need not be: the registries do
 * that themselves, after their `idleTtl`.
 */
export class RegistryManager {
  /** Milliseconds between two rounds; read when it is started. */
  cleanupInterval = 5 * 60_000;
  /** Milliseconds without use after which a tenant is idle; read at each round. */
  maxIdleTime = 30 * 60_000;
  /** Null as long as it is not started. It does not hold the process open. */
  timer: NodeJS.Timeout | null = null;

  constructor(private readonly registry: ModelRegistryApi) {}

  startPeriodicCleanup(): void {
    // for no tenant: the timer would keep the context of whoever was there
    this.timer ??= runWithin(undefined, setInterval, undefined, [() => this.cleanup(), this.cleanupInterval]).unref();
  }

  stopPeriodicCleanup(): void {
    clearInterval(this.timer ?? undefined);
    this.timer = null;
  }

  /** Stops. */
  reset(): void {
    this.stopPeriodicCleanup();
  }

  /** Evicts every tenant that has no work in flight. @returns how many */
  forceCleanup(): number {
    return this.registry.cleanupInactiveTenants(0);
  }

  getStats(): RegistryManagerStats {
    const {cleanupInterval, maxIdleTime, timer, registry} = this;
    return {cleanupInterval, maxIdleTime, isActive: timer !== null, registryStats: registry.getStats()};
  }

  /** One round, stretch by stretch. */
  private cleanup(): void {
    const evicted = this.registry.cleanupInactiveTenants(this.maxIdleTime, STRETCH);
    if (evicted === STRETCH) setImmediate(() => this.timer && this.cleanup()).unref();
  }
}
