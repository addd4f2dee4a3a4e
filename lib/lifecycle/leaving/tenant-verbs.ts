import {TenantNotSuspendedError, TenantOffboardedError} from '../../scoped-registry/errors';
import type {Admission} from './admission';
import type {Clock} from '../time/clock';
import {Drain} from '../generations/drain';
import type {Generations} from '../generations/generations';
import type {Hooks} from './hooks';
import type {LifecyclePublisher} from '../tenant/lifecycle-events';
import {Offboarding, type OffboardingHost} from './offboarding';
import type {OffboardingOptions} from './offboarding-options';
import type {OffboardingEvent, OffboardingReport} from './offboarding-report';
import {drainSuspended, type SuspensionReport} from './suspension';
import {TenantContext} from '../context/tenant-context';
import {transition, type TenantState, type TenantVerb} from '../tenant/tenant-state';
import {warn} from '../warning';

export interface TenantVerbsHost {
  readonly clock: Clock;
  readonly generations: Generations;
  readonly admission: Admission;
  readonly events: LifecyclePublisher;
  readonly before: Hooks<OffboardingEvent>;
  readonly after: Hooks<OffboardingEvent>;
}

/** The verbs that take a tenant from state to state. Each is memoised, and those of one tenant are done in their order. */
export class TenantVerbs {
  /** Offboardings under way, each with its promise. */
  readonly offboardings = new Map<Offboarding, Promise<OffboardingReport>>();
  /** By tenant, the one under way that began last. */
  readonly #latest = new Map<string, Promise<OffboardingReport>>();
  /** Tenants that were offboarded, since the start. */
  offboarded = 0;

  constructor(private readonly host: TenantVerbsHost) {}

  get #offboardingHost(): OffboardingHost {
    const {generations, clock, before, after} = this.host;
    return {
      clock,
      before,
      after,
      departAll: (tenant, drains) => generations.departAll(tenant, drains, 'offboard'),
      endRegistry: (registry, error) => generations.end(registry, 'offboard', error),
    };
  }

  state(tenant: string): TenantState {
    const {admission, generations} = this.host;
    const refusal = admission.get(tenant);
    if (refusal) return refusal.state;
    if (generations.has(tenant)) return 'active';
    return generations.isLeaving(tenant) ? 'leaving' : 'unbuilt';
  }

  suspend(tenant: string, timeout: number): Promise<SuspensionReport> {
    const {admission, generations, clock} = this.host;
    const known = admission.get(tenant);
    if (known?.state === 'suspended') return known.report;
    const from = this.assertAllows(tenant, 'suspend');
    admission.assertRoom(tenant);
    const drain = new Drain(generations.peek(tenant), tenant);
    const report = drainSuspended(tenant, drain, timeout, clock);
    admission.suspend(tenant, drain, report);
    this.#tell(tenant, from);
    return report;
  }

  offboard(tenant: string, options: Required<OffboardingOptions>): Promise<OffboardingReport> {
    const {admission, generations} = this.host;
    const known = admission.ask(tenant);
    if (known?.state === 'offboarding') return known.report;
    if (known?.state === 'offboarded') {
      return options.retry && known.failed ? this.#retried(tenant, known.failed, options) : known.report;
    }
    if (options.onlySuspended && known?.state !== 'suspended') throw new TenantNotSuspendedError(tenant);
    const from = this.assertAllows(tenant, 'offboard');
    // a caller within the tenant's own work is not to wait for itself
    TenantContext.current?.detach(tenant);
    let settle!: (report: Promise<OffboardingReport>) => void;
    const report = new Promise<OffboardingReport>(resolve => (settle = resolve));
    // of a tenant that was reinstated before its offboarding was done: it must not be overtaken
    const before = this.#latest.get(tenant);
    // before anything ends: nothing on the way may build the tenant anew
    admission.offboard(tenant, report);
    this.offboarded++;
    this.#tell(tenant, from);
    const offboarding = new Offboarding(this.#offboardingHost, tenant, generations.remove(tenant));
    this.#begin(tenant, offboarding, report);
    settle(this.#buried(tenant, offboarding, report, offboarding.runSteps(options, before)));
    return report;
  }

  /** Lets a tenant take work again. @returns whether its state allowed that */
  lift(tenant: string, verb: 'resume' | 'reinstate'): boolean {
    const from = this.state(tenant);
    if (transition(from, verb) === undefined) return false;
    this.host.admission.lift(tenant);
    this.#tell(tenant, from);
    return true;
  }

  /** @throws TenantOffboardedError */
  assertAllows(tenant: string, verb: TenantVerb): TenantState {
    const state = this.state(tenant);
    if (transition(state, verb) === undefined) throw new TenantOffboardedError(tenant);
    return state;
  }

  async #buried(
    tenant: string,
    offboarding: Offboarding,
    report: Promise<OffboardingReport>,
    running: Promise<OffboardingReport>,
  ): Promise<OffboardingReport> {
    const result = await running;
    if (this.#done(tenant, offboarding, report)) this.#tell(tenant, 'offboarding');
    return result;
  }

  #begin(tenant: string, offboarding: Offboarding, report: Promise<OffboardingReport>): void {
    this.#latest.set(tenant, report);
    this.offboardings.set(offboarding, report);
  }

  /** @returns whether it left a tombstone */
  #done(tenant: string, offboarding: Offboarding, report: Promise<OffboardingReport>): boolean {
    this.offboardings.delete(offboarding);
    if (this.#latest.get(tenant) === report) this.#latest.delete(tenant);
    return this.host.admission.bury(tenant, report, offboarding.failed ? offboarding : undefined);
  }

  #retried(tenant: string, offboarding: Offboarding, options: Required<OffboardingOptions>): Promise<OffboardingReport> {
    const report = offboarding.retry(options);
    this.host.admission.entomb(tenant, report);
    this.#begin(tenant, offboarding, report);
    void report.then(() => this.#done(tenant, offboarding, report));
    return report;
  }

  #tell(tenant: string, from: TenantState): void {
    const event = () => ({tenant, from, to: this.state(tenant)});
    for (const error of this.host.events.publish('state', event)) warn("An observer of 'state' failed", error);
  }
}
