import {AsyncResource} from 'node:async_hooks';
import {LRUCache} from 'lru-cache';
import {
  InvalidOptionError,
  NoTenantError,
  RegistriesDisposedError,
  settleStack,
  TenantOffboardedError,
  TenantRefusedError,
} from '../scoped-registry/errors';
import {ModelRegistry, type ModelRegistryStats} from '../scoped-registry/model-registry';
import {RegistryCache} from '../scoped-registry/registry-cache';
import type {ModelClass} from '../scoped-registry/juggler';
import {tenantCode} from '../scoped-registry/tenant-code';
import {WeakBag} from '../scoped-registry/weak-bag';
import {endOfJob, survivorsAfterCollection} from './collection';
import {withDeadline} from './deadline';
import {endRegistry} from './ending';
import type {OffboardingEvent, OffboardingHook, OffboardingReport} from './offboarding-report';
import {DEFAULT_DRAIN_TIMEOUT, resolveOffboardingOptions, type OffboardingOptions} from './offboarding-options';
import {assertOutside, resolveOptions, type Outside, type TenantRegistriesOptions} from './tenant-registries-options';

/** A snapshot of all registries. Frozen. */
export interface TenantRegistriesStats {
  /** Tenants held by the LRU. */
  readonly tenants: number;
  /** Classes held by the LRU, over all tenants. */
  readonly models: number;
  /** The registry for work outside any tenant. */
  readonly shared: ModelRegistryStats;
  /** Offboarded tenants remembered. */
  readonly tombstones: number;
  /** Asked for and there, since the start. */
  readonly hits: number;
  /** Asked for and built, since the start. */
  readonly misses: number;
  /** Tenants that left the LRU, since the start, by reason. */
  readonly evictions: {readonly lru: number; readonly idle: number; readonly manual: number};
  readonly offboarded: number;
}

/** How often, at most, idle tenants are looked for. */
const IDLE_CHECK_INTERVAL = 1_000;

let processDefault: TenantRegistries | undefined;

/**
 * A registry for each tenant: made on first use, held in an LRU by tenant code, ended when its tenant leaves.
 *
 * One registry per tenant at any moment. One that was evicted and is still in use somewhere comes back as itself.
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
  readonly shared = new ModelRegistry();

  readonly #options: Required<TenantRegistriesOptions>;
  readonly #cache: RegistryCache;
  /** Made with the first: lru-cache sets its whole room aside at once. */
  #tombstones: LRUCache<string, Promise<OffboardingReport>> | undefined;
  readonly #hooks = new Set<{hook: OffboardingHook}>();
  readonly #evictions = {lru: 0, idle: 0, manual: 0};
  #outside: Outside;
  #hits = 0;
  #misses = 0;
  #offboarded = 0;
  #idleCheckAt = 0;
  #disposed: Promise<void> | undefined;

  /** @throws InvalidOptionError `INVALID_OPTION` */
  constructor(options: TenantRegistriesOptions = {}) {
    this.#options = resolveOptions(options);
    this.#outside = this.#options.outside;
    this.#cache = new RegistryCache(this.#options, this.shared, () => this.#evictions.lru++);
    this.shared.source = this;
  }

  /**
   * The tenant's registry, made on first use. Counts as use.
   * @throws InvalidTenantCodeError, TenantRefusedError, TenantOffboardedError, RegistriesDisposedError
   */
  for(tenant: string): ModelRegistry {
    this.#assertOpen();
    const now = this.#options.clock.now();
    if (now >= this.#idleCheckAt) this.#evictIdle(now);
    const known = this.#cache.get(tenant, now);
    if (known) {
      this.#hits++;
      return known;
    }
    tenantCode(tenant);
    // by get: asking counts, and the tombstone longest unasked for goes first
    if (this.#tombstones?.get(tenant)) throw new TenantOffboardedError(tenant);
    if (!this.#isTenant(tenant)) throw new TenantRefusedError(tenant);
    this.#misses++;
    return this.#cache.add(tenant, now);
  }

  /** The tenant's registry if there is one. Builds nothing and does not count as use. */
  peek(tenant: string): ModelRegistry | undefined {
    return this.#cache.peek(tenant);
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
   * Lets a tenant's registry go, to be made anew on its next use; if it is still in use somewhere it comes back as
   * itself then.
   * @returns whether anything changed
   */
  evict(tenant: string): boolean {
    if (!this.#cache.evict(tenantCode(tenant))) return false;
    this.#evictions.manual++;
    return true;
  }

  /**
   * The tenant leaves for good: its classes, datasources and fingerprints go at once, whoever holds a builder, a
   * datasource or a context of its; then the hooks run, all of them. From the call on, using the tenant is an error.
   * Safe to call again: the same report comes back.
   * @throws InvalidTenantCodeError, InvalidOptionError; what fails on the way is in the report
   */
  offboard(tenant: string, options: OffboardingOptions = {}): Promise<OffboardingReport> {
    this.#assertOpen();
    tenantCode(tenant);
    const {drainTimeout, verify} = resolveOffboardingOptions(options);
    const known = this.#tombstones?.get(tenant);
    if (known) return known;
    let settle!: (report: Promise<OffboardingReport>) => void;
    const report = new Promise<OffboardingReport>(resolve => (settle = resolve));
    // before anything ends: nothing on the way may build the tenant anew
    this.#tombstones ??= new LRUCache({max: this.#options.maxTombstones});
    this.#tombstones.set(tenant, report);
    this.#offboarded++;
    settle(this.#end(tenant, this.#cache.remove(tenant), drainTimeout, verify));
    return report;
  }

  /**
   * Lifts the tombstone of a tenant that has come back.
   * @returns whether there was one
   */
  reinstate(tenant: string): boolean {
    tenantCode(tenant);
    return this.#tombstones?.delete(tenant) ?? false;
  }

  /**
   * The tenant offboarding hook: called, and awaited, for each tenant that leaves, after its models have gone. It must
   * not wait for the offboarding that waits for it.
   * @returns the hook's removal
   */
  onOffboard(hook: OffboardingHook): () => void {
    if (typeof hook !== 'function') throw new InvalidOptionError('onOffboard takes a function.');
    const registration = {hook};
    this.#hooks.add(registration);
    return () => void this.#hooks.delete(registration);
  }

  stats(): TenantRegistriesStats {
    return Object.freeze({
      tenants: this.#cache.size,
      models: this.#cache.models,
      shared: this.shared.stats(),
      tombstones: this.#tombstones?.size ?? 0,
      hits: this.#hits,
      misses: this.#misses,
      evictions: Object.freeze({...this.#evictions}),
      offboarded: this.#offboarded,
    });
  }

  /**
   * Ends every registry, the shared one too. Safe to call again.
   * @throws AggregateError with all failures, after everything was ended
   */
  dispose(): Promise<void> {
    if (this.#disposed) return this.#disposed;
    let settle!: (disposal: Promise<void>) => void;
    this.#disposed = new Promise(resolve => (settle = resolve));
    // afterwards: from the call on, nothing may be built anew
    settle(this.#dispose());
    return this.#disposed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** Lets work that is done later run for the tenant that runs now. */
  keepContext<Work extends (...args: never[]) => unknown>(work: Work): Work {
    return AsyncResource.bind(work as never);
  }

  /** For `debug` output of datasource settings. */
  toJSON(): object {
    return {tenants: this.#cache.size};
  }

  async #end(tenant: string, registry: ModelRegistry | undefined, timeout: number, verify: boolean): Promise<OffboardingReport> {
    const {clock} = this.#options;
    const start = clock.now();
    const ended = verify ? new WeakBag<ModelClass>() : undefined;
    const ending = registry && (await endRegistry(registry, () => new TenantOffboardedError(tenant), timeout, ended));
    const {models = 0, embeddedModels = 0, dataSources = 0, errors = []} = ending ?? {};
    const hookErrors = await this.#runHooks({tenant, reason: 'offboard', models, embeddedModels}, timeout);
    const survivors = ended && {survivors: await survivorsAfterCollection(ended)};
    await endOfJob();
    return Object.freeze({
      tenant,
      models,
      embeddedModels,
      dataSources,
      leasesDrained: 0,
      leasesForced: 0,
      hookErrors: Object.freeze(hookErrors),
      errors: Object.freeze(errors),
      duration: clock.now() - start,
      ...survivors,
    });
  }

  async #runHooks(event: OffboardingEvent, timeout: number): Promise<unknown[]> {
    Object.freeze(event);
    const late = () => new Error(`An offboarding hook did not settle within ${timeout} ms.`);
    const running = [...this.#hooks].map(({hook}) => withDeadline(Promise.resolve(event).then(hook), timeout, late));
    const results = await Promise.allSettled(running);
    return results.filter(result => result.status === 'rejected').map(({reason}) => settleStack(reason as unknown));
  }

  async #dispose(): Promise<void> {
    const error = () => new RegistriesDisposedError();
    const registries = this.#cache.codes().map(code => this.#cache.remove(code)!);
    const endings = await Promise.all(
      [...registries, this.shared].map(registry => endRegistry(registry, error, DEFAULT_DRAIN_TIMEOUT)),
    );
    const errors = endings.flatMap(ending => ending.errors);
    if (errors.length > 0) throw new AggregateError(errors, 'The registries were disposed, with failures on the way.');
  }

  #assertOpen(): void {
    if (this.#disposed) throw new RegistriesDisposedError();
  }

  #isTenant(tenant: string): boolean {
    const answer: unknown = this.#options.isTenant(tenant);
    if (typeof (answer as PromiseLike<boolean> | undefined)?.then !== 'function') return Boolean(answer);
    // every promise is truthy: it would accept any code. How it settles interests nobody any more
    void Promise.resolve(answer).catch(() => {});
    throw new InvalidOptionError('isTenant must answer at once, not by a promise: look the tenants up beforehand.');
  }

  /** The order of the LRU is that of use, so this stops at the first tenant that is not idle. */
  #evictIdle(now: number): void {
    const {idleTtl} = this.#options;
    this.#idleCheckAt = now + Math.min(IDLE_CHECK_INTERVAL, idleTtl);
    for (let oldest = this.#cache.oldest(); oldest && now - oldest.usedAt >= idleTtl; oldest = this.#cache.oldest()) {
      this.#cache.evict(oldest.code);
      this.#evictions.idle++;
    }
  }
}
