import {TenantContext} from '../context/tenant-context';
import type {Clock} from '../time/clock';
import type {Drain} from '../generations/drain';

/** What a suspension came to. Frozen. */
export interface SuspensionReport {
  readonly tenant: string;
  /** Contexts and leases that ended before the deadline. */
  readonly leasesDrained: number;
  /** Contexts and leases that were still in flight at the deadline; they go on, for a suspension cuts nothing. */
  readonly leasesLeft: number;
  /** Milliseconds from the call to the report. */
  readonly duration: number;
}

/** Waits for the work in flight of a tenant that takes no new work, or for `timeout` milliseconds. */
export async function drainSuspended(tenant: string, drain: Drain, timeout: number, clock: Clock): Promise<SuspensionReport> {
  const start = clock.now();
  const leases = drain.leasesLeft;
  await drain.wait(clock, ownWorkWaits(drain, tenant) ? 0 : timeout);
  const leasesLeft = drain.leasesLeft;
  return Object.freeze({tenant, leasesDrained: leases - leasesLeft, leasesLeft, duration: clock.now() - start});
}

/** Whether the caller is part of the work that it would wait for: it would wait for itself. */
export function ownWorkWaits(drain: Drain, tenant: string): boolean {
  return drain.holds(TenantContext.current?.innermostOf(tenant));
}
