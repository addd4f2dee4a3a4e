import {ScopedRegistryError, settleStack, TenantUnavailableError} from '../scoped-registry/errors';

/** The failures of the application's look-ups and preparations, until they are reported. */
const unreported = new WeakSet<Error>();

/**
 * Returns the error for the requests that wait for a look-up or a preparation that has failed: this library's error about this tenant if the
 * application's function has thrown one, else `TENANT_UNAVAILABLE` with its error as the cause.
 */
export function failureOf(tenant: string, error: unknown, retryAfter: number): ScopedRegistryError {
  // of no other error is anything read: user code throws anything
  if (error instanceof ScopedRegistryError && error.tenant === tenant) return settleStack(error);
  const failure = settleStack(new TenantUnavailableError(tenant, error, retryAfter));
  unreported.add(failure);
  return failure;
}

/** Whether an error is such a failure and no caller has asked for it before: the requests that wait for it all get the same error. */
export function isUnreportedFailure(error: unknown): boolean {
  return unreported.delete(error as Error);
}
