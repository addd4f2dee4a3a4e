import {runningContext} from '../lifecycle/context/context';
import {LateContext} from '../lifecycle/context/late-context';
import {runInPlace, TenantContext} from '../lifecycle/context/tenant-context';
import {tenantCode} from '../scoped-registry/tenant-code';
import {keyOf} from './context-keys';
import {ContextStore} from './context-store';
import type {ReservedCodes} from './reserved-codes';

/**
 * The key under which the tenant's context stores its scope. The scope ends with that context, and the work of another
 * tenant cannot reach it.
 */
const SCOPE = Symbol('scope');

/**
 * The values that work in one context sees: those of its own store, and a copy of the values that the contexts around it
 * had when it began.
 */
export class Scope {
  readonly #inherited: ReadonlyMap<unknown, unknown> | undefined;

  private constructor(
    readonly store: ContextStore,
    outer?: Scope,
  ) {
    if (outer) this.#inherited = new Map([...(outer.#inherited ?? []), ...ContextStore.snapshot(outer.store)]);
  }

  /** The scope of the running context. Undefined when no context runs, and for work that outlives its context. */
  static get current(): Scope | undefined {
    const context = TenantContext.current;
    if (!context) return lateContext()?.value as Scope | undefined;
    const scope = context.get(SCOPE) as Scope | undefined;
    if (scope || context.ended) return scope;
    // `TenantContext.run` began this context, not `Scope.run`. It gets a scope on first use.
    const own = new Scope(new ContextStore({tenant: context.tenant}));
    context.set(SCOPE, own);
    return own;
  }

  /**
   * Runs `work` with the values of a store, for the store's tenant. A store without a tenant gets the running tenant. When
   * no tenant runs either, `work` runs without a tenant, and `enter` may give it one.
   * @throws TenantIsolationError `TENANT_REFUSED` for a reserved code
   */
  static run<Result>(store: ContextStore, reserved: ReservedCodes, work: () => Result): Result {
    const code = store.tenant ?? TenantContext.tenant;
    reserved.assertTenant(code);
    // From now on the store cannot be run for another tenant, which must not see its values.
    if (code !== undefined) store.tenant = code;
    if (code === undefined) return Scope.#runLate(store, reserved, work);
    const outer = Scope.#outerOf(code);
    return TenantContext.run(code, () => {
      // `get` finds the scope of the nearest context of the same tenant, also when a context of another tenant lies between.
      TenantContext.set(SCOPE, new Scope(store, (TenantContext.get(SCOPE) as Scope | undefined) ?? outer));
      return work();
    });
  }

  /** Runs `work` with the values of a store, for no tenant. A tenant that the store has is only what the work reads as its tenant. */
  static runWithoutTenant<Result>(store: ContextStore, work: () => Result): Result {
    return runInPlace(new LateContext(new Scope(store, Scope.#outerOf(store.tenant))), work);
  }

  /** Runs `work` for the tenant that the store gets, and until then for none. */
  static #runLate<Result>(store: ContextStore, reserved: ReservedCodes, work: () => Result): Result {
    const scope = new Scope(store, Scope.#outerOf(undefined));
    const place = new LateContext(scope);
    ContextStore.run(store, {
      get ended() {
        return place.ended;
      },
      enter(tenant) {
        reserved.assertTenant(tenantCode(tenant));
        place.enter(tenant as string).set(SCOPE, scope);
      },
    });
    return runInPlace(place, work);
  }

  /** The running scope, if work for `code` may see its values. */
  static #outerOf(code: string | undefined): Scope | undefined {
    const current = Scope.current;
    return current?.store.tenant === undefined || current.store.tenant === code ? current : undefined;
  }

  /** The number of values in the store, without inherited ones. */
  get size(): number {
    return ContextStore.snapshot(this.store).size;
  }

  get(key: unknown): unknown {
    return ContextStore.has(this.store, key) ? this.store.get(key) : this.#inherited?.get(keyOf(key));
  }

  /**
   * Gives a tenant to running work that has none.
   * @throws TenantIsolationError `TENANT_MISMATCH` when the work has another tenant, `TENANT_REFUSED` for a reserved code, and
   * what `TenantContext.run` throws
   */
  enter(tenant: string, reserved: ReservedCodes): void {
    if (tenantCode(tenant) !== this.store.tenant) reserved.assertTenant(tenant);
    this.store.tenant = tenant;
  }
}

function lateContext(): LateContext | undefined {
  const place = runningContext.getStore();
  return place instanceof LateContext ? place : undefined;
}
