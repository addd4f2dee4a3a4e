/** The types that the command and the simulating child process share: the plan, the result and the messages. */
import type {InputDocument} from './input-document';
import type {ImplementationName} from './labels';

/** The work of one child process. */
export interface Plan {
  readonly implementation: ImplementationName;
  readonly documents: readonly InputDocument[];
  readonly tenants: number;
  /** How often each tenant's models are defined, one after another. */
  readonly rounds: number;
}

/** One measurement of the process, taken after a garbage collection. */
export interface Sample {
  /** The number of tenants defined at that time. */
  readonly tenants: number;
  /** The number of live model classes. */
  readonly classes: number;
  /** The heap in bytes, less the heap before the first tenant. */
  readonly heap: number;
}

/** The result of a simulation of one implementation. */
export interface Result {
  readonly implementation: ImplementationName;
  /** The growth from no tenant to all of them. */
  readonly growth: readonly Sample[];
  /** The measurement after half of the tenants were offboarded. */
  readonly afterOffboarding: Sample;
  readonly classesPerTenant: number;
  readonly heapPerTenant: number;
  /** Milliseconds to define a tenant's models in all rounds: the median over the tenants. */
  readonly timePerTenant: number;
  /** The number of classes of the remaining tenants before the offboarding. So many may be left. */
  readonly classesExpected: number;
  /** The number of classes after the offboarding. */
  readonly classesLeft: number;
  /** The surviving classes of offboarded tenants; undefined when the implementation cannot count them. */
  readonly survivors: number | undefined;
}

/** The messages from the child process to the command. */
export type Message =
  | {readonly type: 'progress'; readonly done: number}
  | {readonly type: 'result'; readonly result: Result}
  | {readonly type: 'failure'; readonly message: string};

/** A simulation has ended without a result. The message says why. */
export class SimulationError extends Error {
  override readonly name = 'SimulationError';
}

/** The number of progress steps of a plan: one for each tenant defined, and one for each tenant offboarded. */
export function stepsOf(plan: Plan): number {
  return plan.tenants + Math.floor(plan.tenants / 2);
}
