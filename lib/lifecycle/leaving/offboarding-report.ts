import type {TenantSettings} from '../tenant/tenant-settings';

/** The steps of an offboarding, in their order. */
export type OffboardingStepName = 'drain' | 'abort' | 'before-hooks' | 'dispose' | 'disconnect' | 'after-hooks';

/** One step of an offboarding. Frozen. */
export interface OffboardingStep {
  readonly step: OffboardingStepName;
  /** How long the step took, in milliseconds. */
  readonly duration: number;
  /** The errors of this step. Errors do not stop the later steps. */
  readonly errors: readonly unknown[];
}

/** The result of `offboard`. Frozen. */
export interface OffboardingReport {
  readonly tenant: string;
  /**
   * Whether this process held anything of the tenant: a registry, datasources, settings, a suspension, or work in flight. False
   * for a misspelt code, and for a tenant that this process has not used.
   */
  readonly found: boolean;
  /** The generation of the registry that ended, the latest where several ended; undefined where the tenant had none. */
  readonly generation: number | undefined;
  /** The number of named classes dropped. */
  readonly models: number;
  /** The number of embedded classes dropped. */
  readonly embeddedModels: number;
  /** The number of the tenant's datasources that were disconnected. */
  readonly dataSources: number;
  /** The number of contexts and leases that ended by themselves before the deadline. */
  readonly leasesDrained: number;
  /**
   * The number of contexts and leases that were aborted at the deadline: their signals are aborted, and they get an error
   * when they use the tenant.
   */
  readonly leasesForced: number;
  /**
   * The number of operations in flight that were answered with the error `TENANT_OFFBOARDED` at the deadline, in contexts and
   * outside of them.
   */
  readonly operationsForced: number;
  /** The errors of the hooks: first of the before-hooks, then of the after-hooks, each in the order of registration. */
  readonly hookErrors: readonly unknown[];
  /** All other errors, for example of a disconnect or a listener. They did not stop the offboarding. */
  readonly errors: readonly unknown[];
  /** The steps in the order in which they were done. The report of a retry lists only the steps of the retry. */
  readonly steps: readonly OffboardingStep[];
  /** Milliseconds from the call to the report. */
  readonly duration: number;
  /** With `verify`, for a tenant that was found: the number of its classes that were still alive after a garbage collection. */
  readonly survivors?: number;
}

/** The argument of an offboarding hook. Frozen. */
export interface OffboardingEvent {
  readonly tenant: string;
  readonly reason: 'offboard';
  /** The tenant's settings, if it had any, also where the tenant was reinstated and configured anew meanwhile. */
  readonly settings?: TenantSettings;
  /** The number of the tenant's named classes. */
  readonly models: number;
  /** The number of the tenant's embedded classes. */
  readonly embeddedModels: number;
}

/** A hook for `beforeOffboard` or `onOffboard`. A promise that it returns is awaited. */
export type OffboardingHook = (event: OffboardingEvent) => unknown;
