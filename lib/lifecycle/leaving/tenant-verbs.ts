import {TenantNotFoundError, TenantNotSuspendedError, TenantOffboardedError} from '../../scoped-registry/errors';
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
import type {ConfiguredTenants, TenantSettings} from '../tenant/tenant-settings';
import {transition, type TenantState, type TenantVerb} from '../tenant/tenant-state';
import {warn} from '../warning';

/** The parts of TenantRegistries that the verbs work on. */
export interface TenantVerbsHost {
  readonly clock: Clock;
  readonly generations: Generations;
  readonly admission: Admission;
  readonly events: LifecyclePublisher;
  readonly configured: ConfiguredTenants;
  readonly before: Hooks<OffboardingEvent>;
  readonly after: Hooks<OffboardingEvent>;
}

/**
 * Implements `suspend`, `resume`, `offboard` and `reinstate`: checks the tenant's state, makes the transition, publishes it.
 * A repeated `suspend` or `offboard` returns the report of the first call. A second offboarding of a tenant, after a
 * reinstatement, waits for the first one.
 */
export class TenantVerbs {
  /** The offboardings under way, each with the promise of its report. */
  readonly offboardings = new Map<Offboarding, Promise<OffboardingReport>>();
  /** By tenant, its offboardings in `offboardings`, the one that began last at the end. */
  readonly #underWay = new Map<string, Set<Offboarding>>();
  /** By tenant, the report of the offboarding under way that began last. */
  readonly #latest = new Map<string, Promise<OffboardingReport>>();
  /** The number of offboardings since the start. */
  offboarded = 0;

  constructor(private readonly host: TenantVerbsHost) {}

  get #offboardingHost(): OffboardingHost {
    const {generations, clock, before, after} = this.host;
    return {
      clock,
      before,
      after,
      addDepartures: (tenant, drains) => generations.addDepartures(tenant, drains, 'offboard'),
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
    this.#publishState(tenant, from);
    return report;
  }

  /**
   * Returns the settings that a leaving tenant had, for its work in flight and its hooks.
   * @param configured the present settings, perhaps of a tenant that was reinstated while an earlier one of its code still leaves
   */
  settings(tenant: string, configured: TenantSettings | undefined): TenantSettings | undefined {
    const offboardings = this.#underWay.get(tenant);
    if (!offboardings) return configured;
    for (const offboarding of offboardings) if (offboarding.isOfRunningWork) return offboarding.settings;
    // a reinstated tenant begins without settings
    return this.host.admission.get(tenant) ? [...offboardings].at(-1)!.settings : configured;
  }

  offboard(tenant: string, options: Required<OffboardingOptions>): Promise<OffboardingReport> {
    const {admission, generations, configured} = this.host;
    const known = admission.ask(tenant);
    if (known?.state === 'offboarding') return known.report;
    if (known?.state === 'offboarded') {
      return options.retry && known.failed ? this.#retry(tenant, known.failed, options) : known.report;
    }
    if (options.onlySuspended && known?.state !== 'suspended') throw new TenantNotSuspendedError(tenant);
    const isConfigured = configured.get(tenant) !== undefined;
    const found = isConfigured || known !== undefined || generations.isKnown(tenant);
    if (options.mustExist && !found) throw new TenantNotFoundError(tenant);
    const from = this.assertAllows(tenant, 'offboard');
    // a caller within the tenant's own work would wait for itself
    TenantContext.current?.detach(tenant);
    let settle!: (report: Promise<OffboardingReport>) => void;
    const report = new Promise<OffboardingReport>(resolve => (settle = resolve));
    // an earlier offboarding, whose tenant was reinstated before it was done: its steps come first
    const earlier = this.#latest.get(tenant);
    // before anything ends, so that user code called on the way cannot build the tenant anew
    admission.offboard(tenant, report);
    const settings = configured.take(tenant, generations.latest(tenant));
    this.offboarded++;
    this.#publishState(tenant, from);
    const offboarding = new Offboarding(this.#offboardingHost, tenant, settings, generations.remove(tenant));
    this.#begin(tenant, offboarding, report);
    settle(this.#finish(tenant, offboarding, report, offboarding.runSteps(options, found, earlier)));
    return report;
  }

  /**
   * Ends a suspension or lifts a tombstone: the tenant takes work again.
   * @returns whether its state allowed that
   */
  lift(tenant: string, verb: 'resume' | 'reinstate'): boolean {
    const from = this.state(tenant);
    if (transition(from, verb) === undefined) return false;
    this.host.admission.lift(tenant);
    this.#publishState(tenant, from);
    return true;
  }

  /**
   * Returns the tenant's state, if it allows the verb.
   * @throws TenantOffboardedError `TENANT_OFFBOARDED`
   */
  assertAllows(tenant: string, verb: TenantVerb): TenantState {
    const state = this.state(tenant);
    if (transition(state, verb) === undefined) throw new TenantOffboardedError(tenant);
    return state;
  }

  async #finish(
    tenant: string,
    offboarding: Offboarding,
    report: Promise<OffboardingReport>,
    running: Promise<OffboardingReport>,
  ): Promise<OffboardingReport> {
    const result = await running;
    if (this.#forget(tenant, offboarding, report)) this.#publishState(tenant, 'offboarding');
    return result;
  }

  /** Remembers an offboarding, or the retry of one, while it is under way. */
  #begin(tenant: string, offboarding: Offboarding, report: Promise<OffboardingReport>): void {
    this.#latest.set(tenant, report);
    this.offboardings.set(offboarding, report);
    const underWay = this.#underWay.get(tenant) ?? new Set();
    this.#underWay.set(tenant, underWay.add(offboarding));
  }

  /**
   * Called when an offboarding, or a retry, is done.
   * @returns whether it left a tombstone
   */
  #forget(tenant: string, offboarding: Offboarding, report: Promise<OffboardingReport>): boolean {
    this.offboardings.delete(offboarding);
    const underWay = this.#underWay.get(tenant);
    if (underWay?.delete(offboarding) && underWay.size === 0) this.#underWay.delete(tenant);
    if (this.#latest.get(tenant) === report) this.#latest.delete(tenant);
    return this.host.admission.completeOffboarding(tenant, report, offboarding.failed ? offboarding : undefined);
  }

  #retry(tenant: string, offboarding: Offboarding, options: Required<OffboardingOptions>): Promise<OffboardingReport> {
    const report = offboarding.retry(options);
    this.host.admission.addTombstone(tenant, report);
    this.#begin(tenant, offboarding, report);
    void report.then(() => this.#forget(tenant, offboarding, report));
    return report;
  }

  #publishState(tenant: string, from: TenantState): void {
    const event = () => ({tenant, from, to: this.state(tenant)});
    for (const error of this.host.events.publish('state', event)) warn("An observer of 'state' failed", error);
  }
}
