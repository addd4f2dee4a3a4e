import {Cohort} from './cohort';
import {Context, runningContext} from './context';

/**
 * Runs `work` for a tenant, or for no tenant, in a context that does not count as work in flight. It is for what the library does on
 * a tenant's behalf, such as connecting and disconnecting its datasource, whichever context asks for it. The context has ended when this
 * returns; what `work` has started still has the tenant.
 */
export function runUncounted<Result>(tenant: string | undefined, work: () => Result): Result {
  if (tenant === undefined) return runningContext.run(undefined, work);
  const context = new Context(new Cohort(tenant));
  try {
    return runningContext.run(context, work);
  } finally {
    context.endContext();
  }
}
