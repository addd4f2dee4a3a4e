import {TenantMismatchError} from '../errors';

/** What a tenant's registry needs to know of the tenant whose work is running. Only a TenantRegistries has it. */
export interface RunningTenants {
  /**
   * The running tenant if it is another one than `tenant`. Undefined if it is the same one, if no tenant runs, and if the option
   * `allowCrossTenantUse` is on.
   * @throws what the option `currentTenant` throws
   */
  otherThan(tenant: string): string | undefined;
  /** Runs `work` for a tenant, or for none, without counting it as work in flight. */
  runFor<Result>(tenant: string | undefined, work: () => Result): Result;
}

/** What belongs to a tenant, or to none: a registry, a datasource's use, a builder's binding. */
export interface TenantOwned {
  readonly tenant: string | undefined;
  /** @internal */
  readonly runningTenants: RunningTenants | undefined;
}

/** Returns the running tenant if `owned` belongs to another one. */
export function otherRunningTenant(owned: TenantOwned | undefined): string | undefined {
  if (owned?.tenant === undefined) return undefined;
  return owned.runningTenants?.otherThan(owned.tenant);
}

const REMEDY =
  "Use what is the running tenant's own: ask for its datasource, repository or model at each use and keep none of them, for example in " +
  'a singleton. ';

/**
 * Makes the error for a use of something that belongs to `owned`, while tenant `running` runs.
 * @param use the beginning of the sentence: what is called on what
 */
export function mismatchError(use: string, owned: TenantOwned, running: string): TenantMismatchError {
  const tenant = owned.tenant!;
  const remedy = `${REMEDY}Work for ${JSON.stringify(tenant)} belongs within TenantContext.run(${JSON.stringify(tenant)}, …).`;
  return new TenantMismatchError(`${use}, which`, tenant, running, remedy);
}
