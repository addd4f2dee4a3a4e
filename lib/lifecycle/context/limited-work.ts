import {withDeadline} from '../time/deadline';
import type {Clock} from '../time/clock';
import {openOwnCohort} from './cohort';
import {beginContext, Context} from './context';
import {runInPlace, TenantContext} from './tenant-context';

/**
 * Runs `work` in a context of a tenant that ends after `ms` milliseconds at the latest. Work that takes longer is given up: it
 * counts as in flight no more, its signal is aborted, its later uses of the tenant throw, and what becomes of it is ignored.
 * Within a context of the same tenant, that context's drains wait for the work, and only its own context is ended.
 * @param ms Infinity: without a limit
 * @returns what `work` returns
 * @throws what `work` throws, and `timeoutError()` when the work is given up
 */
export function runLimited<Result>(
  clock: Clock,
  tenant: string,
  ms: number,
  work: () => Result | Promise<Result>,
  timeoutError: () => Error,
): Promise<Result> {
  const enclosing = TenantContext.current;
  const cohort = enclosing?.innermostOf(tenant) ? undefined : openOwnCohort(tenant);
  const context = cohort ? new Context(cohort, enclosing?.enclosingOfNested()) : beginContext(tenant, enclosing);
  const running = runInPlace(context, async () => work());
  if (ms === Infinity) return running;
  return withDeadline(clock, running, ms, () => {
    const error = timeoutError();
    if (cohort) cohort.giveUp(error);
    else context.endContext();
    return error;
  });
}
