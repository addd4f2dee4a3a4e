import {AsyncLocalStorage} from 'node:async_hooks';
import {ContextEndedError, InvalidOptionError} from '../../scoped-registry/errors';
import {got} from '../../scoped-registry/got';
import {callUserCode, warn} from '../warning';
import {beforeFirstContext, openCohort, type Cohort} from './cohort';
import {announceCopy} from './other-copies';

/** What the asynchronous context holds: a context, or a LateContext, whose tenant may not be known yet. */
export interface ContextPlace {
  readonly context: Context | undefined;
  readonly ended: boolean;
  endContext(): void;
}

/** Holds the context of the running work; undefined where no tenant runs. */
export const runningContext = new AsyncLocalStorage<ContextPlace | undefined>();

beforeFirstContext(() => announceCopy(() => runningContext.getStore()?.context?.tenant));

/**
 * A list of the contexts around a context, the innermost first. The links are not in the contexts themselves, because a
 * context that has ended must keep no other context alive.
 */
interface Enclosing {
  readonly context: Context;
  readonly next: Enclosing | undefined;
}

/** What a context can hold until its end: a datasource that its work was given. */
export interface Holdable {
  /** Whether there is nothing left to hold. */
  readonly closed: boolean;
  hold(): void;
  /** Must not throw. */
  letGo(): void;
}

/** The parts of a context that most contexts never use. They are made on first use. */
interface Extras {
  enclosing?: Enclosing;
  held?: Holdable[];
  values?: Map<unknown, unknown>;
  controller?: AbortController;
  callbacks?: (() => unknown)[];
  /** Drains do not wait for this context, because its own work waits for a drain. */
  detached?: boolean;
  ended?: true;
}

/** The extras of each context that has ended. */
const ENDED: Extras = Object.freeze({ended: true});

/**
 * One piece of work for a tenant, from its beginning to its end. Sockets, timers and promises that the work made keep a
 * reference to its context, some for as long as the process lives. So a context that has ended holds nothing except the
 * tenant's code.
 */
export class Context {
  // Only two private fields: each further private field or private method makes a context a tenth more expensive.
  readonly #cohort: Cohort;
  #extras: Extras | undefined;

  /** The cohort's own text: the one that a caller gives may keep a whole header or URL alive. */
  readonly tenant: string;

  /** @internal See `beginContext`. */
  constructor(cohort: Cohort, enclosing?: Enclosing) {
    this.tenant = cohort.tenant;
    cohort.active++;
    this.#cohort = cohort;
    if (enclosing !== undefined) this.#extras = {enclosing};
  }

  /** @internal */
  get context(): this {
    return this;
  }

  /** Whether the work of this context is over. Code that still runs in this context is then late work and holds no lease. */
  get ended(): boolean {
    return this.#extras?.ended === true;
  }

  /**
   * A signal for `fetch`, timers and the like. When an offboarding or a shutdown reaches its deadline and this work has not
   * ended, the signal is aborted. Its `reason` is the error that later uses of the tenant throw.
   */
  get signal(): AbortSignal {
    if (this.#extras === ENDED) this.#extras = {...ENDED};
    const extras = (this.#extras ??= {});
    if (!extras.controller) {
      extras.controller = new AbortController();
      const {aborted} = this.#cohort;
      if (aborted) extras.controller.abort(aborted);
      else if (!extras.ended) this.#cohort.listen(this);
    }
    return extras.controller.signal;
  }

  /**
   * Returns this context's value for a key. Where it has none, returns the value of the nearest enclosing context of the
   * same tenant that has one. Undefined once this context has ended.
   */
  get(key: unknown): unknown {
    if (this.#extras?.values?.has(key)) return this.#extras.values.get(key);
    for (let enclosing = this.#extras?.enclosing; enclosing; enclosing = enclosing.next) {
      const {context} = enclosing;
      if (context.tenant === this.tenant && context.#extras?.values?.has(key)) return context.#extras.values.get(key);
    }
    return undefined;
  }

  /**
   * Sets a value of this context. The context drops the value when it ends.
   * @throws ContextEndedError `CONTEXT_ENDED`
   */
  set(key: unknown, value: unknown): this {
    if (this.ended) throw new ContextEndedError(this.tenant);
    ((this.#extras ??= {}).values ??= new Map()).set(key, value);
    return this;
  }

  /**
   * Calls `callback` once, in this context, when the context ends. An error or a rejection becomes a process warning.
   * @throws ContextEndedError `CONTEXT_ENDED`, InvalidOptionError `INVALID_OPTION`
   */
  onEnd(callback: () => unknown): void {
    if (typeof callback !== 'function') throw new InvalidOptionError(`onEnd takes a function, ${got(callback)}.`);
    if (this.ended) throw new ContextEndedError(this.tenant);
    ((this.#extras ??= {}).callbacks ??= []).push(callback);
  }

  /**
   * @internal Holds an item until the end of this context, and of each context of the same tenant around it: together they are one
   * piece of work, and any of them may be the last to end. To hold an item again does nothing.
   */
  holdUntilEnd(item: Holdable): void {
    // a nested context holds what the contexts around it hold, so the innermost one answers for all
    if (this.#extras?.held?.includes(item)) return;
    for (const context of this.#withEnclosing()) {
      const extras = (context.#extras ??= {});
      if (extras.held?.includes(item)) continue;
      // a context may last for days and see many connections fail
      extras.held = [...(extras.held ?? []).filter(({closed}) => !closed), item];
      item.hold();
    }
  }

  /** @internal Undoes `holdUntilEnd`. For work that waits until no work holds the item: it must not wait for itself. */
  letGoOf(item: Holdable): void {
    for (const context of this.#withEnclosing()) {
      const {held} = context.#extras ?? {};
      const index = held?.indexOf(item) ?? -1;
      if (index < 0) continue;
      held!.splice(index, 1);
      item.letGo();
    }
  }

  /** This context and those of the same tenant around it, without those that have ended. */
  *#withEnclosing(): IterableIterator<Context> {
    if (!this.ended) yield this;
    for (let enclosing = this.#extras?.enclosing; enclosing; enclosing = enclosing.next) {
      const {context} = enclosing;
      if (context.tenant === this.tenant && !context.ended) yield context;
    }
  }

  /** @internal */
  get cohort(): Cohort {
    return this.#cohort;
  }

  /** @internal Finds a tenant's innermost context that has not ended, among this context and those around it. */
  innermostOf(tenant: string): Context | undefined {
    if (this.tenant === tenant && !this.ended) return this;
    for (let enclosing = this.#extras?.enclosing; enclosing; enclosing = enclosing.next) {
      const {context} = enclosing;
      if (context.tenant === tenant && !context.ended) return context;
    }
    return undefined;
  }

  /**
   * @internal The enclosing contexts for a context that begins within this one. Leaves out contexts that have ended next to
   * this one: where each context begins the next one, the list would grow without end.
   */
  enclosingOfNested(): Enclosing | undefined {
    if (this.ended) return undefined;
    let next = this.#extras?.enclosing;
    while (next?.context.ended) next = next.next;
    return {context: this, next};
  }

  /** @internal */
  endContext(): void {
    if (this.#extras === undefined) {
      this.#extras = ENDED;
      this.#cohort.leave();
    } else this.endWithExtras();
  }

  /** @internal Ends a context that has extras. A method of its own, so that V8 can inline `endContext`. */
  endWithExtras(): void {
    const extras = this.#extras;
    if (extras?.ended) return;
    if (extras?.callbacks) {
      // a callback may read the signal, but it can set no value and add no callback
      this.#extras = {ended: true, controller: extras.controller};
      for (const callback of extras.callbacks) runningContext.run(this, callBack, callback);
    }
    this.#extras = ENDED;
    // before this context leaves: the last one to leave may end a registry, which then closes its datasources
    if (extras?.held) for (const item of extras.held) item.letGo();
    // the listeners of the signal are user code, which the cohort must not keep
    if (extras?.controller) this.#cohort.unlisten(this);
    if (extras?.detached) this.#cohort.attach();
    this.#cohort.leave();
  }

  /**
   * @internal Drains no longer wait for this context and those around it, of one tenant or of all. For a caller that waits
   * for such a drain within its own work: the drain would never end.
   */
  detach(tenant?: string): void {
    let enclosing: Enclosing | undefined = {context: this, next: this.#extras?.enclosing};
    for (; enclosing; enclosing = enclosing.next) {
      const {context} = enclosing;
      if (context.ended || context.#extras?.detached || (tenant !== undefined && context.tenant !== tenant)) continue;
      (context.#extras ??= {}).detached = true;
      context.#cohort.detach();
    }
  }

  /** @internal */
  abort(reason: Error): void {
    this.#extras?.controller?.abort(reason);
  }
}

/**
 * Begins a context.
 * @param enclosing the context in which it begins. A context within one of the same tenant enters that one's cohort: a
 *   drain that waits for the outer work waits for the nested work too.
 * @throws InvalidTenantCodeError `INVALID_TENANT_CODE`
 */
export function beginContext(tenant: string, enclosing: Context | undefined): Context {
  if (enclosing === undefined) return new Context(openCohort(tenant));
  return new Context(enclosing.innermostOf(tenant)?.cohort ?? openCohort(tenant), enclosing.enclosingOfNested());
}

/** Calls a callback of `onEnd`. Never throws. */
function callBack(callback: () => unknown): void {
  callUserCode(callback, warnOfFailure, warnOfFailure);
}

function warnOfFailure(error: unknown): void {
  warn('A callback at the end of a context failed', error);
}
