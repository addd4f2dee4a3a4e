import {TenantOffboardedError} from '../../scoped-registry/errors';
import type {ModelClass, StockDataSource} from '../../scoped-registry/juggler/types';
import type {ModelRegistry, RegistryEnd} from '../../scoped-registry/registry/model-registry';
import {WeakBag} from '../../scoped-registry/primitives/weak-bag';
import type {Clock} from '../time/clock';
import {Cohort} from '../context/cohort';
import {nextMacrotask, survivorsAfterCollection} from '../generations/garbage-collection';
import {Context} from '../context/context';
import {disconnectAll, openDataSources} from './disconnecting';
import {Drain, leasesLeft} from '../generations/drain';
import {runHooks, type Hook, type Hooks} from './hooks';
import type {OffboardingOptions} from './offboarding-options';
import type {OffboardingEvent, OffboardingReport, OffboardingStep, OffboardingStepName} from './offboarding-report';
import {runWithin} from '../context/tenant-context';

/** What an offboarding needs of the registries. */
export interface OffboardingHost {
  readonly clock: Clock;
  readonly before: Hooks<OffboardingEvent>;
  readonly after: Hooks<OffboardingEvent>;
  /** Lets the work of drains go on with the registries that it began with; returns what ends that. */
  departAll(tenant: string, drains: readonly Drain[]): () => void;
  /** Ends a registry; returns what failed with it, and its classes, weakly. */
  endRegistry(registry: ModelRegistry, error: () => Error): RegistryEnd & {readonly classes: Iterable<ModelClass>};
}

/**
 * The steps of a tenant that leaves for good: drain to the deadline, abort what is left, before-hooks, dispose,
 * disconnect, after-hooks in reverse. Where there is nothing to wait for, the registry has ended when `run()` returns its
 * promise. No step keeps the later ones from being done.
 */
export class Offboarding {
  /** The work in flight, one for each generation of the tenant that is still at work. */
  drains: readonly Drain[];
  #classes: readonly Iterable<ModelClass>[] = [];
  /** For the before-hooks, which may use the tenant's models as work in flight may. */
  readonly #farewell: Context;
  /** What a retry does again; weakly, for the tenant is gone. */
  readonly #connected = new WeakBag<StockDataSource>();
  #cut: (() => void) | undefined;
  #before: readonly Hook<OffboardingEvent>[];
  #after: readonly Hook<OffboardingEvent>[];
  #steps: OffboardingStep[] = [];
  #report: OffboardingReport | undefined;

  /** @param drains the work in flight of each generation of the tenant that has not ended, the one in use last */
  constructor(
    private readonly host: OffboardingHost,
    private readonly tenant: string,
    drains: readonly Drain[],
  ) {
    this.drains = drains.length > 0 ? drains : [new Drain(undefined, tenant)];
    this.#cut = host.departAll(tenant, this.drains);
    const cohort = new Cohort(tenant);
    this.#farewell = new Context(tenant, cohort);
    this.drains.at(-1)!.admit(cohort);
    this.#before = host.before.list();
    this.#after = host.after.list().reverse();
  }

  /** @param before the offboarding of the same tenant that this one must not overtake */
  async runSteps(options: Required<OffboardingOptions>, before?: Promise<unknown>): Promise<OffboardingReport> {
    const {clock} = this.host;
    const start = clock.now();
    const leases = leasesLeft(this.drains);
    // no await where there is nothing to wait for: the tenant ends at once then
    const drained = this.#drain(options.drainTimeout, before);
    if (drained) await drained;
    const leasesForced = leasesLeft(this.drains);
    const operationsForced = this.drains.reduce((left, {operationsLeft}) => left + operationsLeft, 0);
    this.#abort();
    const registries = this.drains.flatMap(({registry}) => registry ?? []);
    const generation = registries.at(-1)?.generation;
    const counts = this.#counts(registries);
    const event = Object.freeze({tenant: this.tenant, reason: 'offboard' as const, ...counts});
    if (this.#before.length > 0) this.#before = await this.#hooks('before-hooks', this.#before, event, options.hookTimeout);
    this.#farewell.endContext();
    this.#cut?.();
    // a tombstone may keep this for a retry, but no registry
    this.#cut = undefined;
    const dataSources = this.#dispose(registries);
    const disconnected = await this.#disconnect(dataSources, options.hookTimeout);
    this.#after = await this.#hooks('after-hooks', this.#after, event, options.hookTimeout);
    this.drains = [];
    registries.length = 0;
    const survivors = options.verify && {survivors: await survivorsAfterCollection(chain(this.#classes))};
    this.#classes = [];
    await nextMacrotask();
    return this.#reported({
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

  /** Does again what failed. Survivors are not counted again. */
  async retry({hookTimeout}: Required<OffboardingOptions>): Promise<OffboardingReport> {
    const {clock} = this.host;
    const start = clock.now();
    const report = this.#report!;
    const {models, embeddedModels} = report;
    const event = Object.freeze({tenant: this.tenant, reason: 'offboard' as const, models, embeddedModels});
    this.#steps = [];
    this.#before = await this.#hooks('before-hooks', this.#before, event, hookTimeout);
    const disconnected = await this.#disconnect([...this.#connected], hookTimeout);
    this.#after = await this.#hooks('after-hooks', this.#after, event, hookTimeout);
    await nextMacrotask();
    return this.#reported({...report, dataSources: report.dataSources + disconnected, duration: clock.now() - start});
  }

  /** Waits for no work any longer. */
  hurry(): void {
    for (const drain of this.drains) drain.abort(() => new TenantOffboardedError(this.tenant));
  }

  get failed(): boolean {
    return this.#report !== undefined && this.#report.errors.length + this.#report.hookErrors.length > 0;
  }

  #drain(timeout: number, before: Promise<unknown> | undefined): Promise<void> | undefined {
    const begin = this.host.clock.now();
    const busy = timeout > 0 ? this.drains.filter(({over}) => !over) : [];
    const drained = () => this.#step('drain', begin);
    if (busy.length > 0 || before) {
      return Promise.all([before, ...busy.map(drain => drain.wait(this.host.clock, timeout))]).then(drained);
    }
    drained();
    return undefined;
  }

  #abort(): void {
    const begin = this.host.clock.now();
    this.hurry();
    this.#step('abort', begin);
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
    this.#step(
      'dispose',
      begin,
      ends.flatMap(({errors}) => errors),
    );
    return dataSources;
  }

  async #disconnect(dataSources: readonly StockDataSource[], timeout: number): Promise<number> {
    const begin = this.host.clock.now();
    const {disconnected, failed, errors} = await disconnectAll(dataSources, timeout, this.host.clock);
    this.#connected.clear();
    for (const dataSource of failed) this.#connected.add(dataSource);
    this.#step('disconnect', begin, errors);
    return disconnected;
  }

  async #hooks(
    step: 'before-hooks' | 'after-hooks',
    hooks: readonly Hook<OffboardingEvent>[],
    event: OffboardingEvent,
    timeout: number,
  ): Promise<readonly Hook<OffboardingEvent>[]> {
    const begin = this.host.clock.now();
    const run = () => runHooks(hooks, event, timeout, this.host.clock);
    const {failed, errors} = await (step === 'before-hooks' ? runWithin(this.#farewell, run, undefined, []) : run());
    // in the order of their registration, whichever way they ran
    this.#step(step, begin, step === 'after-hooks' ? errors.toReversed() : errors);
    return failed;
  }

  #step(step: OffboardingStepName, begin: number, errors: readonly unknown[] = []): void {
    this.#steps.push(Object.freeze({step, duration: this.host.clock.now() - begin, errors: Object.freeze(errors)}));
  }

  #reported(facts: Omit<OffboardingReport, 'tenant' | 'steps' | 'hookErrors' | 'errors'>): OffboardingReport {
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

/** All of them, each time it is gone through. */
function chain<T>(parts: readonly Iterable<T>[]): Iterable<T> {
  return {
    *[Symbol.iterator]() {
      for (const part of parts) yield* part;
    },
  };
}
