import type {InputDocument} from './documents';
import type {ImplementationName} from './labels';

/** What a simulation is asked to do. */
export interface Plan {
  readonly implementation: ImplementationName;
  readonly documents: readonly InputDocument[];
  readonly tenants: number;
  /** How often each tenant's models are defined, one after another. */
  readonly rounds: number;
}

/** The process after a number of tenants, after a garbage collection. */
export interface Sample {
  readonly tenants: number;
  readonly classes: number;
  /** Heap above that of the process before the first tenant, in bytes. */
  readonly heap: number;
}

export interface Result {
  readonly implementation: ImplementationName;
  /** Growth tenant by tenant, and after half of them were offboarded. */
  readonly growth: readonly Sample[];
  readonly afterOffboarding: Sample;
  readonly classesPerTenant: number;
  readonly heapPerTenant: number;
  /** Milliseconds to define a tenant's models, all rounds; the median over the tenants. */
  readonly timePerTenant: number;
  /** Classes that the tenants which stayed had before any left. */
  readonly classesExpected: number;
  readonly classesLeft: number;
  /** Classes of offboarded tenants that are known to have survived; undefined where the implementation cannot tell. */
  readonly survivors: number | undefined;
}

/** From the simulating process to the one that started it. */
export type Message =
  | {readonly type: 'progress'; readonly done: number}
  | {readonly type: 'result'; readonly result: Result}
  | {readonly type: 'failure'; readonly message: string};

/** A simulation ended without a result; the message says why. */
export class SimulationError extends Error {
  override readonly name = 'SimulationError';
}

/** Steps of progress that a plan takes. */
export function stepsOf(plan: Plan): number {
  return plan.tenants + Math.floor(plan.tenants / 2);
}
