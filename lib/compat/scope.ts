import {runningContext} from '../lifecycle/context/context';
import {LateContext} from '../lifecycle/context/late-context';
import {runInPlace, TenantContext} from '../lifecycle/context/tenant-context';
import {tenantCode} from '../scoped-registry/tenant-code';
import {keyOf} from './context-keys';
import {ContextStore} from './context-store';

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
   * @param isTenant returns false for the reserved codes, which name no tenant
   */
  static run<Result>(store: ContextStore, isTenant: (code: string) => boolean, work: () => Result): Result {
    const code = store.tenant ?? TenantContext.tenant;
    // From now on the store cannot be run for another tenant, which must not see its values.
    if (code !== undefined) store.tenant = code;
    const current = Scope.current;
    const outer = current?.store.tenant === undefined || current.store.tenant === code ? current : undefined;
    if (code === undefined || !isTenant(code)) return runInPlace(new LateContext(new Scope(store, outer)), work);
    return TenantContext.run(code, () => {
      // `get` finds the scope of the nearest context of the same tenant, also when a context of another tenant lies between.
      TenantContext.set(SCOPE, new Scope(store, (TenantContext.get(SCOPE) as Scope | undefined) ?? outer));
      return work();
    });
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
   * @throws TenantIsolationError `TENANT_MISMATCH` when the work has another tenant, and what `TenantContext.run` throws
   */
  enter(tenant: string, isTenant: (code: string) => boolean): void {
    this.store.tenant = tenantCode(tenant);
    if (isTenant(tenant)) lateContext()?.enter(tenant).set(SCOPE, this);
  }
}

function lateContext(): LateContext | undefined {
  const place = runningContext.getStore();
  return place instanceof LateContext ? place : undefined;
}
