import {settleStack} from '../../scoped-registry/errors';
import {tenantCode} from '../../scoped-registry/tenant-code';

/** A context whose `signal` was read. */
interface Abortable {
  abort(reason: Error): void;
}

/**
 * Counts the contexts of a tenant that began between two drains. A drain closes the tenant's open cohort: the contexts
 * of closed cohorts are the work in flight that the drain waits for, and later contexts enter a new cohort. To begin or
 * to end a context only changes a counter.
 */
export class Cohort {
  /** The number of contexts that have not ended. */
  active = 0;
  /** Whether this open cohort is kept for the tenant's next context while it has none. */
  keptWhenEmpty = false;
  /** The number of active contexts that drains do not wait for, because their own work waits for such a drain. */
  #detached = 0;
  #watchers: Set<() => void> | undefined;
  /** Contexts whose signal was read. `abort` aborts these signals. */
  #abortables: Set<Abortable> | undefined;
  #aborted: Error | undefined;
  #givenUp = false;

  constructor(readonly tenant: string) {}

  /** The number of contexts that a drain waits for. */
  get inFlight(): number {
    return this.#givenUp ? 0 : this.active - this.#detached;
  }

  /** The error that told the work of these contexts to stop; undefined while it may go on. */
  get aborted(): Error | undefined {
    return this.#aborted;
  }

  leave(): void {
    this.active--;
    if (this.#watchers !== undefined || (this.active === 0 && (isObserved || !this.keptWhenEmpty))) afterLeave(this);
  }

  /** Undoes `detach` for a context. A detached context calls this just before it leaves. */
  attach(): void {
    this.#detached--;
  }

  /** Drains no longer wait for one of the contexts. */
  detach(): void {
    this.#detached++;
    this.notifyWatchers();
  }

  listen(context: Abortable): void {
    (this.#abortables ??= new Set()).add(context);
  }

  unlisten(context: Abortable): void {
    this.#abortables?.delete(context);
  }

  abort(reason: Error): void {
    if (this.#aborted) return;
    this.#aborted = settleStack(reason);
    if (this.active > 0) abortedCohorts++;
    for (const context of [...(this.#abortables ?? [])]) context.abort(reason);
  }

  /**
   * Gives up the work of this cohort, which must be one of `openOwnCohort`. The work counts as in flight no more, also where
   * it never ends. Its signals are aborted, and its later uses of the tenant throw `reason`.
   */
  giveUp(reason: Error): void {
    if (this.active === 0 || this.#givenUp) return;
    this.#givenUp = true;
    removeClosed(this);
    this.abort(reason);
    this.notifyWatchers();
    notifyIfLastEnded(this.tenant);
  }

  /** Calls `watcher` when `inFlight` has become 0, perhaps more than once. `watcher` must not throw. */
  watch(watcher: () => void): void {
    (this.#watchers ??= new Set()).add(watcher);
  }

  unwatch(watcher: () => void): void {
    this.#watchers?.delete(watcher);
  }

  /** @internal */
  notifyWatchers(): void {
    if (this.#watchers && this.inFlight === 0) for (const watcher of [...this.#watchers]) watcher();
  }
}

/** By tenant, the cohort that new contexts enter. Each one has active contexts or is kept for the next context. */
const openCohorts = new Map<string, Cohort>();
/** By tenant, the cohorts that a drain has closed and that still have active contexts. */
const closedCohorts = new Map<string, Set<Cohort>>();
/** The open cohort that was asked for last. Work for one tenant often comes in series, and this saves the look-up. */
let latest: Cohort | undefined;
/**
 * The number of open cohorts that are kept without a context. To make a new cohort for each context would cost more than
 * the rest of the context does.
 */
export const MOST_IDLE_COHORTS = 1_000;
/** The tenant codes of the kept cohorts, in a ring. `oldestSlot` is the position of the code that was added first. */
const keptTenants: string[] = [];
let oldestSlot = 0;
/** The number of cohorts that were aborted and still have active contexts. A number, because some of that work never ends. */
let abortedCohorts = 0;

/** Whether some work that was told to stop still runs. Cheap, because each use of a tenant asks it. */
export function isAnyWorkAborted(): boolean {
  return abortedCohorts > 0;
}

/** Called once, before the first context begins. */
let beforeFirst: (() => void) | undefined;

export function beforeFirstContext(callback: () => void): void {
  beforeFirst = callback;
}

function newCohort(tenant: string): Cohort {
  const code = tenantCode(tenant);
  beforeFirst?.();
  beforeFirst = undefined;
  return new Cohort(code);
}

/**
 * Returns the cohort that a new context of the tenant enters.
 * @throws InvalidTenantCodeError `INVALID_TENANT_CODE`
 */
export function openCohort(tenant: string): Cohort {
  if (latest !== undefined && latest.tenant === tenant) return latest;
  let cohort = openCohorts.get(tenant);
  if (!cohort) {
    cohort = newCohort(tenant);
    openCohorts.set(cohort.tenant, cohort);
  }
  latest = cohort;
  return cohort;
}

function removeOpen(cohort: Cohort): void {
  openCohorts.delete(cohort.tenant);
  if (latest === cohort) latest = undefined;
}

/**
 * Closes the tenant's open cohort, so that contexts which begin later enter a new one.
 * @returns all closed cohorts with active contexts. They get no further contexts, except those nested in one of theirs.
 */
export function closeCohorts(tenant: string): Cohort[] {
  const cohort = openCohorts.get(tenant);
  if (cohort && cohort.active > 0) {
    cohort.keptWhenEmpty = false;
    removeOpen(cohort);
    addClosed(cohort);
  }
  return [...(closedCohorts.get(tenant) ?? [])];
}

/**
 * Returns a cohort for one piece of work, which the contexts that begin within that work enter too. So the work can be given
 * up as a whole. Drains wait for it as for any context that begins now.
 * @throws InvalidTenantCodeError `INVALID_TENANT_CODE`
 */
export function openOwnCohort(tenant: string): Cohort {
  const cohort = newCohort(tenant);
  addClosed(cohort);
  return cohort;
}

function addClosed(cohort: Cohort): void {
  const cohorts = closedCohorts.get(cohort.tenant) ?? new Set();
  closedCohorts.set(cohort.tenant, cohorts.add(cohort));
}

function removeClosed(cohort: Cohort): void {
  const cohorts = closedCohorts.get(cohort.tenant);
  if (cohorts?.delete(cohort) && cohorts.size === 0) closedCohorts.delete(cohort.tenant);
}

/** The number of the tenant's contexts that have not ended. */
export function activeContexts(tenant: string): number {
  let count = openCohorts.get(tenant)?.active ?? 0;
  for (const cohort of closedCohorts.get(tenant) ?? []) count += cohort.active;
  return count;
}

/** The number of contexts of all tenants that have not ended. Walks over the open and closed cohorts. */
export function allActiveContexts(): number {
  let count = 0;
  for (const cohort of openCohorts.values()) count += cohort.active;
  for (const cohorts of closedCohorts.values()) for (const cohort of cohorts) count += cohort.active;
  return count;
}

/** The tenants that have active contexts. */
export function tenantsAtWork(): Set<string> {
  return new Set([...openCohorts.keys(), ...closedCohorts.keys()].filter(tenant => activeContexts(tenant) > 0));
}

export interface LastContextObserver {
  /** Called when the last active context of a tenant has ended. Must not throw. */
  lastContextEnded(tenant: string): void;
}

/** Weak references: this module lives as long as the process and must not keep a TenantRegistries that was dropped. */
const observers = new Set<WeakRef<LastContextObserver>>();
/** Whether there are observers. A boolean, because each end of a context reads it. */
let isObserved = false;

/** @returns a function that removes the observer */
export function onLastContext(observer: LastContextObserver): () => void {
  const reference = new WeakRef(observer);
  observers.add(reference);
  isObserved = true;
  return () => {
    observers.delete(reference);
    isObserved = observers.size > 0;
  };
}

/** Called when a context of the cohort has ended, which may have been the last one. */
function afterLeave(cohort: Cohort): void {
  cohort.notifyWatchers();
  if (cohort.active > 0) return;
  if (!cohort.keptWhenEmpty) keepOrDrop(cohort);
  notifyIfLastEnded(cohort.tenant);
}

/** Keeps an empty open cohort in place of the one that was kept longest. Drops an empty closed cohort. */
function keepOrDrop(cohort: Cohort): void {
  const {tenant} = cohort;
  if (openCohorts.get(tenant) === cohort) {
    // a slot holds only the tenant code: that tenant's open cohort may be a newer one by now
    const oldest = openCohorts.get(keptTenants[oldestSlot]);
    if (oldest?.keptWhenEmpty) {
      oldest.keptWhenEmpty = false;
      if (oldest.active === 0) removeOpen(oldest);
    }
    cohort.keptWhenEmpty = true;
    keptTenants[oldestSlot] = tenant;
    oldestSlot = (oldestSlot + 1) % MOST_IDLE_COHORTS;
  } else {
    if (cohort.aborted) abortedCohorts--;
    removeClosed(cohort);
  }
}

function notifyIfLastEnded(tenant: string): void {
  if (!isObserved || activeContexts(tenant) > 0) return;
  for (const reference of observers) {
    const observer = reference.deref();
    if (observer) observer.lastContextEnded(tenant);
    else observers.delete(reference);
  }
  isObserved = observers.size > 0;
}
