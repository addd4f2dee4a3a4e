import type {EventEmitter} from 'node:events';
import {TenantContext} from '../lifecycle/context/tenant-context';
import {TenantRegistries} from '../lifecycle/tenant-registries';
import {warn} from '../lifecycle/warning';
import {InvalidOptionError} from '../scoped-registry/errors';
import {got} from '../scoped-registry/got';
import {defineAccessors, TENANT, type ContextValues} from './context-keys';
import {resolveContextOptions, type ContextOptions, type ResolvedContextOptions} from './context-options';
import {ContextStore, TRAP_CONTEXT, type InitialValues} from './context-store';
import type {MemorySummary} from './memory-summary';
import {ModelRegistry, registryManager} from './process-wide';
import {TRAP} from './reserved-codes';
import {Scope} from './scope';
import {TenantIsolationError} from './tenant-isolation-error';

/** Runs the work of `runAsTenant`, inside a database transaction for example. It must call `work` and return its result. */
export type RunHook<Result> = (tenant: string, work: () => Result, options: unknown) => Result;

/** The claims of a token that the application has verified: the tenant, and values of the context by name. */
export interface Claims extends Partial<ContextValues> {
  readonly tenant?: string;
}

/** Counters of a ContextApi since it was made. Frozen. */
export interface ContextMetrics {
  /** Contexts that were run. */
  readonly runs: number;
  /** Reads in a running context. */
  readonly reads: number;
  /** Reads in the mode 'trap' while no context was running. */
  readonly trapReads: number;
  /** Writes in the mode 'trap' while no context was running. Their values were dropped. */
  readonly ignoredWrites: number;
  /** Reads and writes in the mode 'strict' while no context was running. Each of them threw an error. */
  readonly strictErrors: number;
}

/** The result of `validateContext`. Frozen. */
export interface ContextValidity {
  /** False when `tenant` is 'trap'. */
  readonly valid: boolean;
  /** The tenant of the running work, 'trap' when it has none. */
  readonly tenant: string;
  /** The number of values that were set in the running context, the tenant included. */
  readonly contextSize: number;
}

// `defineAccessors`, called at the end of this file, puts the accessors of ContextValues on the prototype.
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type
export interface ContextApi extends ContextValues {}

/**
 * The members of a shared `Context` library, for services that were written against one. It stores the values of the running
 * context. Only `TenantContext` knows which tenant runs: this class reads it there.
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging
export class ContextApi {
  readonly #givenOptions: ContextOptions;
  #resolved: ResolvedContextOptions | undefined;
  readonly #counts = {runs: 0, reads: 0, trapReads: 0, ignoredWrites: 0, strictErrors: 0};

  /**
   * @param options are checked on first use, not here. The environment is read at the same time. A wrong option is an
   * InvalidOptionError `INVALID_OPTION` then.
   */
  constructor(options: ContextOptions = {}) {
    this.#givenOptions = options;
  }

  /** Makes the values of a context. Pass them to `runInContext` to run work with them. */
  createContext(initial: InitialValues = {}): ContextStore {
    return new ContextStore(initial);
  }

  /** The same as `createContext`. */
  createTestContext(initial: InitialValues = {}): ContextStore {
    return this.createContext(initial);
  }

  /** Does nothing. A context ends when its work ends, and drops its values then. */
  releaseContext(context?: ContextStore): void {
    void context;
  }

  /**
   * The values of the running context. When no context runs, the mode 'trap' returns the trap context.
   * @throws TenantIsolationError `NO_TENANT` in the mode 'strict', when no context runs
   */
  getCurrentContext(): ContextStore {
    return this.#scope('The running context')?.store ?? TRAP_CONTEXT;
  }

  /** Whether a context has no tenant. Without an argument: whether the running work has none. Never throws. */
  isTrapContext(context?: ContextStore): boolean {
    return (context ? (context.tenant ?? TRAP) : this.getCurrentTenant()) === TRAP;
  }

  /** The tenant of the running work, 'trap' when it has none. Never throws. */
  getCurrentTenant(): string {
    const tenant = TenantContext.tenant;
    if (tenant === undefined) return Scope.current?.store.tenant ?? TRAP;
    return this.#isReserved(tenant) ? TRAP : tenant;
  }

  /** Describes the running context. Never throws. */
  validateContext(): ContextValidity {
    const tenant = this.getCurrentTenant();
    return Object.freeze({valid: tenant !== TRAP, tenant, contextSize: Scope.current?.size ?? 0});
  }

  /**
   * A value of the running context, or of a context around it that may be seen. Undefined when none was set.
   * @throws TenantIsolationError `NO_TENANT` in the mode 'strict', when no context runs
   */
  get(key: unknown): unknown {
    const scope = this.#scope('A value of the running context');
    return scope ? scope.get(key) : TRAP_CONTEXT.get(key);
  }

  /**
   * Sets a value of the running context. When no context runs, the mode 'trap' drops the value.
   * @throws TenantIsolationError `NO_TENANT` in the mode 'strict', when no context runs; `TENANT_MISMATCH` when the value is
   * a tenant and the context has another one
   */
  set(key: unknown, value: unknown): void {
    if (key === TENANT || key === 'tenant') this.tenant = value as string;
    else this.#writableScope()?.store.set(key, value);
  }

  /**
   * The tenant of the running work, 'trap' when its context has none. It may be set only while the context has no tenant.
   * Reading and setting throw as `get` and `set` do.
   */
  get tenant(): string {
    const tenant = TenantContext.tenant;
    if (tenant === undefined) return this.#scope('The running tenant')?.store.tenant ?? TRAP;
    this.#assertRunningTenant();
    this.#counts.reads++;
    return tenant;
  }

  set tenant(tenant: string) {
    this.#writableScope()?.enter(tenant, this.#options.reservedCodes);
  }

  /** The values of the running context that describe a request, in one object. `staff` and `user` are the same value. */
  get appContext(): Readonly<Record<'staff' | 'user' | 'card' | 'location' | 'installation', unknown>> {
    const {user, cardProfile: card, location, installation} = this;
    return Object.freeze({staff: user, user, card, location, installation});
  }

  /** Sets several values of the running context. An argument that is undefined or null changes nothing. Throws as `set` does. */
  setValues(tenant?: string | null, user?: unknown, timezone?: unknown, origin?: unknown): void {
    this.setFromClaims({tenant: tenant ?? undefined, user, timezone, origin});
  }

  /**
   * Sets the claims of a token as values of the running context. The application must have verified the token: this library
   * knows no keys. A claim that is undefined or null changes nothing. Throws as `set` does.
   */
  setFromClaims(claims: Claims): void {
    const {tenant, ...values} = claims;
    if (tenant !== undefined && tenant !== null) this.tenant = tenant;
    for (const [name, value] of Object.entries(values)) if (value !== undefined && value !== null) this.set(name, value);
  }

  /**
   * Runs `work`, and everything that it starts, in a context. The context counts as work in flight of its tenant until
   * `work` returns, or until the promise that it returns is settled. A context without a tenant gets the running tenant.
   * When no tenant runs either, `work` may set the tenant later.
   * @throws InvalidTenantCodeError `INVALID_TENANT_CODE`, TenantIsolationError `TENANT_REFUSED` for a reserved code, before
   * `work` is called
   */
  runInContext<Result>(context: ContextStore | InitialValues, work: () => Result): Result {
    this.#counts.runs++;
    const store = context instanceof ContextStore ? context : new ContextStore(context);
    return Scope.run(store, this.#options.reservedCodes, work);
  }

  /** An older name of `runInContext`. */
  withContext<Result>(context: ContextStore | InitialValues, work: () => Result): Result {
    return this.runInContext(context, work);
  }

  /**
   * Runs `work` for a tenant. `work` sees the values of a context around it when that has the same tenant or none. It never
   * sees the values of another tenant's context.
   * @param hook called in the tenant's context in place of `work`, which it must call itself: for a transaction
   * @param options passed to the hook
   * @throws InvalidTenantCodeError `INVALID_TENANT_CODE`, TenantIsolationError `TENANT_REFUSED` for a reserved code,
   * InvalidOptionError `INVALID_OPTION`
   */
  runAsTenant<Result>(tenant: string, work: () => Result, hook?: RunHook<Result> | null, options?: unknown): Result {
    if (hook && typeof hook !== 'function') {
      throw new InvalidOptionError(
        'runAsTenant takes a function in place of a connection manager: (tenant, work, options) => manager.transaction(…).',
      );
    }
    return this.runInContext({tenant}, hook ? () => hook(tenant, work, options) : work);
  }

  /** The same as `runAsTenant` without a hook. */
  withTenant<Result>(tenant: string, work: () => Result): Result {
    return this.runAsTenant(tenant, work);
  }

  /**
   * Runs work of the application itself for no tenant, such as a job over all tenants. The work reads the given code as its
   * tenant. What it defines is shared by all tenants. Never pass a code from outside, such as that of a request.
   * @param code one of the reserved codes
   * @throws InvalidOptionError `INVALID_OPTION` for any other code
   */
  runWithoutTenant<Result>(code: string, work: () => Result): Result {
    const {reservedCodes} = this.#options;
    if (!reservedCodes.has(code))
      throw new InvalidOptionError(
        `runWithoutTenant takes one of the reserved codes ${reservedCodes.list().join(', ')}, ${got(code)}. ` +
          'Do the work of a tenant within Context.runAsTenant(tenant, …).',
      );
    this.#counts.runs++;
    return Scope.runWithoutTenant(new ContextStore({tenant: code}), work);
  }

  /**
   * Runs `work` with another user and role, for the given tenant or for the running one. It does not check whether that is
   * allowed: the caller must.
   * @throws TenantIsolationError `NO_TENANT` in the mode 'strict', when no tenant is given and no context runs;
   * `TENANT_REFUSED` for a reserved code
   */
  runWithPrivilege<Result>(user: unknown, role: unknown, work: () => Result, tenant?: string): Result {
    if (tenant === undefined) this.#scope('The tenant of privileged work');
    return this.runInContext({tenant, user, role}, work);
  }

  /** Makes all listeners of an emitter run in the context that is running now. See `TenantContext.bindEmitter`. */
  bindEmitter<Emitter extends Pick<EventEmitter, 'emit'>>(emitter: Emitter): Emitter {
    return TenantContext.bindEmitter(emitter);
  }

  /** The number of a tenant's contexts and leases that have not ended, exactly. */
  activeContexts(tenant: string): number {
    return TenantContext.activeContexts(tenant);
  }

  /** A snapshot of the counters. */
  get metrics(): ContextMetrics {
    return Object.freeze({...this.#counts});
  }

  /** A snapshot of the memory of the process and of the classes of TenantRegistries.default. */
  getMemoryStats(): MemorySummary {
    const {activeContexts, activeDomains, memoryUsage, embeddedModelCount} = TenantRegistries.default.getMemoryStats();
    return Object.freeze({activeContexts, activeDomains, memoryUsage, anonymousModelCount: embeddedModelCount});
  }

  /** See `ModelRegistry.cleanupTenant`. */
  cleanupTenantResources(tenant: string): number {
    return ModelRegistry.cleanupTenant(tenant);
  }

  /** Starts the shared `registryManager`. @param interval milliseconds between two rounds */
  startPeriodicCleanup(interval = 300_000): void {
    registryManager.cleanupInterval = interval;
    registryManager.startPeriodicCleanup();
  }

  /** Stops the shared `registryManager`. */
  stopPeriodicCleanup(): void {
    registryManager.stopPeriodicCleanup();
  }

  get #options(): ResolvedContextOptions {
    return (this.#resolved ??= resolveContextOptions(this.#givenOptions, process.env));
  }

  /**
   * The scope that a read uses; undefined when no context runs and the mode is 'trap'.
   * @param what names the value, for the message of the error
   */
  #scope(what: string): Scope | undefined {
    this.#assertRunningTenant();
    const scope = Scope.current;
    if (scope) this.#counts.reads++;
    else this.#assertTrapMode(what);
    if (!scope) this.#counts.trapReads++;
    return scope;
  }

  /** The scope that a write uses; undefined when no context runs and the mode is 'trap': then the value is dropped. */
  #writableScope(): Scope | undefined {
    this.#assertRunningTenant();
    const scope = Scope.current;
    if (scope) return scope;
    this.#assertTrapMode('A value of the running context');
    if (this.#counts.ignoredWrites++ === 0)
      warn('A value was set while no context was running, and was dropped', 'run the work within Context.runInContext(…)');
    return undefined;
  }

  /** Other ways to run work for a tenant, such as a middleware, know no reserved codes. @throws `TENANT_REFUSED` */
  #assertRunningTenant(): void {
    this.#options.reservedCodes.assertTenant(TenantContext.tenant);
  }

  /** False where the options are wrong: members that never throw leave that error to the others. */
  #isReserved(tenant: string): boolean {
    try {
      return this.#options.reservedCodes.has(tenant);
    } catch {
      return false;
    }
  }

  #assertTrapMode(what: string): void {
    if (this.#options.mode === 'trap') return;
    this.#counts.strictErrors++;
    throw new TenantIsolationError(
      'NO_TENANT',
      `${what} was used, but no context is running. Do it within Context.runInContext(…) or Context.runAsTenant(…). If a ` +
        'callback has lost its context, pass TenantContext.bind(callback) in its place.',
    );
  }

  // The old library had these static members, and services reach them as `Context.constructor.withTenant`.

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

/** The ContextApi that the whole process shares. */
export const Context = new ContextApi();
