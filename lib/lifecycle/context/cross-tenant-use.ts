import type {RunningTenants} from '../../scoped-registry/ownership/running-tenants';
import {runUncounted} from './uncounted-context';

interface Options {
  readonly currentTenant: () => string | null | undefined;
  readonly allowCrossTenantUse: boolean;
}

/** Tells the tenants' registries which tenant is running, so that they can refuse the use of one tenant's things for another. */
export function runningTenantsOf({currentTenant, allowCrossTenantUse}: Options): RunningTenants {
  return {
    otherThan(tenant) {
      if (allowCrossTenantUse) return undefined;
      const running = currentTenant();
      return running === tenant ? undefined : (running ?? undefined);
    },
    runFor: runUncounted,
  };
}
