import {LRUCache} from 'lru-cache';
import {
  InvalidOptionError,
  TenantOffboardedError,
  TenantRefusedError,
  TenantSuspendedError,
  TooManyTenantsError,
} from '../../scoped-registry/errors';
import {isAnyWorkAborted} from '../context/cohort';
import type {Drain} from '../generations/drain';
import type {Offboarding} from './offboarding';
import type {OffboardingReport} from './offboarding-report';
import type {SuspensionReport} from './suspension';
import {TenantContext} from '../context/tenant-context';

interface Suspended {
  readonly state: 'suspended';
  /** The work that was in flight then goes on. Undefined once it is over: it would keep a registry that has left since. */
  drain: Drain | undefined;
  readonly report: Promise<SuspensionReport>;
}

interface Leaving {
  readonly state: 'offboarding';
  readonly report: Promise<OffboardingReport>;
}

interface Tombstone {
  readonly state: 'offboarded';
  readonly report: Promise<OffboardingReport>;
  /** What can do again what failed; undefined where nothing did. */
  readonly failed?: Offboarding;
}

export type Refusal = Suspended | Leaving | Tombstone;

/** Which tenants take no new work, and why. The others cost nothing here. */
export class Admission {
  readonly #refusals = new Map<string, Suspended | Leaving>();
  #suspended = 0;
  /** Made with the first: lru-cache sets its whole room aside at once. */
  #tombstones: LRUCache<string, Tombstone> | undefined;

  /**
   * @param most suspended tenants at once, and offboarded ones remembered
   * @param isTenant false for a code that is no tenant
   */
  constructor(
    private readonly most: number,
    private readonly isTenant: (tenant: string) => boolean,
  ) {}

  get suspended(): number {
    return this.#suspended;
  }

  /** Tenants on their way out. */
  get offboarding(): number {
    return this.#refusals.size - this.#suspended;
  }

  /** Tenants that are gone and remembered. */
  get offboarded(): number {
    return this.#tombstones?.size ?? 0;
  }

  /** Suspended tenants. */
  *suspendedTenants(): IterableIterator<string> {
    for (const [tenant, {state}] of this.#refusals) if (state === 'suspended') yield tenant;
  }

  *tenants(): IterableIterator<string> {
    yield* this.#refusals.keys();
    yield* this.#tombstones?.keys() ?? [];
  }

  get(tenant: string): Refusal | undefined {
    return this.#refusals.get(tenant) ?? this.#tombstones?.peek(tenant);
  }

  /** As `get`; asking counts: the tombstone longest unasked for is forgotten first. */
  ask(tenant: string): Refusal | undefined {
    return this.#refusals.get(tenant) ?? this.#tombstones?.get(tenant);
  }

  /**
   * For each use: costs nothing where no tenant is suspended or on its way out, and no work was cut.
   * @throws TenantSuspendedError, TenantOffboardedError, and what work was cut with
   */
  assertTakesWork(tenant: string): void {
    if (isAnyWorkAborted()) assertNotCut(tenant);
    if (this.#refusals.size === 0) return;
    const refusal = this.#refusals.get(tenant);
    if (!refusal) return;
    if (refusal.state === 'offboarding') throw new TenantOffboardedError(tenant);
    if (!refusal.drain?.holds(TenantContext.current?.innermostOf(tenant))) throw new TenantSuspendedError(tenant);
  }

  /**
   * For a tenant that is about to be built.
   * @throws TenantOffboardedError, TenantRefusedError, and what the gate throws
   */
  assertMayBeBuilt(tenant: string): void {
    if (this.ask(tenant)?.state === 'offboarded') throw new TenantOffboardedError(tenant);
    const answer: unknown = this.isTenant(tenant);
    if (typeof (answer as PromiseLike<boolean> | undefined)?.then === 'function') {
      // every promise is truthy: it would accept any code. How it settles interests nobody any more
      void Promise.resolve(answer).catch(() => {});
      throw new InvalidOptionError('isTenant must answer at once, not by a promise: look the tenants up beforehand.');
    }
    if (!answer) throw new TenantRefusedError(tenant);
  }

  /** @throws TooManyTenantsError `TOO_MANY_TENANTS`: to forget one would let it take work again */
  assertRoom(tenant: string): void {
    if (this.#suspended >= this.most) throw new TooManyTenantsError(tenant, 'suspended', this.most);
  }

  suspend(tenant: string, drain: Drain, report: Promise<SuspensionReport>): void {
    const refusal: Suspended = {state: 'suspended', drain, report};
    this.#refusals.set(tenant, refusal);
    this.#suspended++;
    drain.onceOver(() => (refusal.drain = undefined));
  }

  offboard(tenant: string, report: Promise<OffboardingReport>): void {
    this.lift(tenant);
    this.#refusals.set(tenant, {state: 'offboarding', report});
  }

  /**
   * The offboarding with this report is done; unless its tenant was reinstated meanwhile, it leaves a tombstone.
   * @param failed what can do again what failed
   */
  bury(tenant: string, report: Promise<OffboardingReport>, failed?: Offboarding): boolean {
    if (this.get(tenant)?.report !== report) return false;
    this.#refusals.delete(tenant);
    this.entomb(tenant, report, failed);
    return true;
  }

  entomb(tenant: string, report: Promise<OffboardingReport>, failed?: Offboarding): void {
    this.#tombstones ??= new LRUCache({max: this.most});
    this.#tombstones.set(tenant, {state: 'offboarded', report, failed});
  }

  /** The tenant takes work again. */
  lift(tenant: string): void {
    const refusal = this.#refusals.get(tenant);
    if (refusal?.state === 'suspended') {
      this.#suspended--;
      refusal.drain?.cancel();
    }
    this.#refusals.delete(tenant);
    this.#tombstones?.delete(tenant);
  }

  /** Waits no longer for the work of suspended tenants. */
  hurry(): void {
    for (const refusal of this.#refusals.values()) if (refusal.state === 'suspended') refusal.drain?.cancel();
  }
}

/** Also where the tenant was reinstated since: work that was cut does not go on with the next registry. */
function assertNotCut(tenant: string): void {
  const cut = TenantContext.current?.innermostOf(tenant)?.cohort.aborted;
  if (cut) throw cut;
}
