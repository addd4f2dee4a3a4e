/** The steps of an offboarding, in their order. */
export type OffboardingStepName = 'drain' | 'abort' | 'before-hooks' | 'dispose' | 'disconnect' | 'after-hooks';

/** One step of an offboarding. Frozen. */
export interface OffboardingStep {
  readonly step: OffboardingStepName;
  /** Milliseconds. */
  readonly duration: number;
  /** What failed in this step; the steps after it were done all the same. */
  readonly errors: readonly unknown[];
}

/** What an offboarding came to. Frozen. */
export interface OffboardingReport {
  readonly tenant: string;
  /** The number of the registry that ended, undefined where the tenant had none. */
  readonly generation: number | undefined;
  /** Named classes dropped. */
  readonly models: number;
  /** Embedded classes dropped. */
  readonly embeddedModels: number;
  /** Datasources of the tenant's that were disconnected. */
  readonly dataSources: number;
  /** Contexts and leases that ended by themselves before the deadline. */
  readonly leasesDrained: number;
  /** Contexts and leases that were cut at the deadline: their signal is aborted, and using the tenant is an error for them. */
  readonly leasesForced: number;
  /** Operations in flight, within contexts and without, that were answered with the error at the deadline. */
  readonly operationsForced: number;
  /** What hooks threw: before-hooks, then after-hooks, each in the order of their registration. */
  readonly hookErrors: readonly unknown[];
  /** Everything else that failed on the way: a disconnect, a listener. The rest was done all the same. */
  readonly errors: readonly unknown[];
  /** What was done, in order. A retry lists what it did again. */
  readonly steps: readonly OffboardingStep[];
  /** Milliseconds from the call to the report. */
  readonly duration: number;
  /** With `verify`: classes of the tenant that were still alive after a garbage collection. */
  readonly survivors?: number;
}

/** What an offboarding hook is told. Frozen. */
export interface OffboardingEvent {
  readonly tenant: string;
  readonly reason: 'offboard';
  readonly models: number;
  readonly embeddedModels: number;
}

export type OffboardingHook = (event: OffboardingEvent) => unknown;
