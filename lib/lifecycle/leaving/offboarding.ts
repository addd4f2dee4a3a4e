import {TenantOffboardedError} from '../../scoped-registry/errors';
import type {ModelClass, StockDataSource} from '../../scoped-registry/juggler/types';
import type {ModelRegistry, RegistryEnd} from '../../scoped-registry/registry/model-registry';
import {WeakBag} from '../../scoped-registry/primitives/weak-bag';
import type {Clock} from '../time/clock';
import {Cohort} from '../context/cohort';
import {endOfRunningJob, survivorsAfterCollection} from '../generations/garbage-collection';
import {Context} from '../context/context';
import {disconnectAll, openDataSources} from './disconnecting';
import {Drain, leasesLeft} from '../generations/drain';
import {runHooks, type Hook, type Hooks} from './hooks';
import type {OffboardingOptions} from './offboarding-options';
import type {OffboardingEvent, OffboardingReport, OffboardingStep, OffboardingStepName} from './offboarding-report';
import {runWithin, TenantContext} from '../context/tenant-context';
import type {TenantSettings} from '../tenant/tenant-settings';

/** The parts of TenantRegistries that an offboarding works on. */
export interface OffboardingHost {
  readonly clock: Clock;
  readonly before: Hooks<OffboardingEvent>;
  readonly after: Hooks<OffboardingEvent>;
  /** Lets the work in flight keep the registries that it began with, until the returned function is called. */
  addDepartures(tenant: string, drains: readonly Drain[]): () => void;
  /** Ends a registry. The result refers to the registry's classes weakly. */
  endRegistry(registry: ModelRegistry, error: () => Error): RegistryEnd & {readonly classes: Iterable<ModelClass>};
}

/**
 * Runs the steps of one offboarding: `drain` waits for the work in flight to the deadline, `abort` aborts the rest, then
 * `before-hooks`, `dispose`, `disconnect`, and `after-hooks` with the hook registered last first. Where there is nothing to
 * wait for, the registry has ended when `runSteps()` returns its promise. A failed step does not stop the later steps.
 */
export class Offboarding {
  /** The drains of the tenant's generations. Emptied at the end: a tombstone may keep this object, but no ended registry. */
  drains: readonly Drain[];
  #classes: readonly Iterable<ModelClass>[] = [];
  /** The context in which the before-hooks run, so that they can still use the tenant's models. */
  readonly #hookContext: Context;
  /** The datasources that did not disconnect, for a retry. Weak references, because the tenant is gone. */
  readonly #notDisconnected = new WeakBag<StockDataSource>();
  #removeDepartures: (() => void) | undefined;
  /** The before-hooks to run; after a run, those that failed. */
  #before: readonly Hook<OffboardingEvent>[];
  /** The after-hooks to run, the one registered last first; after a run, those that failed. */
  #after: readonly Hook<OffboardingEvent>[];
  #steps: OffboardingStep[] = [];
  #report: OffboardingReport | undefined;

  /**
   * @param settings what the tenant was configured with: its work in flight and its hooks still read it
   * @param drains one for each generation of the tenant that has not ended, the present generation last
   */
  constructor(
    private readonly host: OffboardingHost,
    readonly tenant: string,
    readonly settings: TenantSettings | undefined,
    drains: readonly Drain[],
  ) {
    this.drains = drains.length > 0 ? drains : [new Drain(undefined, tenant)];
    this.#removeDepartures = host.addDepartures(tenant, this.drains);
    const cohort = new Cohort(tenant);
    this.#hookContext = new Context(cohort);
    this.drains.at(-1)!.admit(cohort);
    this.#before = host.before.list();
    this.#after = host.after.list().reverse();
  }

  /**
   * Runs all steps.
   * @param found whether anything of the tenant was there
   * @param earlier the report of an earlier offboarding of the same tenant: `drain` waits for it too
   */
  async runSteps(options: Required<OffboardingOptions>, found: boolean, earlier?: Promise<unknown>): Promise<OffboardingReport> {
    const {clock} = this.host;
    const start = clock.now();
    const leases = leasesLeft(this.drains);
    // no await where there is nothing to wait for, so that the tenant ends synchronously
    const drained = this.#drain(options.drainTimeout, earlier);
    if (drained) await drained;
    const leasesForced = leasesLeft(this.drains);
    const operationsForced = this.drains.reduce((left, {operationsLeft}) => left + operationsLeft, 0);
    this.#abort();
    const registries = this.drains.flatMap(({registry}) => registry ?? []);
    const generation = registries.at(-1)?.generation;
    const counts = this.#counts(registries);
    const event = this.#event(counts);
    if (this.#before.length > 0) this.#before = await this.#runHooks('before-hooks', this.#before, event, options.hookTimeout);
    this.#hookContext.endContext();
    this.#removeDepartures?.();
    // a tombstone may keep this object for a retry, so it must keep no ended registry
    this.#removeDepartures = undefined;
    const dataSources = this.#dispose(registries);
    const disconnected = await this.#disconnect(dataSources, options.hookTimeout);
    this.#after = await this.#runHooks('after-hooks', this.#after, event, options.hookTimeout);
    this.drains = [];
    registries.length = 0;
    const survivors = options.verify && found && {survivors: await survivorsAfterCollection(concatenation(this.#classes))};
    this.#classes = [];
    await endOfRunningJob();
    return this.#makeReport({
      found,
      generation,
      ...counts,
      dataSources: disconnected,
      leasesDrained: leases - leasesForced,
      leasesForced,
      operationsForced,
      duration: clock.now() - start,
      ...survivors,
    });
  }

  /** Runs the failed hooks again and disconnects the datasources that did not disconnect. Counts no survivors. */
  async retry({hookTimeout}: Required<OffboardingOptions>): Promise<OffboardingReport> {
    const {clock} = this.host;
    const start = clock.now();
    const report = this.#report!;
    const {models, embeddedModels} = report;
    const event = this.#event({models, embeddedModels});
    this.#steps = [];
    this.#before = await this.#runHooks('before-hooks', this.#before, event, hookTimeout);
    const disconnected = await this.#disconnect([...this.#notDisconnected], hookTimeout);
    this.#after = await this.#runHooks('after-hooks', this.#after, event, hookTimeout);
    await endOfRunningJob();
    return this.#makeReport({...report, dataSources: report.dataSources + disconnected, duration: clock.now() - start});
  }

  /** Aborts the work in flight now, without waiting for the deadline. */
  abortWork(): void {
    for (const drain of this.drains) drain.abort(() => new TenantOffboardedError(this.tenant));
  }

  /** Whether the running code is work in flight of the tenant that this offboarding waits for, or one of its before-hooks. */
  get isOfRunningWork(): boolean {
    const context = TenantContext.current?.innermostOf(this.tenant);
    return this.drains.some(drain => drain.holds(context));
  }

  /** Whether the latest run has ended with errors. */
  get failed(): boolean {
    return this.#report !== undefined && this.#report.errors.length + this.#report.hookErrors.length > 0;
  }

  #event(counts: Pick<OffboardingEvent, 'models' | 'embeddedModels'>): OffboardingEvent {
    const {tenant, settings} = this;
    return Object.freeze({tenant, reason: 'offboard' as const, ...(settings && {settings}), ...counts});
  }

  /** @returns undefined where there is nothing to wait for */
  #drain(timeout: number, earlier: Promise<unknown> | undefined): Promise<void> | undefined {
    const begin = this.host.clock.now();
    const busy = timeout > 0 ? this.drains.filter(({over}) => !over) : [];
    const drained = () => this.#addStep('drain', begin);
    if (busy.length > 0 || earlier) {
      return Promise.all([earlier, ...busy.map(drain => drain.wait(this.host.clock, timeout))]).then(drained);
    }
    drained();
    return undefined;
  }

  #abort(): void {
    const begin = this.host.clock.now();
    this.abortWork();
    this.#addStep('abort', begin);
  }

  #counts(registries: readonly ModelRegistry[]): {models: number; embeddedModels: number} {
    const counts = registries.map(registry => registry.counts());
    const sum = (key: 'models' | 'embeddedModels') => counts.reduce((total, one) => total + one[key], 0);
    return {models: sum('models'), embeddedModels: sum('embeddedModels')};
  }

  #dispose(registries: readonly ModelRegistry[]): StockDataSource[] {
    const begin = this.host.clock.now();
    const dataSources = openDataSources(registries);
    const error = () => new TenantOffboardedError(this.tenant);
    const ends = registries.map(registry => this.host.endRegistry(registry, error));
    this.#classes = ends.map(({classes}) => classes);
    this.#addStep(
      'dispose',
      begin,
      ends.flatMap(({errors}) => errors),
    );
    return dataSources;
  }

  async #disconnect(dataSources: readonly StockDataSource[], timeout: number): Promise<number> {
    const begin = this.host.clock.now();
    const {disconnected, failed, errors} = await disconnectAll(dataSources, timeout, this.host.clock);
    this.#notDisconnected.clear();
    for (const dataSource of failed) this.#notDisconnected.add(dataSource);
    this.#addStep('disconnect', begin, errors);
    return disconnected;
  }

  /** @returns the hooks that failed */
  async #runHooks(
    step: 'before-hooks' | 'after-hooks',
    hooks: readonly Hook<OffboardingEvent>[],
    event: OffboardingEvent,
    timeout: number,
  ): Promise<readonly Hook<OffboardingEvent>[]> {
    const begin = this.host.clock.now();
    const run = () => runHooks(hooks, event, timeout, this.host.clock);
    const {failed, errors} = await (step === 'before-hooks' ? runWithin(this.#hookContext, run, undefined, []) : run());
    // after-hooks ran in reverse; the report has all errors in the order of registration
    this.#addStep(step, begin, step === 'after-hooks' ? errors.toReversed() : errors);
    return failed;
  }

  #addStep(step: OffboardingStepName, begin: number, errors: readonly unknown[] = []): void {
    this.#steps.push(Object.freeze({step, duration: this.host.clock.now() - begin, errors: Object.freeze(errors)}));
  }

  #makeReport(facts: Omit<OffboardingReport, 'tenant' | 'steps' | 'hookErrors' | 'errors'>): OffboardingReport {
    const steps = Object.freeze(this.#steps);
    const errors = (hooks: boolean) =>
      Object.freeze(steps.filter(({step}) => step.endsWith('hooks') === hooks).flatMap(step => step.errors));
    return (this.#report = Object.freeze({
      ...facts,
      tenant: this.tenant,
      hookErrors: errors(true),
      errors: errors(false),
      steps,
    }));
  }
}

/** An iterable that yields the items of all parts, and can be iterated repeatedly. */
function concatenation<T>(parts: readonly Iterable<T>[]): Iterable<T> {
  return {
    *[Symbol.iterator]() {
      for (const part of parts) yield* part;
    },
  };
}
