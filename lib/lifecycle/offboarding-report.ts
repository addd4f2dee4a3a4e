/** What an offboarding came to. Frozen. */
export interface OffboardingReport {
  readonly tenant: string;
  /** Named classes dropped. */
  readonly models: number;
  /** Embedded classes dropped. */
  readonly embeddedModels: number;
  /** Datasources of the tenant's that were disconnected. */
  readonly dataSources: number;
  /** Leases that ended by themselves before the deadline. */
  readonly leasesDrained: number;
  /** Leases that were cut at the deadline. */
  readonly leasesForced: number;
  /** What hooks threw, in the order of the hooks. */
  readonly hookErrors: readonly unknown[];
  /** Everything else that failed on the way: a disconnect, a listener. The rest was done all the same. */
  readonly errors: readonly unknown[];
  /** Milliseconds from the call to the report. */
  readonly duration: number;
  /** With `verify`: classes of the tenant that were still alive after a garbage collection. */
  readonly survivors?: number;
}

/** What an offboarding hook is told. */
export interface OffboardingEvent {
  readonly tenant: string;
  readonly reason: 'offboard';
  readonly models: number;
  readonly embeddedModels: number;
}

export type OffboardingHook = (event: OffboardingEvent) => unknown;
