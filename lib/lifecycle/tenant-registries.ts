import {NoTenantError, RegistriesDisposedError, TenantBuiltError} from '../scoped-registry/errors';
import {ModelRegistry} from '../scoped-registry/registry/model-registry';
import {tenantCode} from '../scoped-registry/tenant-code';
import {Admission} from './leaving/admission';
import {activeContexts} from './context/cohort';
import {collectGarbage} from './generations/garbage-collection';
import {beginContext} from './context/context';
import {Generations} from './generations/generations';
import {Hooks} from './leaving/hooks';
import {IdleSweep} from './generations/idle-sweep';
import {keepContext} from './context/async-context';
import type {Leak} from './generations/leak-ledger';
import {Lease} from './context/lease';
import {LifecyclePublisher, type LifecycleObserver} from './tenant/lifecycle-events';
import {
  DRAIN_DEFAULTS,
  OFFBOARDING_DEFAULTS,
  resolveVerbOptions,
  SHUTDOWN_DEFAULTS,
  type DrainOptions,
  type OffboardingOptions,
  type ShutdownOptions,
} from './leaving/offboarding-options';
import type {OffboardingEvent, OffboardingHook, OffboardingReport} from './leaving/offboarding-report';
import {Reloads, type ReloadOptions, type ReloadReport} from './leaving/reload';
import {Shutdown, type ShutdownReport} from './leaving/shutdown';
import type {SuspensionReport} from './leaving/suspension';
import {TenantContext} from './context/tenant-context';
import {assertOutside, resolveOptions, type Outside, type TenantRegistriesOptions} from './tenant-registries-options';
import {ConfiguredTenants, type TenantSettings} from './tenant/tenant-settings';
import type {TenantState} from './tenant/tenant-state';
import {TenantStats, type MemoryStats, type TenantRegistriesStats, type TenantSnapshot} from './tenant-stats';
import {TenantVerbs} from './leaving/tenant-verbs';

/** @internal */
export interface HeldRegistry {
  readonly tenant: string;
  readonly registry: ModelRegistry;
  /** Milliseconds since it was built, or came back. */
  readonly age: number;
  /** Milliseconds since it was used last. */
  readonly idle: number;
  /** Whether work in flight uses it. */
  readonly busy: boolean;
}

let processDefault: TenantRegistries | undefined;

/**
 * A registry for each tenant: made on first use, held in an LRU by tenant code, ended when its tenant leaves.
 *
 * New work of a tenant gets one registry at any moment, and one that was evicted and is still in use somewhere comes back
 * as itself. Work in flight keeps the registry that it began with, whatever happens to its tenant meanwhile.
 */
export class TenantRegistries {
  /** Serves everything that names no registries, as plain JSON cannot. Made on first use; assign one to choose. */
  static get default(): TenantRegistries {
    return (processDefault ??= new TenantRegistries());
  }

  static set default(registries: TenantRegistries | undefined) {
    processDefault = registries;
  }

  /** The registry for work outside any tenant. Never evicted; every tenant can see its models by name. */
  readonly shared: ModelRegistry;

  readonly #options: Required<TenantRegistriesOptions>;
  readonly #events = new LifecyclePublisher();
  readonly #before = new Hooks<OffboardingEvent>('beforeOffboard');
  readonly #after = new Hooks<OffboardingEvent>('onOffboard');
  readonly #generations: Generations;
  readonly #admission: Admission;
  readonly #settings: ConfiguredTenants;
  readonly #sweep: IdleSweep;
  readonly #verbs: TenantVerbs;
  readonly #reloads: Reloads;
  readonly #stats: TenantStats;
  #outside: Outside;
  #hits = 0;
  #misses = 0;
  #shutdown: {readonly steps: Shutdown; readonly report: Promise<ShutdownReport>} | undefined;
  #disposed: Promise<void> | undefined;

  /** @throws InvalidOptionError `INVALID_OPTION` */
  constructor(options: TenantRegistriesOptions = {}) {
    this.#options = resolveOptions(options);
    const {clock, embedded, isTenant, maxTombstones, outside} = this.#options;
    this.shared = new ModelRegistry({embedded});
    this.#outside = outside;
    const generations = (this.#generations = new Generations(this.#options, this.shared, this.#events));
    const admission = (this.#admission = new Admission(maxTombstones, isTenant));
    const [events, before, after] = [this.#events, this.#before, this.#after];
    this.#settings = new ConfiguredTenants(maxTombstones);
    this.#sweep = new IdleSweep(generations, this.#options);
    this.#verbs = new TenantVerbs({clock, generations, admission, events, before, after});
    this.#reloads = new Reloads(generations, clock);
    this.#stats = new TenantStats(generations, admission, this.#verbs, this.shared);
    this.shared.tenantRegistries = this;
  }

  /**
   * The tenant's registry, made on first use. Counts as use. Work in flight gets the one that it began with.
   * @throws InvalidTenantCodeError, TenantRefusedError, TenantSuspendedError, TenantOffboardedError, RegistriesDisposedError
   */
  for(tenant: string): ModelRegistry {
    const begun = this.#generations.inFlight(tenant);
    if (begun) return begun;
    this.#assertOpen();
    this.#admission.assertTakesWork(tenant);
    const now = this.#options.clock.now();
    this.#sweep.tick(now);
    const known = this.#generations.get(tenant, now);
    if (known) {
      // it may be the first one that came back
      this.#sweep.start();
      this.#hits++;
      return known;
    }
    tenantCode(tenant);
    this.#admission.assertMayBeBuilt(tenant);
    this.#misses++;
    this.#sweep.start();
    return this.#generations.build(tenant, now);
  }

  /** The tenant's registry if there is one. Builds nothing and does not count as use. */
  peek(tenant: string): ModelRegistry | undefined {
    return this.#generations.peek(tenant);
  }

  /**
   * The running tenant's registry, else the shared one.
   * @throws what `for` throws, what `currentTenant` throws, and NoTenantError where `outside` is 'refuse'
   */
  current(): ModelRegistry {
    const tenant = this.currentTenant();
    if (tenant !== undefined) return this.for(tenant);
    this.#assertOpen();
    if (this.#outside === 'refuse') throw new NoTenantError("The running tenant's models are asked for");
    return this.shared;
  }

  /** @internal The tenant of the running work. */
  currentTenant(): string | undefined {
    return this.#options.currentTenant() ?? undefined;
  }

  /**
   * Runs `work` for a tenant, as `TenantContext.run` does, and gives it the tenant's registry.
   * @throws what `for` throws, before `work` is called
   */
  run<Result>(tenant: string, work: (registry: ModelRegistry) => Result): Result {
    return TenantContext.run(tenant, work, this.for(tenant));
  }

  /**
   * A lease on a tenant, for work that is not one function: `using lease = registries.acquire('acme')`, or call its
   * `release()`.
   * @throws what `for` throws
   */
  acquire(tenant: string): Lease {
    const registry = this.for(tenant);
    return new Lease(beginContext(tenant, TenantContext.current), registry);
  }

  /**
   * What class-making work gets where no tenant runs; may be changed at any time. `registries.shared` itself serves on.
   * @throws InvalidOptionError `INVALID_OPTION`
   */
  get outside(): Outside {
    return this.#outside;
  }

  set outside(outside: Outside) {
    assertOutside(outside);
    this.#outside = outside;
  }

  /**
   * Settings of a tenant that is not built yet, for `settings` and for what makes its datasources. Calling it again
   * before that replaces them. They stay until the tenant is offboarded.
   * @throws TenantBuiltError `TENANT_BUILT`, TenantOffboardedError, TooManyTenantsError, InvalidOptionError
   */
  configure(tenant: string, settings: TenantSettings): void {
    this.#assertOpen();
    this.#verbs.assertAllows(tenantCode(tenant), 'reload');
    if (this.peek(tenant)) throw new TenantBuiltError(tenant);
    this.#settings.set(tenant, settings);
  }

  /** What was configured for a tenant. */
  settings(tenant: string): TenantSettings | undefined {
    return this.#settings.get(tenant);
  }

  /**
   * Lets a tenant's registry go, to be made anew on its next use. Without work in flight it comes back as itself then,
   * if it is still in use somewhere. Work in flight goes on with it, new work gets the next one, and it ends with the last
   * of that work.
   * @returns whether anything changed
   */
  evict(tenant: string): boolean {
    return this.#generations.evictByHand(tenantCode(tenant));
  }

  /** Evicts every tenant. @returns how many */
  evictAll(): number {
    return [...this.#generations.leastRecentlyUsed()].filter(tenant => this.evict(tenant)).length;
  }

  /**
   * Evicts the tenants used least recently that have no work in flight, until they held `models` classes between them or
   * none is left.
   * @returns what went
   */
  shed(models: number): {readonly tenants: number; readonly models: number} {
    return this.#generations.shed(models);
  }

  /**
   * Lets a tenant's registry go at once, so that new work builds the next one, with new settings where they are given;
   * work in flight goes on with the old one, which ends with the last of it. Nothing is cut. Concurrent calls get the same
   * report, until there is a next one to reload.
   * @returns when the work in flight is done, or at the deadline
   * @throws InvalidTenantCodeError, InvalidOptionError, TenantOffboardedError, TooManyTenantsError, RegistriesDisposedError
   */
  reload(tenant: string, options: ReloadOptions = {}): Promise<ReloadReport> {
    const {settings, ...drain} = Object(options) as ReloadOptions;
    const {drainTimeout} = resolveVerbOptions('reload', options === Object(options) ? drain : options, DRAIN_DEFAULTS);
    this.#assertOpen();
    this.#verbs.assertAllows(tenantCode(tenant), 'reload');
    if (settings !== undefined) this.#settings.set(tenant, settings);
    return this.#reloads.reload(tenant, drainTimeout);
  }

  /**
   * Refuses new work of a tenant, but keeps it known, with its registry; work in flight goes on. Safe to call again: the
   * same report comes back.
   * @returns when the work in flight is done, or at the deadline
   * @throws InvalidTenantCodeError, InvalidOptionError, TenantOffboardedError, TooManyTenantsError, RegistriesDisposedError
   */
  suspend(tenant: string, options: DrainOptions = {}): Promise<SuspensionReport> {
    const {drainTimeout} = resolveVerbOptions('suspend', options, DRAIN_DEFAULTS);
    this.#assertOpen();
    return this.#verbs.suspend(tenantCode(tenant), drainTimeout);
  }

  /**
   * Lets a suspended tenant take work again.
   * @returns whether it was suspended
   */
  resume(tenant: string): boolean {
    return this.#verbs.lift(tenantCode(tenant), 'resume');
  }

  /**
   * The tenant leaves for good. New work is refused from the call on; work in flight is drained to the deadline and then
   * aborted; the before-hooks run; classes, datasources and fingerprints go, whoever holds a builder, a datasource or a
   * context of the tenant's; the after-hooks run, the last one first. Without work in flight and before-hooks, the classes
   * have gone when this returns its promise. Safe to call again: the same report comes back.
   * @throws InvalidTenantCodeError, InvalidOptionError, TenantNotSuspendedError, RegistriesDisposedError; what fails on the
   * way is in the report
   */
  offboard(tenant: string, options: OffboardingOptions = {}): Promise<OffboardingReport> {
    const resolved = resolveVerbOptions('offboard', options, OFFBOARDING_DEFAULTS);
    this.#assertOpen();
    const report = this.#verbs.offboard(tenantCode(tenant), resolved);
    this.#settings.delete(tenant);
    return report;
  }

  /**
   * Lifts the tombstone of a tenant that has come back. While it is still on its way out, new work builds it anew beside
   * that.
   * @returns whether there was one
   */
  reinstate(tenant: string): boolean {
    return this.#verbs.lift(tenantCode(tenant), 'reinstate');
  }

  /**
   * Called, and awaited, for each tenant that leaves, after its work has ended and before its models go. It runs in the
   * tenant's context, and its models still work there.
   * @returns the hook's removal
   * @throws InvalidOptionError `INVALID_OPTION`
   */
  beforeOffboard(hook: OffboardingHook): () => void {
    return this.#before.add(hook);
  }

  /**
   * The tenant offboarding hook: called, and awaited, for each tenant that leaves, after its models have gone; the hook
   * registered last comes first. It must not wait for the offboarding that waits for it.
   * @returns the hook's removal
   * @throws InvalidOptionError `INVALID_OPTION`
   */
  onOffboard(hook: OffboardingHook): () => void {
    return this.#after.add(hook);
  }

  /**
   * Tells an observer what happens in the lives of the tenants. The same events are published on the channels
   * `loopback-scoped-registry:built`, `:leaving`, `:ended` and `:state` of `node:diagnostics_channel`.
   * @returns the observer's removal
   * @throws InvalidOptionError `INVALID_OPTION`
   */
  observe(observer: LifecycleObserver): () => void {
    return this.#events.add(observer);
  }

  state(tenant: string): TenantState {
    return this.#verbs.state(tenantCode(tenant));
  }

  /** The number of a tenant's contexts and leases that have not ended, exactly. */
  activeContexts(tenant: string): number {
    return activeContexts(tenant);
  }

  /** A tenant as it is now. Builds nothing. */
  inspect(tenant: string): TenantSnapshot {
    return this.#stats.inspect(tenantCode(tenant));
  }

  /** All tenants that are held, leaving, suspended, on their way out or gone and remembered. */
  tenants(): readonly TenantSnapshot[] {
    return this.#stats.tenants();
  }

  stats(): TenantRegistriesStats {
    return this.#stats.registries(this.#hits, this.#misses);
  }

  getMemoryStats(): MemoryStats {
    return this.#stats.memory(this.#hits, this.#misses);
  }

  /**
   * Registries that were let go, for whatever reason, of which something is still alive: what user code keeps of a tenant
   * that has gone. Nothing is kept alive by asking, and at most the 10,000 that went last are remembered.
   * @param options `collect`: collect garbage first, which stops the process for as long as that takes. Without it, what
   * has only not been collected yet is listed as well. Default: true
   */
  findLeaks({collect = true}: {readonly collect?: boolean} = {}): readonly Leak[] {
    if (collect) collectGarbage();
    return this.#generations.findLeaks();
  }

  /**
   * Ends every tenant, and the shared registry: new work is refused from the call on, work in flight is drained to one
   * deadline for all and then aborted, registries and datasources go. Hooks do not run: no tenant leaves for good. Safe to
   * call again: the same report comes back. Never rejects.
   * @throws InvalidOptionError `INVALID_OPTION`
   */
  shutdown(options: ShutdownOptions = {}): Promise<ShutdownReport> {
    const resolved = resolveVerbOptions('shutdown', options, SHUTDOWN_DEFAULTS);
    if (this.#shutdown) return this.#shutdown.report;
    TenantContext.current?.detach();
    let settle!: (report: Promise<ShutdownReport>) => void;
    const report = new Promise<ShutdownReport>(resolve => (settle = resolve));
    const {clock} = this.#options;
    const {offboardings} = this.#verbs;
    const [generations, admission, shared] = [this.#generations, this.#admission, this.shared];
    const steps = new Shutdown({clock, generations, admission, shared, offboardings});
    // before anything ends: nothing on the way may be built anew
    this.#shutdown = {steps, report};
    this.#sweep.stop();
    settle(steps.runSteps(resolved));
    return report;
  }

  /**
   * Ends everything at once, without waiting for work in flight; also where a shutdown still waits. Safe to call again.
   * @throws AggregateError with all failures, after everything was ended
   */
  dispose(): Promise<void> {
    return (this.#disposed ??= this.#dispose());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** @internal Those held, the one used least recently first. Costs what is taken from it. */
  *held(): IterableIterator<HeldRegistry> {
    for (const tenant of this.#generations.leastRecentlyUsed()) yield this.holding(tenant)!;
  }

  /** @internal */
  holding(tenant: string): HeldRegistry | undefined {
    const times = this.#generations.times(tenant);
    const registry = this.#generations.peek(tenant);
    if (!times || !registry) return undefined;
    const now = this.#options.clock.now();
    return {registry, tenant, age: now - times.since, idle: now - times.usedAt, busy: this.#generations.isBusy(tenant)};
  }

  /** Lets work that is done later run for the tenant that runs now. */
  keepContext<Work extends (...args: never[]) => unknown>(work: Work): Work {
    return keepContext(work);
  }

  /** For `debug` output of datasource settings. */
  toJSON(): object {
    return {tenants: this.#generations.size};
  }

  async #dispose(): Promise<void> {
    const report = this.shutdown({drainTimeout: 0, hookTimeout: DRAIN_DEFAULTS.drainTimeout});
    this.#shutdown?.steps.hurry();
    const {errors} = await report;
    if (errors.length > 0) throw new AggregateError(errors, 'The registries were disposed, with failures on the way.');
  }

  #assertOpen(): void {
    if (this.#shutdown) throw new RegistriesDisposedError();
  }
}
