import {LRUCache} from 'lru-cache';
import {
  InvalidOptionError,
  TenantOffboardedError,
  TenantRefusedError,
  TenantSuspendedError,
  TooManyTenantsError,
} from '../../scoped-registry/errors';
import {ignoreRejection} from '../../scoped-registry/primitives/promises';
import {isAnyWorkAborted} from '../context/cohort';
import type {Drain} from '../generations/drain';
import type {Offboarding} from './offboarding';
import type {OffboardingReport} from './offboarding-report';
import type {SuspensionReport} from './suspension';
import {TenantContext} from '../context/tenant-context';

interface SuspendedTenant {
  readonly state: 'suspended';
  /**
   * The drain of the work that was in flight at the suspension: that work may use the tenant. Undefined once the drain is
   * over, because it would keep a registry alive that was evicted since.
   */
  drain: Drain | undefined;
  readonly report: Promise<SuspensionReport>;
}

interface OffboardingTenant {
  readonly state: 'offboarding';
  readonly report: Promise<OffboardingReport>;
}

interface Tombstone {
  readonly state: 'offboarded';
  readonly report: Promise<OffboardingReport>;
  /** The offboarding, for a retry of its failed steps; undefined where no step failed. */
  readonly failed?: Offboarding;
}

export type Refusal = SuspendedTenant | OffboardingTenant | Tombstone;

/**
 * Decides which tenants take new work. Remembers the tenants that are suspended, being offboarded, or offboarded (as
 * tombstones). Other tenants have no entry here.
 */
export class Admission {
  readonly #refusals = new Map<string, SuspendedTenant | OffboardingTenant>();
  #suspended = 0;
  /** Made with the first tombstone, because lru-cache allocates room for all `max` entries at once. */
  #tombstones: LRUCache<string, Tombstone> | undefined;

  /**
   * @param most the limit of suspended tenants, and of tombstones
   * @param isTenant the gate: returns false for a code that is no tenant
   */
  constructor(
    private readonly most: number,
    private readonly isTenant: (tenant: string) => boolean,
  ) {}

  get suspended(): number {
    return this.#suspended;
  }

  /** The number of tenants that are being offboarded. */
  get offboarding(): number {
    return this.#refusals.size - this.#suspended;
  }

  /** The number of tombstones. */
  get offboarded(): number {
    return this.#tombstones?.size ?? 0;
  }

  /** Yields the codes of the suspended tenants. */
  *suspendedTenants(): IterableIterator<string> {
    for (const [tenant, {state}] of this.#refusals) if (state === 'suspended') yield tenant;
  }

  /** Yields the codes of all tenants with an entry here. */
  *tenants(): IterableIterator<string> {
    yield* this.#refusals.keys();
    yield* this.#tombstones?.keys() ?? [];
  }

  /** Returns why a tenant takes no new work. Does not count as asking for a tombstone. */
  get(tenant: string): Refusal | undefined {
    return this.#refusals.get(tenant) ?? this.#tombstones?.peek(tenant);
  }

  /** As `get`, but counts as asking: where there are too many tombstones, the one longest unasked for is forgotten. */
  ask(tenant: string): Refusal | undefined {
    return this.#refusals.get(tenant) ?? this.#tombstones?.get(tenant);
  }

  /**
   * Called at each use of a tenant. So it is cheap while no tenant is suspended or being offboarded and no work is aborted.
   * @throws TenantSuspendedError `TENANT_SUSPENDED`, TenantOffboardedError `TENANT_OFFBOARDED`, and the error with which the
   * running work was aborted
   */
  assertTakesWork(tenant: string): void {
    if (isAnyWorkAborted()) assertNotAborted(tenant);
    if (this.#refusals.size === 0) return;
    const refusal = this.#refusals.get(tenant);
    if (!refusal) return;
    if (refusal.state === 'offboarding') throw new TenantOffboardedError(tenant);
    if (!refusal.drain?.holds(TenantContext.current?.innermostOf(tenant))) throw new TenantSuspendedError(tenant);
  }

  /** @throws TenantOffboardedError `TENANT_OFFBOARDED` where the tenant has a tombstone */
  assertNotOffboarded(tenant: string): void {
    if (this.ask(tenant)?.state === 'offboarded') throw new TenantOffboardedError(tenant);
  }

  /**
   * Asks the gate, before a registry is built for a tenant.
   * @throws TenantOffboardedError `TENANT_OFFBOARDED`, TenantRefusedError `TENANT_REFUSED`, InvalidOptionError `INVALID_OPTION`
   * where `isTenant` returns a promise, and what `isTenant` throws
   */
  assertIsTenant(tenant: string): void {
    this.assertNotOffboarded(tenant);
    const answer: unknown = this.isTenant(tenant);
    // every promise is truthy, so it would accept any code
    if (typeof (answer as PromiseLike<boolean> | undefined)?.then === 'function') {
      ignoreRejection(answer);
      throw new InvalidOptionError('isTenant must answer at once, not by a promise: look the tenants up beforehand.');
    }
    if (!answer) throw new TenantRefusedError(tenant);
  }

  /**
   * Checks the limit of suspended tenants. A suspension is never forgotten to make room: the tenant would take work again.
   * @throws TooManyTenantsError `TOO_MANY_TENANTS`
   */
  assertRoom(tenant: string): void {
    if (this.#suspended >= this.most) throw new TooManyTenantsError(tenant, 'suspended', this.most);
  }

  suspend(tenant: string, drain: Drain, report: Promise<SuspensionReport>): void {
    const refusal: SuspendedTenant = {state: 'suspended', drain, report};
    this.#refusals.set(tenant, refusal);
    this.#suspended++;
    drain.onceOver(() => (refusal.drain = undefined));
  }

  /** Refuses new work of a tenant from now on; replaces its suspension or tombstone. */
  offboard(tenant: string, report: Promise<OffboardingReport>): void {
    this.lift(tenant);
    this.#refusals.set(tenant, {state: 'offboarding', report});
  }

  /**
   * Called when the offboarding with this report is done. Leaves a tombstone, unless the tenant was reinstated meanwhile.
   * @param failed the offboarding, if a step of it failed
   * @returns whether it left a tombstone
   */
  completeOffboarding(tenant: string, report: Promise<OffboardingReport>, failed?: Offboarding): boolean {
    if (this.get(tenant)?.report !== report) return false;
    this.#refusals.delete(tenant);
    this.addTombstone(tenant, report, failed);
    return true;
  }

  addTombstone(tenant: string, report: Promise<OffboardingReport>, failed?: Offboarding): void {
    this.#tombstones ??= new LRUCache({max: this.most});
    this.#tombstones.set(tenant, {state: 'offboarded', report, failed});
  }

  /** Removes the suspension or the tombstone: the tenant takes work again. */
  lift(tenant: string): void {
    const refusal = this.#refusals.get(tenant);
    if (refusal?.state === 'suspended') {
      this.#suspended--;
      refusal.drain?.cancel();
    }
    this.#refusals.delete(tenant);
    this.#tombstones?.delete(tenant);
  }

  /** Settles the reports of all suspensions now, without waiting for the work in flight. */
  stopWaiting(): void {
    for (const refusal of this.#refusals.values()) if (refusal.state === 'suspended') refusal.drain?.cancel();
  }
}

/** Aborted work must not go on with the tenant's next registry, even when the tenant was reinstated since. */
function assertNotAborted(tenant: string): void {
  const aborted = TenantContext.current?.innermostOf(tenant)?.cohort.aborted;
  if (aborted) throw aborted;
}
