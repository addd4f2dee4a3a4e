import {TenantContext} from '../context/tenant-context';
import type {Clock} from '../time/clock';
import type {Drain} from '../generations/drain';

/** The result of `suspend`. Frozen. */
export interface SuspensionReport {
  readonly tenant: string;
  /** The number of contexts and leases that ended before the deadline. */
  readonly leasesDrained: number;
  /** The number of contexts and leases still in flight at the deadline. They go on: a suspension aborts nothing. */
  readonly leasesLeft: number;
  /** Milliseconds from the call to the report. */
  readonly duration: number;
}

/** Waits for the work in flight of a suspended tenant, for `timeout` milliseconds at most, and makes the report. */
export async function drainSuspended(tenant: string, drain: Drain, timeout: number, clock: Clock): Promise<SuspensionReport> {
  const start = clock.now();
  const leases = drain.leasesLeft;
  await drain.wait(clock, isPartOfDrain(drain, tenant) ? 0 : timeout);
  const leasesLeft = drain.leasesLeft;
  return Object.freeze({tenant, leasesDrained: leases - leasesLeft, leasesLeft, duration: clock.now() - start});
}

/** Whether the caller is itself part of the work in flight. It must not wait for the drain, which would wait for it. */
export function isPartOfDrain(drain: Drain, tenant: string): boolean {
  return drain.holds(TenantContext.current?.innermostOf(tenant));
}
