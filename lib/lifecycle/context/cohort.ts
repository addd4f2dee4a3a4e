import {settleStack} from '../../scoped-registry/errors';
import {tenantCode} from '../../scoped-registry/tenant-code';

/** A context that has been asked for its signal. */
interface Abortable {
  abort(reason: Error): void;
}

/**
 * The contexts of a tenant that were entered between two lines. Whoever is to end something of the tenant's draws a line:
 * the contexts on this side of it are the work in flight, what is entered later is new work. Counting is all that a
 * context costs on its way in and out.
 */
export class Cohort {
  /** Contexts that have not ended. */
  active = 0;
  /** Whether it stays for the next context of its tenant when it has none. */
  stays = false;
  /** Those of them that nobody is to wait for: they wait themselves. */
  #detached = 0;
  #watchers: Set<() => void> | undefined;
  /** Contexts that have been asked for their signal. */
  #listening: Set<Abortable> | undefined;
  #aborted: Error | undefined;

  constructor(readonly tenant: string) {}

  /** Contexts to wait for. */
  get inFlight(): number {
    return this.active - this.#detached;
  }

  /** Why the work of these contexts is to stop. */
  get aborted(): Error | undefined {
    return this.#aborted;
  }

  leave(): void {
    this.active--;
    if (this.#watchers !== undefined || (this.active === 0 && (isObserved || !this.stays))) left(this);
  }

  /** One that is detached is about to leave. */
  attach(): void {
    this.#detached--;
  }

  detach(): void {
    this.#detached++;
    this.tell();
  }

  listen(context: Abortable): void {
    (this.#listening ??= new Set()).add(context);
  }

  unlisten(context: Abortable): void {
    this.#listening?.delete(context);
  }

  abort(reason: Error): void {
    if (this.#aborted) return;
    this.#aborted = settleStack(reason);
    if (this.active > 0) cut.add(this);
    for (const context of [...(this.#listening ?? [])]) context.abort(reason);
  }

  /** Calls `watcher`, which must not throw, when nothing is left to wait for. */
  watch(watcher: () => void): void {
    (this.#watchers ??= new Set()).add(watcher);
  }

  unwatch(watcher: () => void): void {
    this.#watchers?.delete(watcher);
  }

  /** @internal */
  tell(): void {
    if (this.#watchers && this.inFlight === 0) for (const watcher of [...this.#watchers]) watcher();
  }
}

/** By tenant: the cohort that contexts enter now, and those behind a line. What is there has active contexts, or stays. */
const open = new Map<string, Cohort>();
const behind = new Map<string, Set<Cohort>>();
/** The open one that was asked for last: work for a tenant comes in series. */
let latest: Cohort | undefined;
/** To make a cohort for each context costs more than the rest of the context does: so many stay without. */
export const MOST_IDLE_COHORTS = 1_000;
/** The tenants of those, in a ring. By code: what they have begun meanwhile is nobody's business here. */
const staying: string[] = [];
let oldest = 0;
/** Those whose work is to stop and goes on. */
const cut = new Set<Cohort>();

/** Whether there is work that was told to stop and goes on. */
export function isAnyWorkAborted(): boolean {
  return cut.size > 0;
}

/**
 * The cohort that a new context of the tenant belongs to.
 * @throws InvalidTenantCodeError `INVALID_TENANT_CODE`
 */
export function openCohort(tenant: string): Cohort {
  if (latest !== undefined && latest.tenant === tenant) return latest;
  let cohort = open.get(tenant);
  if (!cohort) open.set(tenantCode(tenant), (cohort = new Cohort(tenant)));
  latest = cohort;
  return cohort;
}

function close(cohort: Cohort): void {
  open.delete(cohort.tenant);
  if (latest === cohort) latest = undefined;
}

/** Draws a line: returns all cohorts that have active contexts, none of which gets another one but by nesting. */
export function splitCohorts(tenant: string): Cohort[] {
  const cohort = open.get(tenant);
  let cohorts = behind.get(tenant);
  if (cohort && cohort.active > 0) {
    cohort.stays = false;
    close(cohort);
    if (!cohorts) behind.set(tenant, (cohorts = new Set()));
    cohorts.add(cohort);
  }
  return cohorts ? [...cohorts] : [];
}

/** The number of the tenant's contexts that have not ended. */
export function activeContexts(tenant: string): number {
  let count = open.get(tenant)?.active ?? 0;
  for (const cohort of behind.get(tenant) ?? []) count += cohort.active;
  return count;
}

/** The number of all contexts that have not ended; costs what there are tenants at work. */
export function allActiveContexts(): number {
  let count = 0;
  for (const cohort of open.values()) count += cohort.active;
  for (const cohorts of behind.values()) for (const cohort of cohorts) count += cohort.active;
  return count;
}

/** Tenants that have active contexts. */
export function tenantsAtWork(): Set<string> {
  return new Set([...open.keys(), ...behind.keys()].filter(tenant => activeContexts(tenant) > 0));
}

/** Who is told when a tenant's last context has ended; must not throw. */
export interface LastContextObserver {
  lastContextEnded(tenant: string): void;
}

/** Weakly: registries that everybody has dropped are not to be kept by the contexts that they follow. */
const observers = new Set<WeakRef<LastContextObserver>>();
/** Whether there are any: asked each time that a context ends. */
let isObserved = false;

export function onLastContext(observer: LastContextObserver): void {
  observers.add(new WeakRef(observer));
  isObserved = true;
}

/** A context of a cohort has ended, which may have been the last. */
function left(cohort: Cohort): void {
  cohort.tell();
  if (cohort.active > 0) return;
  if (!cohort.stays) settle(cohort);
  if (isObserved && activeContexts(cohort.tenant) === 0) tellOfLast(cohort.tenant);
}

/** An open one takes the place of the one that has stayed longest; one behind a line goes. */
function settle(cohort: Cohort): void {
  const {tenant} = cohort;
  if (open.get(tenant) === cohort) {
    const other = open.get(staying[oldest]);
    if (other?.stays) {
      other.stays = false;
      if (other.active === 0) close(other);
    }
    cohort.stays = true;
    staying[oldest] = tenant;
    oldest = (oldest + 1) % MOST_IDLE_COHORTS;
  } else {
    cut.delete(cohort);
    const cohorts = behind.get(tenant);
    if (cohorts?.delete(cohort) && cohorts.size === 0) behind.delete(tenant);
  }
}

function tellOfLast(tenant: string): void {
  for (const reference of observers) {
    const observer = reference.deref();
    if (observer) observer.lastContextEnded(tenant);
    else observers.delete(reference);
  }
  isObserved = observers.size > 0;
}
