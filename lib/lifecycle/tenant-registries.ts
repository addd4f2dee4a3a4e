import {NoTenantError, RegistriesDisposedError, RegistryDisposedError, TenantBuiltError} from '../scoped-registry/errors';
import {ModelRegistry} from '../scoped-registry/registry/model-registry';
import type {RunningTenants} from '../scoped-registry/ownership/running-tenants';
import {assertOfThisCopy, markAsOurs} from '../scoped-registry/package-copy';
import {tenantCode} from '../scoped-registry/tenant-code';
import {Admission} from './leaving/admission';
import {activeContexts, openOwnCohort} from './context/cohort';
import {collectGarbage} from './generations/garbage-collection';
import {beginContext, Context} from './context/context';
import {runningTenantsOf} from './context/cross-tenant-use';
import {forEachTenant, type ForEachTenantOptions, type ForEachTenantReport, type Tenants} from './tenant/for-each-tenant';
import {Generations} from './generations/generations';
import {Hooks} from './leaving/hooks';
import type {HeldRegistry} from './tenant/held-registry';
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

let processDefault: TenantRegistries | undefined;

/**
 * Holds a model registry for each tenant. A registry is made on first use, held in an LRU by tenant code, and ended when its
 * tenant leaves.
 *
 * At any moment all new work of a tenant gets the same registry. An evicted registry that something keeps alive comes back as
 * itself on the next use. Work in flight keeps the registry that it began with, even when its tenant is evicted or reloaded
 * meanwhile. Only an offboarding, a shutdown or `dispose` aborts it, at a deadline.
 */
export class TenantRegistries {
  /**
   * The registries for builders and datasources whose options name no `registries`, for example settings in plain JSON. Made
   * with default options on first use. Assign your own before that.
   */
  static get default(): TenantRegistries {
    return (processDefault ??= new TenantRegistries());
  }

  static set default(registries: TenantRegistries | undefined) {
    assertOfThisCopy(registries, 'TenantRegistries.default gets the TenantRegistries of another copy');
    processDefault = registries;
  }

  /** @internal Whether these are the present `default`. Makes none. */
  static isDefault(registries: TenantRegistries): boolean {
    return registries === processDefault;
  }

  /** The registry for work outside any tenant. It is never evicted. Every tenant finds its models by name. */
  readonly shared: ModelRegistry;
  /** @internal */ readonly runningTenants: RunningTenants;

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
    const {clock, embedded, isTenant, maxDepth, maxTombstones, outside} = this.#options;
    this.shared = new ModelRegistry({embedded, maxDepth});
    this.runningTenants = runningTenantsOf(this.#options);
    this.#outside = outside;
    const generations = (this.#generations = new Generations(this.#options, this.shared, this.#events, this.runningTenants));
    const admission = (this.#admission = new Admission(maxTombstones, isTenant));
    const [events, before, after] = [this.#events, this.#before, this.#after];
    this.#sweep = new IdleSweep(generations, this.#options);
    const configured = (this.#settings = new ConfiguredTenants(maxTombstones));
    this.#verbs = new TenantVerbs({clock, generations, admission, events, configured, before, after});
    this.#reloads = new Reloads(generations, clock);
    this.#stats = new TenantStats(generations, admission, this.#verbs, this.shared);
    this.shared.tenantRegistries = this;
  }

  /**
   * Returns the tenant's registry, and builds it on first use. Counts as use. Work in flight gets the registry that it began
   * with.
   * @throws InvalidTenantCodeError `INVALID_TENANT_CODE`, TenantRefusedError `TENANT_REFUSED`, TenantSuspendedError
   * `TENANT_SUSPENDED`, TenantOffboardedError `TENANT_OFFBOARDED`, RegistriesDisposedError `REGISTRIES_DISPOSED`
   */
  for(tenant: string): ModelRegistry {
    const ofRunningWork = this.#generations.registryOfRunningWork(tenant);
    if (ofRunningWork) return ofRunningWork;
    const now = this.#options.clock.now();
    this.#sweep.tick(now);
    const known = this.#find(tenant, now);
    if (known) return known;
    const code = tenantCode(tenant);
    this.#admission.assertIsTenant(code);
    this.#generations.makeRoom();
    // the gate, and observers of what made room, may have called any verb
    return this.#find(code, now) ?? this.#build(code, now);
  }

  /** Returns the tenant's registry, or undefined where there is none. Builds nothing. Does not count as use. */
  peek(tenant: string): ModelRegistry | undefined {
    return this.#generations.peek(tenant);
  }

  /**
   * Returns the running tenant's registry, or the shared one where no tenant runs.
   * @throws what `for` throws, what the option `currentTenant` throws, and NoTenantError `NO_TENANT` where no tenant runs and
   * `outside` is 'refuse'
   */
  current(): ModelRegistry {
    const tenant = this.currentTenant();
    if (tenant !== undefined) return this.for(tenant);
    this.#assertOpen();
    if (this.#outside === 'refuse') throw new NoTenantError("The running tenant's models are asked for");
    return this.shared;
  }

  /** @internal Returns the tenant of the running work. */
  currentTenant(): string | undefined {
    return this.#options.currentTenant() ?? undefined;
  }

  /**
   * Runs `work` for a tenant, as `TenantContext.run` does, and passes it the tenant's registry.
   * @throws what `for` throws, before `work` is called
   */
  run<Result>(tenant: string, work: (registry: ModelRegistry) => Result): Result {
    return TenantContext.run(tenant, work, this.for(tenant));
  }

  /**
   * Does work for many tenants: a migration or a nightly job. Each tenant's work runs in a context of its own, a few tenants at a time. A
   * failure stops no other tenant. A tenant that is suspended or offboarded is skipped. A code that occurs twice is worked on once.
   * @param tenants the codes, from any iterable, sync or async: an array, the rows of a master database
   * @param work gets the tenant's code and its registry. May return a promise
   * @returns a report with each tenant's result or error, once the last work has ended. Rejects only for wrong arguments
   * @throws InvalidOptionError `INVALID_OPTION`, as a rejection
   */
  forEachTenant<Result>(
    tenants: Tenants,
    work: (tenant: string, registry: ModelRegistry) => Result | PromiseLike<Result>,
    options: ForEachTenantOptions = {},
  ): Promise<ForEachTenantReport<Result>> {
    return forEachTenant((tenant, begun) => this.run(tenant, begun), tenants, work, options);
  }

  /**
   * Takes a lease on a tenant, for work that is not a single function: `using lease = registries.acquire('acme')`. Without
   * `using`, call `release()` on the lease.
   * @throws what `for` throws
   */
  acquire(tenant: string): Lease {
    const registry = this.for(tenant);
    return new Lease(beginContext(tenant, TenantContext.current), registry);
  }

  /** @internal As `acquire`, for work that can be given up alone: see `Lease.giveUp`. */
  acquireApart(tenant: string): Lease {
    const registry = this.for(tenant);
    return new Lease(new Context(openOwnCohort(tenant), TenantContext.current?.enclosingOfNested()), registry);
  }

  /**
   * @internal Throws what `for` throws for a tenant that takes no work, before anything is asked about the tenant. For lib/http.
   */
  assertTakesWork(tenant: string): void {
    this.#assertOpen();
    this.#admission.assertTakesWork(tenant);
    this.#admission.assertNotOffboarded(tenant);
  }

  /**
   * @internal Builds the registry of a tenant that was looked up, if it has none. The tenant has the settings for as long as that
   * registry lives: they can be looked up again. For lib/http.
   */
  buildLookedUp(tenant: string, settings: TenantSettings): void {
    if (!this.#generations.peek(tenant)) this.#settings.lend(tenant, settings, () => this.for(tenant));
  }

  /**
   * What a builder or datasource that follows the running tenant does where no tenant runs. See the option `outside`. May be
   * changed at any time. `registries.shared` stays usable with both values.
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
   * Sets the settings of a tenant that is not built, or not any more: after `evict`, after `reload`, and when it was evicted and
   * no work in flight uses it. `settings(tenant)` returns them, and `create` of TenantDataSources gets them. A second call before
   * the tenant is built replaces them. They stay until the tenant has gone, at the end of its offboarding, but for those that the
   * middleware's `lookUp` has found: these go with the tenant's registry. A reinstated tenant has none.
   * @throws TenantBuiltError `TENANT_BUILT`, TenantOffboardedError `TENANT_OFFBOARDED`, TooManyTenantsError
   * `TOO_MANY_TENANTS`, InvalidTenantCodeError `INVALID_TENANT_CODE`, InvalidOptionError `INVALID_OPTION`,
   * RegistriesDisposedError `REGISTRIES_DISPOSED`
   */
  configure(tenant: string, settings: TenantSettings): void {
    this.#assertOpen();
    const code = tenantCode(tenant);
    this.#verbs.assertAllows(code, 'reload');
    if (this.#generations.isBuilt(code)) throw new TenantBuiltError(code);
    this.#settings.set(code, settings);
    this.#settings.forgetLookedUp(this.#generations.peek(code));
  }

  /**
   * Returns the settings of a tenant, from `configure`, `reload`, or the middleware's `lookUp`. While the tenant is being offboarded, its work in flight and
   * the hooks still get them. Where it was reinstated meanwhile, that work gets the old settings, and new work gets what the tenant
   * was configured with since.
   */
  settings(tenant: string): TenantSettings | undefined {
    return this.#verbs.settings(tenant, this.#settings.get(tenant, this.#generations.registryInUse(tenant)));
  }

  /**
   * Lets a tenant's registry go for good: new work builds the next generation. Work in flight goes on with the old registry,
   * which ends with the last of that work; without work in flight it ends at once. A later use of its classes is the error
   * `REGISTRY_DISPOSED`. The tenant's datasources stay. For a report, call `reload` instead.
   * @returns whether the tenant was held, or its evicted registry was still used by work in flight
   * @throws InvalidTenantCodeError `INVALID_TENANT_CODE`
   */
  evict(tenant: string): boolean {
    return this.#generations.evictByHand(tenantCode(tenant));
  }

  /**
   * Evicts every tenant that is held, as `evict` does.
   * @returns the number of evicted tenants
   */
  evictAll(): number {
    return [...this.#generations.leastRecentlyUsed()].filter(tenant => this.evict(tenant)).length;
  }

  /** @internal Evicts a tenant as idle: a registry that something keeps alive comes back as itself. For lib/compat. */
  evictIdle(tenant: string): boolean {
    return this.#generations.evict(tenant, 'idle');
  }

  /**
   * Evicts tenants without work in flight, the one used least recently first, until the evicted ones held `models` classes
   * together or none is left.
   * @returns the number of evicted tenants, and of the classes that they held
   */
  shed(models: number): {readonly tenants: number; readonly models: number} {
    return this.#generations.shed(models);
  }

  /**
   * Lets a tenant's registry go at once, so that new work builds the next generation, with new settings where they are given.
   * Work in flight goes on with the old registry, which ends with the last of that work. No work is aborted. A second call
   * returns the same report while the next generation is not built yet.
   * @returns a report, when the work in flight is done or at the deadline
   * @throws InvalidTenantCodeError `INVALID_TENANT_CODE`, InvalidOptionError `INVALID_OPTION`, TenantOffboardedError
   * `TENANT_OFFBOARDED`, TooManyTenantsError `TOO_MANY_TENANTS`, RegistriesDisposedError `REGISTRIES_DISPOSED`
   */
  reload(tenant: string, options: ReloadOptions = {}): Promise<ReloadReport> {
    const {settings, ...drain} = Object(options) as ReloadOptions;
    const {drainTimeout} = resolveVerbOptions('reload', options === Object(options) ? drain : options, DRAIN_DEFAULTS);
    this.#assertOpen();
    const code = tenantCode(tenant);
    this.#verbs.assertAllows(code, 'reload');
    if (settings !== undefined) this.#settings.set(code, settings);
    return this.#reloads.reload(code, drainTimeout);
  }

  /**
   * Refuses new work of a tenant until `resume`. Its registry stays, and work in flight goes on. Safe to call again: the same
   * report comes back.
   * @returns a report, when the work in flight is done or at the deadline
   * @throws InvalidTenantCodeError `INVALID_TENANT_CODE`, InvalidOptionError `INVALID_OPTION`, TenantOffboardedError
   * `TENANT_OFFBOARDED`, TooManyTenantsError `TOO_MANY_TENANTS`, RegistriesDisposedError `REGISTRIES_DISPOSED`
   */
  suspend(tenant: string, options: DrainOptions = {}): Promise<SuspensionReport> {
    const {drainTimeout} = resolveVerbOptions('suspend', options, DRAIN_DEFAULTS);
    this.#assertOpen();
    return this.#verbs.suspend(tenantCode(tenant), drainTimeout);
  }

  /**
   * Ends a suspension: the tenant takes work again.
   * @returns whether the tenant was suspended
   * @throws InvalidTenantCodeError `INVALID_TENANT_CODE`
   */
  resume(tenant: string): boolean {
    return this.#verbs.lift(tenantCode(tenant), 'resume');
  }

  /**
   * Ends a tenant that leaves for good. New work is refused from the call on. Work in flight may end by itself until the
   * deadline and is then aborted. The before-hooks run. The tenant's classes, datasources and fingerprints are dropped, even
   * where code still holds a builder, a datasource or a context of the tenant. The after-hooks run, the one registered last
   * first. Without work in flight and before-hooks, the classes are gone when this returns its promise. Safe to call again:
   * the same report comes back.
   * @returns a report, with everything that failed on the way
   * @throws InvalidTenantCodeError `INVALID_TENANT_CODE`, InvalidOptionError `INVALID_OPTION`, TenantNotSuspendedError
   * `TENANT_NOT_SUSPENDED`, TenantNotFoundError `TENANT_NOT_FOUND`, RegistriesDisposedError `REGISTRIES_DISPOSED`
   */
  offboard(tenant: string, options: OffboardingOptions = {}): Promise<OffboardingReport> {
    const resolved = resolveVerbOptions('offboard', options, OFFBOARDING_DEFAULTS);
    this.#assertOpen();
    return this.#verbs.offboard(tenantCode(tenant), resolved);
  }

  /**
   * Lifts the tombstone of an offboarded tenant, so that it can be used again. Where the offboarding is still under way, it
   * goes on, and new work builds the tenant anew beside it.
   * @returns whether the tenant was offboarded or being offboarded
   * @throws InvalidTenantCodeError `INVALID_TENANT_CODE`
   */
  reinstate(tenant: string): boolean {
    return this.#verbs.lift(tenantCode(tenant), 'reinstate');
  }

  /**
   * Adds a hook that is called and awaited in each offboarding, after the tenant's work has ended and before its models are
   * dropped. The hook runs in the tenant's context, where the tenant's models still work.
   * @returns a function that removes the hook
   * @throws InvalidOptionError `INVALID_OPTION`
   */
  beforeOffboard(hook: OffboardingHook): () => void {
    return this.#before.add(hook);
  }

  /**
   * Adds a hook that is called and awaited in each offboarding, after the tenant's models are dropped: the place to remove
   * other data of the tenant. The hook registered last runs first. A hook must not await the offboarding that called it.
   * @returns a function that removes the hook
   * @throws InvalidOptionError `INVALID_OPTION`
   */
  onOffboard(hook: OffboardingHook): () => void {
    return this.#after.add(hook);
  }

  /**
   * Adds an observer of the tenants' lifecycle events. The same events are published on the channels
   * `loopback-scoped-registry:built`, `:leaving`, `:ended` and `:state` of `node:diagnostics_channel`.
   * @returns a function that removes the observer
   * @throws InvalidOptionError `INVALID_OPTION`
   */
  observe(observer: LifecycleObserver): () => void {
    return this.#events.add(observer);
  }

  /**
   * Returns a tenant's state.
   * @throws InvalidTenantCodeError `INVALID_TENANT_CODE`
   */
  state(tenant: string): TenantState {
    return this.#verbs.state(tenantCode(tenant));
  }

  /** Returns the exact number of a tenant's contexts and leases that have not ended. */
  activeContexts(tenant: string): number {
    return activeContexts(tenant);
  }

  /**
   * Returns a snapshot of a tenant. Builds nothing.
   * @throws InvalidTenantCodeError `INVALID_TENANT_CODE`
   */
  inspect(tenant: string): TenantSnapshot {
    return this.#stats.inspect(tenantCode(tenant));
  }

  /** Returns a snapshot of each tenant that is not `unbuilt`. */
  tenants(): readonly TenantSnapshot[] {
    return this.#stats.tenants();
  }

  /** Returns a frozen snapshot of the counters. Cheap enough for frequent calls. */
  stats(): TenantRegistriesStats {
    return this.#stats.registries(this.#hits, this.#misses);
  }

  /** Returns a frozen snapshot with the process's memory and sums over all tenants. Walks over the tenants. */
  getMemoryStats(): MemoryStats {
    return this.#stats.memory(this.#hits, this.#misses);
  }

  /**
   * Lists registries that were let go and are still alive themselves or by some of their classes, because user code keeps a
   * reference. The list itself keeps nothing alive. The 10,000 registries that were let go last are remembered.
   * @param options `collect`: whether to run a full garbage collection first, which stops the process while it runs. With
   * false, the list also has registries that are only not collected yet. Default: true
   */
  findLeaks({collect = true}: {readonly collect?: boolean} = {}): readonly Leak[] {
    if (collect) collectGarbage();
    return this.#generations.findLeaks();
  }

  /**
   * Ends every tenant and the shared registry. New work is refused from the call on. Work in flight may end by itself until
   * one deadline for all tenants and is then aborted. Then the registries end and the datasources are disconnected. Hooks do
   * not run, because no tenant leaves for good. Safe to call again: the same report comes back. The promise never rejects.
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
    // set before anything ends, so that user code called on the way cannot build a tenant anew
    this.#shutdown = {steps, report};
    this.#sweep.stop();
    // work in flight reads the settings to its end
    settle(steps.runSteps(resolved).finally(() => this.#settings.clear()));
    return report;
  }

  /**
   * Ends everything without waiting for work in flight. Cuts short a shutdown that still waits. Safe to call again.
   * @returns a promise that rejects with an AggregateError of all failures, after everything was ended
   */
  dispose(): Promise<void> {
    return (this.#disposed ??= this.#dispose());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** @internal The registry that the running work has of a tenant. Builds nothing, does not count as use. For lib/compat. */
  peekOfWork(tenant: string): ModelRegistry | undefined {
    return this.#generations.registryOfRunningWork(tenant) ?? this.#generations.peek(tenant);
  }

  /** @internal The tenants that have a registry, held or evicted and still alive. For lib/compat. */
  alive(): string[] {
    return this.#generations.tenants().filter(tenant => this.#generations.peek(tenant) !== undefined);
  }

  /** @internal Yields the held tenants, the one used least recently first. */
  *held(): IterableIterator<HeldRegistry> {
    for (const tenant of this.#generations.leastRecentlyUsed()) yield this.holding(tenant)!;
  }

  /** @internal Returns a held tenant. */
  holding(tenant: string): HeldRegistry | undefined {
    const times = this.#generations.times(tenant);
    const registry = this.#generations.peek(tenant);
    if (!times || !registry) return undefined;
    const now = this.#options.clock.now();
    return {registry, tenant, age: now - times.since, idle: now - times.usedAt, busy: this.#generations.isBusy(tenant)};
  }

  /** Returns a function that runs `work` in the present asynchronous context, from whichever context it is called. */
  keepContext<Work extends (...args: never[]) => unknown>(work: Work): Work {
    return keepContext(work);
  }

  /** Keeps `debug` output of datasource settings, which refer to this object, short. */
  toJSON(): object {
    return {tenants: this.#generations.size};
  }

  async #dispose(): Promise<void> {
    const report = this.shutdown({drainTimeout: 0, hookTimeout: DRAIN_DEFAULTS.drainTimeout});
    this.#shutdown?.steps.abortWork();
    const {errors} = await report;
    if (errors.length > 0) throw new AggregateError(errors, 'The registries were disposed, with failures on the way.');
  }

  /** Returns the registry that a tenant has, if the tenant takes work. */
  #find(tenant: string, now: number): ModelRegistry | undefined {
    this.#assertOpen();
    this.#admission.assertTakesWork(tenant);
    const known = this.#generations.get(tenant, now);
    if (!known) return undefined;
    if (known.disposed) {
      // it came back, which evicted another one, and an observer of that has ended this one
      this.#admission.assertTakesWork(tenant);
      return undefined;
    }
    // a registry that came back may be the only one held, and then no timer is set yet
    this.#sweep.start();
    this.#hits++;
    return known;
  }

  #build(tenant: string, now: number): ModelRegistry {
    this.#admission.assertNotOffboarded(tenant);
    this.#misses++;
    this.#sweep.start();
    const registry = this.#generations.build(tenant, now);
    if (!registry.disposed) return registry;
    // an observer of `built` has ended it
    const next = this.#find(tenant, now);
    if (next) return next;
    this.#admission.assertNotOffboarded(tenant);
    throw new RegistryDisposedError(tenant);
  }

  #assertOpen(): void {
    if (this.#shutdown) throw new RegistriesDisposedError();
  }
}

markAsOurs(TenantRegistries.prototype);
