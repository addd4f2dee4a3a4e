import {randomUUID} from 'node:crypto';
import {defineOwn} from '../scoped-registry/primitives/own-property';
import {defineAccessors, keyOf, TENANT, type ContextValues} from './context-keys';
import {flatCopy} from '../scoped-registry/tenant-code';
import {TRAP} from './reserved-codes';
import {TenantIsolationError} from './tenant-isolation-error';

/** The argument of `createContext`: well-known values by name or by symbol, other values under the application's own keys. */
export type InitialValues = Partial<ContextValues> & {readonly tenant?: string} & Readonly<Record<PropertyKey, unknown>>;

/** A running context that has no tenant yet. `enter` gives it one, or throws. */
export interface WithoutTenant {
  readonly ended: boolean;
  enter(tenant: unknown): void;
}

// `defineAccessors`, called below the class, puts the accessors of ContextValues on the prototype.
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging
export interface ContextStore extends ContextValues {
  /** Undefined until it is set. It can be set once, see `set`. */
  get tenant(): string | undefined;
  set tenant(tenant: string);
  get [TENANT](): string | undefined;
  set [TENANT](tenant: string);
  /** A value under the application's own key is a property of the context. */
  [key: string]: unknown;
}

/**
 * The values of one context. A store returns its own values, also while another context is running. It is a plain object
 * until `runInContext` runs it: before that it does not count as work in flight.
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging
export class ContextStore {
  /** The values whose key is a member of this class: as own properties they would hide that member. */
  readonly #memberValues = new Map<unknown, unknown>();
  /** The contexts without a tenant that run with these values. */
  readonly #running = new Set<WithoutTenant>();

  constructor(initial: InitialValues = {}) {
    for (const key of Reflect.ownKeys(initial)) {
      if (initial[key] !== undefined) this.#write(keyOf(key) as PropertyKey, initial[key]);
    }
  }

  /** The id that was given at creation, otherwise a UUID that is made on first use. */
  get requestId(): string {
    if (!this.#memberValues.has('requestId')) this.#memberValues.set('requestId', randomUUID());
    return this.#memberValues.get('requestId') as string;
  }

  get(key: unknown): unknown {
    const known = keyOf(key) as PropertyKey;
    if (this.#memberValues.has(known)) return this.#memberValues.get(known);
    return Object.hasOwn(this, known) ? Reflect.get(this, known) : undefined;
  }

  /**
   * Sets a value. The tenant can be set only once, because work that has begun for one tenant must not go on for another. From
   * then on work that runs with these values runs for that tenant.
   * @throws TenantIsolationError `TENANT_MISMATCH` when the context has another tenant; for a running context `TENANT_REFUSED`
   * for a reserved code, and InvalidTenantCodeError `INVALID_TENANT_CODE`
   */
  set(key: unknown, value: unknown): void {
    const known = keyOf(key) as PropertyKey;
    if (known === TENANT) {
      if (value !== undefined && value === this.tenant) return;
      assertSameTenant(this.tenant, value);
      for (const running of this.#running) if (!running.ended) running.enter(value);
    }
    this.#write(known, value);
  }

  /** @internal Notes a context that runs with these values and may still get a tenant. */
  static run(store: ContextStore, context: WithoutTenant): void {
    for (const running of store.#running) if (running.ended) store.#running.delete(running);
    store.#running.add(context);
  }

  /** @internal Whether a value was set under this key. A static, so that it cannot collide with a key of the application. */
  static has(store: ContextStore, key: unknown): boolean {
    const known = keyOf(key) as PropertyKey;
    return store.#memberValues.has(known) || Object.hasOwn(store, known);
  }

  /** @internal A copy of all values, for a context that begins inside this one. */
  static snapshot(store: ContextStore): Map<unknown, unknown> {
    const own = Reflect.ownKeys(store).map(key => [key, Reflect.get(store, key) as unknown] as const);
    return new Map([...store.#memberValues, ...own]);
  }

  #write(key: PropertyKey, given: unknown): void {
    // a code that was cut out of a header or a URL would keep all of it alive for as long as the context lives
    const value = key === TENANT && typeof given === 'string' ? flatCopy(given) : given;
    if (key in ContextStore.prototype) this.#memberValues.set(key, value);
    else defineOwn(this, key, value, true);
  }
}

defineAccessors(ContextStore.prototype);

function assertSameTenant(tenant: string | undefined, next: unknown): void {
  if (tenant === undefined || tenant === TRAP || tenant === next) return;
  throw new TenantIsolationError(
    'TENANT_MISMATCH',
    `This context belongs to tenant ${JSON.stringify(tenant)}; its tenant cannot be changed to ${JSON.stringify(next)}. ` +
      'Do that work within Context.runAsTenant(tenant, …).',
    tenant,
  );
}

/** The store of work without a context. Its one instance is shared by all such work, so it must accept no values. */
class TrapContext extends ContextStore {
  override set(): never {
    throw new TenantIsolationError(
      'NO_TENANT',
      'No context is running, and the trap context accepts no values. Run the work within Context.runInContext(…).',
    );
  }
}

/** The context that the mode 'trap' returns when no context runs. */
export const TRAP_CONTEXT: ContextStore = new TrapContext({tenant: TRAP, requestId: TRAP});
Object.freeze(TRAP_CONTEXT);
