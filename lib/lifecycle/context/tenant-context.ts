import {EventEmitter} from 'node:events';
import {isGeneratorObject, isPromise} from 'node:util/types';
import {InvalidOptionError, NoTenantError} from '../../scoped-registry/errors';
import {got} from '../../scoped-registry/got';
import {defineOwn} from '../../scoped-registry/primitives/own-property';
import {isForeignPromise} from '../../scoped-registry/primitives/promises';
import {activeContexts, openCohort} from './cohort';
import {beginContext, Context, runningContext, type ContextPlace} from './context';
import {assertNoOtherCopyRuns} from './other-copies';

/**
 * The type of TenantContext. It is a class because V8 keeps an object literal with getters as a slow hash table. No method
 * uses `this`, so each one also works as a plain function.
 */
class RunningTenant {
  /**
   * The tenant of the running work; undefined where no tenant runs. Work that outlives its context (a timer, a listener)
   * still has its tenant, but it holds no lease and its values are gone.
   */
  get tenant(): string | undefined {
    return runningContext.getStore()?.context?.tenant;
  }

  /** The context of the running work; undefined where no tenant runs. It stays the same context wherever it is read later. */
  get current(): Context | undefined {
    return runningContext.getStore()?.context;
  }

  /** The `signal` of the running context (see `Context.signal`); undefined where no tenant runs. */
  get signal(): AbortSignal | undefined {
    return runningContext.getStore()?.context?.signal;
  }

  /**
   * Returns the tenant of the running work.
   * @throws NoTenantError `NO_TENANT` where no tenant runs
   */
  require(): string {
    const context = runningContext.getStore()?.context;
    if (context === undefined) throw noTenant('A tenant is required here');
    return context.tenant;
  }

  /** Returns a value of the running context; undefined where no tenant runs or no value was set. See `Context.get`. */
  get(key: unknown): unknown {
    return runningContext.getStore()?.context?.get(key);
  }

  /**
   * Sets a value of the running context. The value is gone when the context ends.
   * @throws NoTenantError `NO_TENANT` where no tenant runs, ContextEndedError `CONTEXT_ENDED` where the context has ended
   */
  set(key: unknown, value: unknown): void {
    const context = runningContext.getStore()?.context;
    if (context === undefined) throw noTenant('A value of the running context is set');
    context.set(key, value);
  }

  /** Returns the exact number of a tenant's contexts and leases that have not ended. */
  activeContexts(tenant: string): number {
    return activeContexts(tenant);
  }

  /**
   * Returns a function that runs `work` for the tenant that runs now, from whichever context it is called. Where no tenant
   * runs now, `work` runs for no tenant. For callbacks of pools and listeners, which are called in another context. `work`
   * runs in the present context; once that has ended, each call runs in a new context of the tenant.
   * @throws InvalidOptionError `INVALID_OPTION` for anything but a function
   */
  bind<This, Args extends unknown[], Result>(work: (this: This, ...args: Args) => Result): (this: This, ...args: Args) => Result {
    if (typeof work !== 'function') throw new InvalidOptionError(`TenantContext.bind takes a function, ${got(work)}.`);
    const place = runningContext.getStore();
    return function (this: This, ...args: Args): Result {
      return runWithin(place, work, this, args);
    };
  }

  /**
   * Makes all listeners of an emitter, earlier and later ones, run for the tenant that runs now, from whichever context an
   * event is emitted. For sockets, streams and pools. A second call replaces the binding.
   * @returns the emitter
   * @throws InvalidOptionError `INVALID_OPTION` for anything but an emitter
   */
  bindEmitter<Emitter extends Pick<EventEmitter, 'emit'>>(emitter: Emitter): Emitter {
    if (typeof emitter?.emit !== 'function')
      throw new InvalidOptionError(`TenantContext.bindEmitter takes an EventEmitter, ${got(emitter)}.`);
    const place = runningContext.getStore();
    if (Object.hasOwn(emitter, BINDING)) (emitter as unknown as Bound)[BINDING].place = place;
    else {
      // an object that inherits from a bound emitter has inherited emitBound: take the emit that emitBound calls
      const emit = (emitter.emit as unknown) === emitBound ? (emitter as unknown as Bound)[BINDING].emit : emitter.emit;
      defineHidden(emitter, BINDING, {place, emit});
      defineHidden(emitter, 'emit', emitBound);
    }
    return emitter;
  }

  /**
   * Runs `work`, and everything that it starts, for a tenant. Contexts nest. Results and errors pass through unchanged. The
   * work counts as in flight until `work` returns; where `work` returns a promise, until the promise is settled.
   * @throws InvalidTenantCodeError `INVALID_TENANT_CODE`, before `work` is called
   * @throws InvalidOptionError `INVALID_OPTION` where `work` returns a generator: its body would run after the context, for no tenant
   */
  run<Result, Args extends unknown[]>(tenant: string, work: (...args: Args) => Result, ...args: Args): Result {
    const outer = runningContext.getStore();
    // the rarer cases are in functions of their own, so that V8 can inline this one into its callers
    const context = outer === undefined ? new Context(openCohort(tenant)) : beginContext(tenant, outer.context);
    // the same as `runningContext.run`, which reads the storage once more and passes the arguments on in arrays
    runningContext.enterWith(context);
    let result;
    try {
      result = work(...args);
    } catch (error) {
      leaveNow(context, outer);
      throw error;
    }
    if (typeof result === 'object') return leaveWithResult(context, outer, result);
    leaveNow(context, outer);
    return result;
  }
}

/**
 * Tells which tenant's work is running, and runs work for a tenant. It is built on AsyncLocalStorage: the tenant stays known
 * through promises, timers and callbacks.
 */
export const TenantContext: Readonly<RunningTenant> = Object.freeze(new RunningTenant());

/**
 * @internal Returns the running tenant; undefined where none runs.
 * @throws TwoCopiesError `TWO_COPIES`, if a tenant runs in a context of another copy of this package
 */
export function runningTenant(): string | undefined {
  const tenant = runningContext.getStore()?.context?.tenant;
  if (tenant === undefined) assertNoOtherCopyRuns('The running tenant is asked for');
  return tenant;
}

function noTenant(operation: string): NoTenantError {
  assertNoOtherCopyRuns(operation);
  return new NoTenantError(operation);
}

/** @internal Runs `work` in a given place for a context, and ends the place as `TenantContext.run` ends a context. */
export function runInPlace<Result>(place: ContextPlace, work: () => Result): Result {
  return runningContext.run(place, () => {
    let pending: Result | undefined;
    try {
      const result = work();
      if (typeof result === 'object') pending = endWhenSettled(place, result);
      return pending ?? result;
    } finally {
      if (pending === undefined) place.endContext();
    }
  });
}

function leaveNow(context: Context, outer: ContextPlace | undefined): void {
  try {
    context.endContext();
  } finally {
    runningContext.enterWith(outer);
  }
}

/** Makes the outer context current again. Where `result` is a promise, the inner context ends when it is settled, else now. */
function leaveWithResult<Result extends object | null>(
  context: Context,
  outer: ContextPlace | undefined,
  result: Result,
): Result {
  let pending: Result | undefined;
  try {
    pending = endWhenSettled(context, result);
  } finally {
    if (pending === undefined) context.endContext();
    runningContext.enterWith(outer);
  }
  return pending ?? result;
}

/** Returns a promise that settles as `result` does and then has ended the context; undefined where `result` is no promise. */
function endWhenSettled<Result extends object | null>(place: ContextPlace, result: Result): Result | undefined {
  if (result === null) return undefined;
  // The caller must get the derived promise: on `result` itself, these handlers would count as handling its rejection.
  if (isPlainPromise(result)) return result.then(fulfilled, rejected) as never;
  refuseGenerator(result);
  return isForeignPromise(result) ? (result.finally(() => place.endContext()) as never) : undefined;
}

/**
 * The body of a generator function has not begun when its call returns. It runs where its caller iterates: in no context, or in
 * another tenant's.
 * @throws InvalidOptionError `INVALID_OPTION`
 */
function refuseGenerator(result: unknown): void {
  if (!isGeneratorObject(result)) return;
  throw new InvalidOptionError(
    'The work for a tenant returned a generator, whose body would run after the work, for no tenant. Iterate within the work: ' +
      'TenantContext.run(tenant, async () => { for await (const item of generate()) … }).',
  );
}

/** A promise handler runs in the context in which it was added, so one function serves all contexts without a closure. */
function fulfilled<T>(value: T): T {
  runningContext.getStore()!.endContext();
  return value;
}

function rejected(error: unknown): never {
  runningContext.getStore()!.endContext();
  throw error;
}

function apply<This, Args extends unknown[], Result>(
  work: (this: This, ...args: Args) => Result,
  receiver: This,
  args: Args,
): Result {
  return work.apply(receiver, args);
}

/**
 * @internal Runs `work` in a context that was current earlier. Where that context has ended, runs `work` in a new context of
 * its tenant. Where `place` is undefined, runs `work` for no tenant.
 */
export function runWithin<This, Args extends unknown[], Result>(
  place: ContextPlace | undefined,
  work: (this: This, ...args: Args) => Result,
  receiver: This,
  args: Args,
): Result {
  const context = place?.context;
  if (context?.ended) {
    // leave the running context first: the new one must not count as nested in it
    return runningContext.run(
      undefined,
      TenantContext.run<Result, [typeof work, This, Args]>,
      context.tenant,
      apply,
      work,
      receiver,
      args,
    );
  }
  const result = runningContext.run(place, apply<This, Args, Result>, work, receiver, args);
  refuseGenerator(result);
  return result;
}

/** The key of the binding on the emitter itself, so that a proxy of it and an object that inherits from it find it too. */
const BINDING = Symbol('binding');

interface Bound {
  readonly [BINDING]: {place: ContextPlace | undefined; readonly emit: EventEmitter['emit']};
}

/** Replaces `emit` on bound emitters: one function for all of them. */
function emitBound(this: EventEmitter & Partial<Bound>, ...args: Parameters<EventEmitter['emit']>): boolean {
  const binding = this[BINDING];
  // user code has copied this function to an emitter that is not bound
  if (!binding) return EventEmitter.prototype.emit.apply(this, args);
  return runWithin(binding.place, binding.emit, this, args);
}

/** Defines a property that user code does not see when it lists or copies the emitter's properties. */
function defineHidden(emitter: object, name: string | symbol, value: unknown): void {
  defineOwn(emitter, name, value);
}

/** Not for a subclass of Promise: the caller must get back a promise of that class. */
function isPlainPromise(value: object): value is Promise<unknown> {
  return isPromise(value) && value.constructor === Promise;
}
