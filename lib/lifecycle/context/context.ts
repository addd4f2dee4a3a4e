import {AsyncLocalStorage} from 'node:async_hooks';
import {isPromise} from 'node:util/types';
import {ContextEndedError, InvalidOptionError} from '../../scoped-registry/errors';
import {openCohort, type Cohort} from './cohort';
import {warn} from '../warning';

/** A context, or a place for one whose tenant is not known yet. */
export interface ContextPlace {
  readonly context: Context | undefined;
  readonly ended: boolean;
  endContext(): void;
}

/** Where the running work has its context; undefined for no tenant. */
export const runningContext = new AsyncLocalStorage<ContextPlace | undefined>();

/** The contexts around one, from the inside out. Not a chain of contexts: one that ended is to lead to no other. */
interface Around {
  readonly context: Context;
  readonly next: Around | undefined;
}

/** What most contexts have none of. */
interface Own {
  around?: Around;
  values?: Map<unknown, unknown>;
  controller?: AbortController;
  callbacks?: (() => unknown)[];
  /** Nobody is to wait for it: it waits itself. */
  detached?: boolean;
  ended?: true;
}

/** Of a context that has ended. */
const ENDED: Own = Object.freeze({ended: true});

/**
 * One piece of work of a tenant's, from its beginning to its end. Sockets, timers and promises that it made keep it, some
 * for as long as the process lives: so it is empty once it has ended, but for the tenant's code.
 */
export class Context {
  // two: each further private field, and each private method, makes a context dearer by a tenth
  readonly #cohort: Cohort;
  #own: Own | undefined;

  /** @internal See `beginContext`. */
  constructor(
    readonly tenant: string,
    cohort: Cohort,
    around?: Around,
  ) {
    cohort.active++;
    this.#cohort = cohort;
    if (around !== undefined) this.#own = {around};
  }

  /** @internal */
  get context(): this {
    return this;
  }

  /** Whether its work is over; what still runs then is late, and holds nothing. */
  get ended(): boolean {
    return this.#own?.ended === true;
  }

  /** Aborted, with the reason, where the tenant is to end and its work has not ended by the deadline. */
  get signal(): AbortSignal {
    if (this.#own === ENDED) this.#own = {...ENDED};
    const own = (this.#own ??= {});
    if (!own.controller) {
      own.controller = new AbortController();
      const {aborted} = this.#cohort;
      if (aborted) own.controller.abort(aborted);
      else if (!own.ended) this.#cohort.listen(this);
    }
    return own.controller.signal;
  }

  /** This context's value, else that of the nearest one of its tenant around it; undefined once this one has ended. */
  get(key: unknown): unknown {
    if (this.#own?.values?.has(key)) return this.#own.values.get(key);
    for (let around = this.#own?.around; around; around = around.next) {
      const {context} = around;
      if (context.tenant === this.tenant && context.#own?.values?.has(key)) return context.#own.values.get(key);
    }
    return undefined;
  }

  /** @throws ContextEndedError `CONTEXT_ENDED` */
  set(key: unknown, value: unknown): this {
    if (this.ended) throw new ContextEndedError(this.tenant);
    ((this.#own ??= {}).values ??= new Map()).set(key, value);
    return this;
  }

  /**
   * Calls back once, for this tenant, when this context ends. What fails in it becomes a warning of the process.
   * @throws ContextEndedError `CONTEXT_ENDED`, or InvalidOptionError
   */
  onEnd(callback: () => unknown): void {
    if (typeof callback !== 'function') throw new InvalidOptionError('onEnd takes a function.');
    if (this.ended) throw new ContextEndedError(this.tenant);
    ((this.#own ??= {}).callbacks ??= []).push(callback);
  }

  /** @internal */
  get cohort(): Cohort {
    return this.#cohort;
  }

  /** @internal The innermost context of a tenant in this one and those around it that has not ended. */
  innermostOf(tenant: string): Context | undefined {
    if (this.tenant === tenant && !this.ended) return this;
    for (let around = this.#own?.around; around; around = around.next) {
      const {context} = around;
      if (context.tenant === tenant && !context.ended) return context;
    }
    return undefined;
  }

  /** @internal For a context within this one: without those that have ended, for where each begins the next one, they would pile up. */
  aroundNested(): Around | undefined {
    if (this.ended) return undefined;
    let next = this.#own?.around;
    while (next?.context.ended) next = next.next;
    return {context: this, next};
  }

  /** @internal */
  endContext(): void {
    if (this.#own === undefined) {
      this.#own = ENDED;
      this.#cohort.leave();
    } else this.endOwn();
  }

  /** @internal What few contexts have to end. Apart, so that V8 compiles the rest into whoever enters a context. */
  endOwn(): void {
    const own = this.#own;
    if (own?.ended) return;
    if (own?.callbacks) {
      // what they ask for ends with them
      this.#own = {ended: true, controller: own.controller};
      for (const callback of own.callbacks) runningContext.run(this, callBack, callback);
    }
    this.#own = ENDED;
    // what listens to the signal is user code
    if (own?.controller) this.#cohort.unlisten(this);
    if (own?.detached) this.#cohort.attach();
    this.#cohort.leave();
  }

  /** @internal Nobody is to wait for this context and those around it, of one tenant or of all: it waits itself. */
  detach(tenant?: string): void {
    for (let around: Around | undefined = {context: this, next: this.#own?.around}; around; around = around.next) {
      const {context} = around;
      if (context.ended || context.#own?.detached || (tenant !== undefined && context.tenant !== tenant)) continue;
      (context.#own ??= {}).detached = true;
      context.#cohort.detach();
    }
  }

  /** @internal */
  abort(reason: Error): void {
    this.#own?.controller?.abort(reason);
  }
}

/**
 * Begins a piece of work.
 * @param enclosing the context in which it begins: work that is begun by work in flight is in flight as well
 * @throws InvalidTenantCodeError `INVALID_TENANT_CODE`
 */
export function beginContext(tenant: string, enclosing: Context | undefined): Context {
  if (enclosing === undefined) return new Context(tenant, openCohort(tenant));
  return new Context(tenant, enclosing.innermostOf(tenant)?.cohort ?? openCohort(tenant), enclosing.aroundNested());
}

/** Never throws. */
function callBack(callback: () => unknown): void {
  try {
    const result = callback();
    if (isPromise(result)) void result.catch(failed);
  } catch (error) {
    failed(error);
  }
}

function failed(error: unknown): void {
  warn('A callback at the end of a context failed', error);
}
