import {runningContext} from '../lifecycle/context/context';
import {LateContext} from '../lifecycle/context/late-context';
import {runInPlace, TenantContext} from '../lifecycle/context/tenant-context';
import {tenantCode} from '../scoped-registry/tenant-code';
import {keyOf} from './context-keys';
import {ContextStore} from './context-store';

/** Under this the context of a tenant's work has its scope: it goes with the context, and no other tenant's work finds it. */
const SCOPE = Symbol('scope');

/** What runs in one context: its values, over those that the contexts around it had when it began. */
export class Scope {
  readonly #around: ReadonlyMap<unknown, unknown> | undefined;

  private constructor(
    readonly store: ContextStore,
    around?: Scope,
  ) {
    if (around) this.#around = new Map([...(around.#around ?? []), ...ContextStore.snapshot(around.store)]);
  }

  /** Undefined outside any, and for late work. */
  static get current(): Scope | undefined {
    const context = TenantContext.current;
    if (!context) return lateContext()?.value as Scope | undefined;
    const scope = context.get(SCOPE) as Scope | undefined;
    if (scope || context.ended) return scope;
    // one that was not begun here
    const own = new Scope(new ContextStore({tenant: context.tenant}));
    context.set(SCOPE, own);
    return own;
  }

  /** Runs `work` with a store: for its tenant, for the running one where it has none, for none where none runs. */
  static run<Result>(store: ContextStore, isTenant: (code: string) => boolean, work: () => Result): Result {
    const code = store.tenant ?? TenantContext.tenant;
    // its values are that tenant's from now on
    if (code !== undefined) store.tenant = code;
    const outer = Scope.current;
    const around = outer?.store.tenant === undefined || outer.store.tenant === code ? outer : undefined;
    if (code === undefined || !isTenant(code)) return runInPlace(new LateContext(new Scope(store, around)), work);
    return TenantContext.run(code, () => {
      // that of the same tenant may be around another one's
      TenantContext.set(SCOPE, new Scope(store, (TenantContext.get(SCOPE) as Scope | undefined) ?? around));
      return work();
    });
  }

  /** The number of values set here. */
  get size(): number {
    return ContextStore.snapshot(this.store).size;
  }

  get(key: unknown): unknown {
    return ContextStore.has(this.store, key) ? this.store.get(key) : this.#around?.get(keyOf(key));
  }

  /**
   * Lets the work that runs without a tenant be one's from now on.
   * @throws TenantIsolationError `TENANT_MISMATCH`, and what `TenantContext.run` throws
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
