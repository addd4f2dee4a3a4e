import {channel, type Channel} from 'node:diagnostics_channel';
import {TwoCopiesError, type PackageCopy} from '../../scoped-registry/errors';
import {thisCopy} from '../../scoped-registry/package-copy';

/** A copy of this package that has run work for a tenant in this process. */
interface RunningCopy {
  readonly copy: PackageCopy;
  runningTenant(): string | undefined;
}

/** Holds the copies weakly: a test runner that loads the package anew for each file must not keep them all. */
type Meeting = Channel & {[COPIES]?: Set<WeakRef<RunningCopy>>};

const COPIES = Symbol.for('loopback-scoped-registry.copies');

/** The channel of a name is one object for the process, as long as a copy holds it. So copies find each other without a global. */
let meeting: Meeting | undefined;
let self: RunningCopy | undefined;

function copies(): Set<WeakRef<RunningCopy>> {
  meeting ??= channel('loopback-scoped-registry:copies') as Meeting;
  return (meeting[COPIES] ??= new Set());
}

/** Makes this copy known to the others, when it runs work for a tenant for the first time. */
export function announceCopy(runningTenant: () => string | undefined): void {
  if (self) return;
  self = {copy: thisCopy, runningTenant};
  const known = copies();
  for (const ref of known) if (!ref.deref()) known.delete(ref);
  known.add(new WeakRef(self));
}

/**
 * Must be called where this copy finds no tenant, and would take the work for work of no tenant.
 * @param use what is done, the beginning of a sentence
 * @throws TwoCopiesError `TWO_COPIES`, if a context of another copy runs
 */
export function assertNoOtherCopyRuns(use: string): void {
  const known = copies();
  if (known.size <= (self ? 1 : 0)) return;
  for (const ref of known) {
    const other = ref.deref();
    const tenant = other === self ? undefined : other?.runningTenant();
    if (tenant === undefined) continue;
    const running = `${use} while tenant ${JSON.stringify(tenant)} runs in a context of another copy`;
    throw new TwoCopiesError(running, thisCopy, other!.copy);
  }
}
