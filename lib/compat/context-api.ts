import type {EventEmitter} from 'node:events';
import {TenantContext} from '../lifecycle/context/tenant-context';
import {TenantRegistries} from '../lifecycle/tenant-registries';
import {warn} from '../lifecycle/warning';
import {InvalidOptionError} from '../scoped-registry/errors';
import {defineAccessors, TENANT, type ContextValues} from './context-keys';
import {resolveContextOptions, type ContextOptions, type ResolvedContextOptions} from './context-options';
import {ContextStore, TRAP, TRAP_CONTEXT, type InitialValues} from './context-store';
import type {MemorySummary} from './memory-summary';
import {ModelRegistry, registryManager} from './process-wide';
import {Scope} from './scope';
import {TenantIsolationError} from './tenant-isolation-error';

/** Runs work of a tenant's, within a transaction of its own, say. */
export type RunHook<Result> = (tenant: string, work: () => Result, options: unknown) => Result;

/** What a token that the application has verified says of its bearer. */
export interface Claims extends Partial<ContextValues> {
  readonly tenant?: string;
}

/** Since the start. Frozen. */
export interface ContextMetrics {
  /** Contexts that were run. */
  readonly runs: number;
  /** Values that were read in one. */
  readonly reads: number;
  /** Values that were read of the trap context. */
  readonly trapReads: number;
  /** Values that were set where there is no context, in the mode 'trap': they went nowhere. */
  readonly ignoredWrites: number;
  /** Errors for what was read or set where there is no context. */
  readonly strictErrors: number;
}

/** What `validateContext` answers. Frozen. */
export interface ContextValidity {
  readonly valid: boolean;
  readonly tenant: string;
  /** The number of values of the running context, the tenant included. */
  readonly contextSize: number;
}

// the accessors are defined below, from one table
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type
export interface ContextApi extends ContextValues {}

/**
 * The context of the running work, for services that were written for a library with one shared `Context`: its names over
 * `TenantContext`, which stays the one truth about which tenant runs.
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging
export class ContextApi {
  readonly #given: ContextOptions;
  #resolved: ResolvedContextOptions | undefined;
  readonly #counts = {runs: 0, reads: 0, trapReads: 0, ignoredWrites: 0, strictErrors: 0};
  readonly #isTenant = (code: string) => !this.#options.reservedCodes.has(code);

  /** @param options checked, and the environment read, on first use: InvalidOptionError `INVALID_OPTION` */
  constructor(options: ContextOptions = {}) {
    this.#given = options;
  }

  /** Values for a context that is to be run. Nothing runs yet. */
  createContext(initial: InitialValues = {}): ContextStore {
    return new ContextStore(initial);
  }

  /** The same as `createContext`: for tests, without anything that is for tests only. */
  createTestContext(initial: InitialValues = {}): ContextStore {
    return this.createContext(initial);
  }

  /** Does nothing: a context ends with its work, and holds nothing then. */
  releaseContext(context?: ContextStore): void {
    void context;
  }

  /**
   * The values of the running context; where none runs, the trap context.
   * @throws TenantIsolationError in the mode 'strict'
   */
  getCurrentContext(): ContextStore {
    return this.#scope('The running context')?.store ?? TRAP_CONTEXT;
  }

  /** Whether a context, or the running work, has no tenant. Never throws. */
  isTrapContext(context?: ContextStore): boolean {
    return (context ? (context.tenant ?? TRAP) : this.getCurrentTenant()) === TRAP;
  }

  /** The tenant of the running work, 'trap' where it has none. Never throws. */
  getCurrentTenant(): string {
    return TenantContext.tenant ?? Scope.current?.store.tenant ?? TRAP;
  }

  /** Never throws. */
  validateContext(): ContextValidity {
    const tenant = this.getCurrentTenant();
    return Object.freeze({valid: tenant !== TRAP, tenant, contextSize: Scope.current?.size ?? 0});
  }

  /** @throws TenantIsolationError in the mode 'strict', where no context runs */
  get(key: unknown): unknown {
    const scope = this.#scope('A value of the running context');
    return scope ? scope.get(key) : TRAP_CONTEXT.get(key);
  }

  /**
   * Sets a value of the running context. Where none runs, in the mode 'trap', the value goes nowhere.
   * @throws TenantIsolationError `NO_TENANT` in the mode 'strict', where no context runs; `TENANT_MISMATCH` for another tenant
   */
  set(key: unknown, value: unknown): void {
    if (key === TENANT || key === 'tenant') this.tenant = value as string;
    else this.#writable()?.store.set(key, value);
  }

  /** The tenant of the running work, 'trap' where its context has none. May be set once, where there is none yet. */
  get tenant(): string {
    const tenant = TenantContext.tenant;
    if (tenant === undefined) return this.#scope('The running tenant')?.store.tenant ?? TRAP;
    this.#counts.reads++;
    return tenant;
  }

  set tenant(tenant: string) {
    this.#writable()?.enter(tenant, this.#isTenant);
  }

  /** What a request is about, in one object. */
  get appContext(): Readonly<Record<'staff' | 'user' | 'card' | 'location' | 'installation', unknown>> {
    const {user, cardProfile: card, location, installation} = this;
    return Object.freeze({staff: user, user, card, location, installation});
  }

  /** Sets several values of the running context; what is undefined or null stays. Throws as `set` does. */
  setValues(tenant?: string | null, user?: unknown, timezone?: unknown, origin?: unknown): void {
    this.setFromClaims({tenant: tenant ?? undefined, user, timezone, origin});
  }

  /**
   * Sets what a verified token says. Verifying it is the application's: nothing here knows keys or tokens. Throws as `set`
   * does; what is undefined or null stays.
   */
  setFromClaims(claims: Claims): void {
    const {tenant, ...values} = claims;
    if (tenant !== undefined && tenant !== null) this.tenant = tenant;
    for (const [name, value] of Object.entries(values)) if (value !== undefined && value !== null) this.set(name, value);
  }

  /**
   * Runs `work` with a context, and all that it starts. It counts as work in flight of the context's tenant until `work`
   * returns, or until its promise is settled. One without a tenant runs for the running one; where none runs, it may be
   * given a tenant within.
   * @throws InvalidTenantCodeError `INVALID_TENANT_CODE`, before `work` is called
   */
  runInContext<Result>(context: ContextStore | InitialValues, work: () => Result): Result {
    this.#counts.runs++;
    const store = context instanceof ContextStore ? context : new ContextStore(context);
    return Scope.run(store, this.#isTenant, work);
  }

  /** An older name of `runInContext`. */
  withContext<Result>(context: ContextStore | InitialValues, work: () => Result): Result {
    return this.runInContext(context, work);
  }

  /**
   * Runs `work` for a tenant. Values of a context of the same tenant around it are seen within, those of another tenant's
   * never are.
   * @param hook called within, with the tenant, `work` and the options, and is to call it: for a transaction
   * @throws InvalidTenantCodeError `INVALID_TENANT_CODE`, InvalidOptionError `INVALID_OPTION`
   */
  runAsTenant<Result>(tenant: string, work: () => Result, hook?: RunHook<Result> | null, options?: unknown): Result {
    if (hook && typeof hook !== 'function') {
      throw new InvalidOptionError(
        'runAsTenant takes a function in place of a connection manager: (tenant, work, options) => manager.transaction(…).',
      );
    }
    return this.runInContext({tenant}, hook ? () => hook(tenant, work, options) : work);
  }

  withTenant<Result>(tenant: string, work: () => Result): Result {
    return this.runAsTenant(tenant, work);
  }

  /**
   * Runs `work` with another user and role, for the running tenant or a given one. Whether that is allowed is for the
   * caller to decide.
   * @throws TenantIsolationError in the mode 'strict', where no tenant is given and none runs
   */
  runWithPrivilege<Result>(user: unknown, role: unknown, work: () => Result, tenant?: string): Result {
    if (tenant === undefined) this.#scope('The tenant of privileged work');
    return this.runInContext({tenant, user, role}, work);
  }

  /** Lets all listeners of an emitter run in the present context, whoever emits. See `TenantContext.bindEmitter`. */
  bindEmitter<Emitter extends Pick<EventEmitter, 'emit'>>(emitter: Emitter): Emitter {
    return TenantContext.bindEmitter(emitter);
  }

  /** The number of a tenant's contexts and leases that have not ended, exactly. */
  activeContexts(tenant: string): number {
    return TenantContext.activeContexts(tenant);
  }

  get metrics(): ContextMetrics {
    return Object.freeze({...this.#counts});
  }

  getMemoryStats(): MemorySummary {
    const {activeContexts, activeDomains, memoryUsage, embeddedModelCount} = TenantRegistries.default.getMemoryStats();
    return Object.freeze({activeContexts, activeDomains, memoryUsage, anonymousModelCount: embeddedModelCount});
  }

  /** See `ModelRegistry.cleanupTenant`. */
  cleanupTenantResources(tenant: string): number {
    return ModelRegistry.cleanupTenant(tenant);
  }

  /** See `registryManager`. @param interval milliseconds */
  startPeriodicCleanup(interval = 300_000): void {
    registryManager.cleanupInterval = interval;
    registryManager.startPeriodicCleanup();
  }

  stopPeriodicCleanup(): void {
    registryManager.stopPeriodicCleanup();
  }

  get #options(): ResolvedContextOptions {
    return (this.#resolved ??= resolveContextOptions(this.#given, process.env));
  }

  /** The running scope, for reading; undefined for the trap. */
  #scope(what: string): Scope | undefined {
    const scope = Scope.current;
    if (scope) this.#counts.reads++;
    else this.#assertTrapMode(what);
    if (!scope) this.#counts.trapReads++;
    return scope;
  }

  /** The running scope, for writing; undefined where nothing is to be written. */
  #writable(): Scope | undefined {
    const scope = Scope.current;
    if (scope) return scope;
    this.#assertTrapMode('A value of the running context');
    if (this.#counts.ignoredWrites++ === 0)
      warn('A value was set where no context runs, and went nowhere', 'run the work within Context.runInContext(…)');
    return undefined;
  }

  #assertTrapMode(what: string): void {
    if (this.#options.mode === 'trap') return;
    this.#counts.strictErrors++;
    throw new TenantIsolationError(
      'NO_TENANT',
      `${what} is asked for, and no context is running. Do it within Context.runInContext(…) or Context.runAsTenant(…); a ` +
        'callback that loses the context keeps it by TenantContext.bind(callback).',
    );
  }

  static withTenant<Result>(tenant: string, work: () => Result): Result {
    return Context.withTenant(tenant, work);
  }

  static withContext<Result>(context: ContextStore | InitialValues, work: () => Result): Result {
    return Context.withContext(context, work);
  }

  static createTestContext(initial?: InitialValues): ContextStore {
    return Context.createTestContext(initial);
  }

  static getCurrentTenant(): string {
    return Context.getCurrentTenant();
  }

  static validateContext(): ContextValidity {
    return Context.validateContext();
  }
}

defineAccessors(ContextApi.prototype);

/** The one that a process shares. Its class has `withTenant` and the like as statics, reached as `Context.constructor`. */
export const Context = new ContextApi();
