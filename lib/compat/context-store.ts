import {randomUUID} from 'node:crypto';
import {defineOwn} from '../scoped-registry/primitives/own-property';
import {defineAccessors, keyOf, TENANT, type ContextValues} from './context-keys';
import {TenantIsolationError} from './tenant-isolation-error';

/** What reads as the tenant where there is none. */
export const TRAP = 'trap';

/** What `createContext` takes: known values by name or by symbol, others by keys of the application's own. */
export type InitialValues = Partial<ContextValues> & {readonly tenant?: string} & Readonly<Record<PropertyKey, unknown>>;

// the accessors are defined below, from one table
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging
export interface ContextStore extends ContextValues {
  /** Undefined as long as none was set. May be set once: see `set`. */
  get tenant(): string | undefined;
  set tenant(tenant: string);
  get [TENANT](): string | undefined;
  set [TENANT](tenant: string);
  /** Values under keys of the application's own are properties of the context. */
  [key: string]: unknown;
}

/**
 * The values of one context. It answers for itself, whichever context is running, and is an object like any other: it is
 * nobody's work in flight until it is run.
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging
export class ContextStore {
  /** Those of keys that the class has a member for. */
  readonly #known = new Map<unknown, unknown>();

  constructor(initial: InitialValues = {}) {
    for (const key of Reflect.ownKeys(initial)) {
      if (initial[key] !== undefined) this.#write(keyOf(key) as PropertyKey, initial[key]);
    }
  }

  /** Made on first use, where none was given. */
  get requestId(): string {
    if (!this.#known.has('requestId')) this.#known.set('requestId', randomUUID());
    return this.#known.get('requestId') as string;
  }

  get(key: unknown): unknown {
    const known = keyOf(key) as PropertyKey;
    if (this.#known.has(known)) return this.#known.get(known);
    return Object.hasOwn(this, known) ? Reflect.get(this, known) : undefined;
  }

  /**
   * A tenant is set once: work that has begun for one cannot go on for another.
   * @throws TenantIsolationError `TENANT_MISMATCH`
   */
  set(key: unknown, value: unknown): void {
    const known = keyOf(key) as PropertyKey;
    if (known === TENANT) assertSameTenant(this.tenant, value);
    this.#write(known, value);
  }

  /** @internal */
  static has(store: ContextStore, key: unknown): boolean {
    const known = keyOf(key) as PropertyKey;
    return store.#known.has(known) || Object.hasOwn(store, known);
  }

  /** @internal All values as they are now, for a context within this one. */
  static snapshot(store: ContextStore): Map<unknown, unknown> {
    const values = Reflect.ownKeys(store).map(key => [key, Reflect.get(store, key) as unknown] as const);
    return new Map([...store.#known, ...values]);
  }

  #write(key: PropertyKey, value: unknown): void {
    if (key in ContextStore.prototype) this.#known.set(key, value);
    else defineOwn(this, key, value, true);
  }
}

defineAccessors(ContextStore.prototype);

function assertSameTenant(tenant: string | undefined, next: unknown): void {
  if (tenant === undefined || tenant === TRAP || tenant === next) return;
  throw new TenantIsolationError(
    'TENANT_MISMATCH',
    `This context is of tenant ${JSON.stringify(tenant)} and cannot become that of ${JSON.stringify(next)}. ` +
      'Do that work within Context.runAsTenant(tenant, …).',
    tenant,
  );
}

class TrapContext extends ContextStore {
  override set(): never {
    throw new TenantIsolationError(
      'NO_TENANT',
      'This is the context of work that has none, and it keeps no values. Run the work within Context.runInContext(…).',
    );
  }
}

/** What work without a context gets in the mode 'trap': one for all, which keeps nothing. */
export const TRAP_CONTEXT: ContextStore = new TrapContext({tenant: TRAP, requestId: TRAP});
Object.freeze(TRAP_CONTEXT);
