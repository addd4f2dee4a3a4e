import {EventEmitter} from 'node:events';
import {isPromise} from 'node:util/types';
import {InvalidOptionError, NoTenantError} from '../../scoped-registry/errors';
import {defineOwn} from '../../scoped-registry/primitives/own-property';
import {activeContexts, openCohort} from './cohort';
import {beginContext, Context, runningContext, type ContextPlace} from './context';

/** A class, for V8 keeps an object literal with getters as a hash table. Nothing in it uses `this`. */
class RunningTenant {
  /**
   * The tenant of the running work, undefined where none runs. Work that outlives its context (a timer, a listener)
   * still has its tenant, but holds no lease and no values.
   */
  get tenant(): string | undefined {
    return runningContext.getStore()?.context?.tenant;
  }

  /** The context of the running work, undefined where no tenant runs. What is read from it is its own, wherever it is read. */
  get current(): Context | undefined {
    return runningContext.getStore()?.context;
  }

  /** Aborted, with the reason, where the running tenant is to end; undefined where none runs. See `Context.signal`. */
  get signal(): AbortSignal | undefined {
    return runningContext.getStore()?.context?.signal;
  }

  /**
   * The tenant of the running work.
   * @throws NoTenantError `NO_TENANT` where none runs
   */
  require(): string {
    const context = runningContext.getStore()?.context;
    if (context === undefined) throw new NoTenantError('A tenant is required here');
    return context.tenant;
  }

  /** The running context's value, undefined where no tenant runs or none was set. See `Context.get`. */
  get(key: unknown): unknown {
    return runningContext.getStore()?.context?.get(key);
  }

  /**
   * Sets a value of the running context; it is gone when the context ends.
   * @throws NoTenantError `NO_TENANT` where none runs, ContextEndedError `CONTEXT_ENDED` for late work
   */
  set(key: unknown, value: unknown): void {
    const context = runningContext.getStore()?.context;
    if (context === undefined) throw new NoTenantError('A value of the running context is set');
    context.set(key, value);
  }

  /** The number of a tenant's contexts and leases that have not ended, exactly. */
  activeContexts(tenant: string): number {
    return activeContexts(tenant);
  }

  /**
   * A function that runs `work` for the tenant that runs now, or for none where none does, whoever calls it: for callbacks
   * of pools and listeners, which are called in somebody else's context. It runs in the present context, and once that has
   * ended, in one of its own.
   * @throws InvalidOptionError `INVALID_OPTION` for anything but a function
   */
  bind<This, Args extends unknown[], Result>(work: (this: This, ...args: Args) => Result): (this: This, ...args: Args) => Result {
    if (typeof work !== 'function') throw new InvalidOptionError('TenantContext.bind takes a function.');
    const place = runningContext.getStore();
    return function (this: This, ...args: Args): Result {
      return runWithin(place, work, this, args);
    };
  }

  /**
   * Lets all listeners of an emitter, earlier ones and later ones, run for the tenant that runs now, whoever emits: for
   * sockets, streams and pools. Binding it again replaces the binding.
   * @returns the emitter
   * @throws InvalidOptionError `INVALID_OPTION` for anything but an emitter
   */
  bindEmitter<Emitter extends Pick<EventEmitter, 'emit'>>(emitter: Emitter): Emitter {
    if (typeof emitter?.emit !== 'function') throw new InvalidOptionError('TenantContext.bindEmitter takes an EventEmitter.');
    const place = runningContext.getStore();
    if (Object.hasOwn(emitter, BINDING)) (emitter as unknown as Bound)[BINDING].place = place;
    else {
      // one that inherits from a bound emitter has that one's stand-in
      const emit = (emitter.emit as unknown) === emitBound ? (emitter as unknown as Bound)[BINDING].emit : emitter.emit;
      hide(emitter, BINDING, {place, emit});
      hide(emitter, 'emit', emitBound);
    }
    return emitter;
  }

  /**
   * Runs `work` for a tenant, with everything that it starts. Contexts nest; results and errors pass through unchanged.
   * It counts as work in flight until `work` returns, or until the promise that it returns is settled.
   * @throws InvalidTenantCodeError `INVALID_TENANT_CODE`, before `work` is called
   */
  run<Result, Args extends unknown[]>(tenant: string, work: (...args: Args) => Result, ...args: Args): Result {
    const around = runningContext.getStore();
    // what most work does not need is apart: V8 compiles but so much into the caller
    const context = around === undefined ? new Context(tenant, openCohort(tenant)) : beginContext(tenant, around.context);
    // what `running.run` does, but that reads the storage once more and passes the arguments on in arrays
    runningContext.enterWith(context);
    let result;
    try {
      result = work(...args);
    } catch (error) {
      leave(context, around);
      throw error;
    }
    if (typeof result === 'object') return goneOn(context, around, result);
    context.endContext();
    runningContext.enterWith(around);
    return result;
  }
}

/** Which tenant's work is running, on AsyncLocalStorage. */
export const TenantContext: Readonly<RunningTenant> = Object.freeze(new RunningTenant());

/** @internal As `TenantContext.run`, in a place for a context. */
export function runInPlace<Result>(place: ContextPlace, work: () => Result): Result {
  return runningContext.run(place, () => {
    let later: Result | undefined;
    try {
      const result = work();
      if (typeof result === 'object') later = ending(place, result);
      return later ?? result;
    } finally {
      if (later === undefined) place.endContext();
    }
  });
}

function leave(context: Context, around: ContextPlace | undefined): void {
  context.endContext();
  runningContext.enterWith(around);
}

/** Leaves a context for what was around it; it ends now, or where its work goes on, with that. */
function goneOn<Result extends object | null>(context: Context, around: ContextPlace | undefined, result: Result): Result {
  let later: Result | undefined;
  try {
    later = ending(context, result);
  } finally {
    if (later === undefined) context.endContext();
    runningContext.enterWith(around);
  }
  return later ?? result;
}

/** A promise for the same that ends the context; undefined for what is no promise. */
function ending<Result extends object | null>(place: ContextPlace, result: Result): Result | undefined {
  if (result === null) return undefined;
  // not a handler beside the caller's: the promise would count as handled, and nobody would hear of its failure
  if (isPlainPromise(result)) return result.then(fulfilled, rejected) as never;
  return isForeignPromise(result) ? (result.finally(() => place.endContext()) as never) : undefined;
}

/** Handlers run in the context in which they were given: so one function does for all of them, and none is made for each. */
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

/** @internal Runs work in a context that was current earlier, or in one like it where that has ended, or for no tenant. */
export function runWithin<This, Args extends unknown[], Result>(
  place: ContextPlace | undefined,
  work: (this: This, ...args: Args) => Result,
  receiver: This,
  args: Args,
): Result {
  const context = place?.context;
  if (context?.ended) {
    // not within what is running, which is somebody else's
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
  return runningContext.run(place, apply<This, Args, Result>, work, receiver, args);
}

/** On the emitter itself, where what inherits from it and a proxy of it find it as well. */
const BINDING = Symbol('binding');

interface Bound {
  readonly [BINDING]: {place: ContextPlace | undefined; readonly emit: EventEmitter['emit']};
}

/** One function for all emitters. */
function emitBound(this: EventEmitter & Partial<Bound>, ...args: Parameters<EventEmitter['emit']>): boolean {
  const binding = this[BINDING];
  // where somebody has copied this function
  if (!binding) return EventEmitter.prototype.emit.apply(this, args);
  return runWithin(binding.place, binding.emit, this, args);
}

/** Not where somebody lists or copies what is on an emitter. */
function hide(emitter: object, name: string | symbol, value: unknown): void {
  defineOwn(emitter, name, value);
}

/** Not one of a class of its own, which the caller is to get back. */
function isPlainPromise(value: object): value is Promise<unknown> {
  return isPromise(value) && value.constructor === Promise;
}

/**
 * A promise of Bluebird or its like, whose work is under way. Not a thenable of a query builder, whose work begins with
 * `then` and would be done twice. What cannot be looked at is no promise.
 */
function isForeignPromise(value: object): value is Promise<unknown> {
  try {
    const {then, finally: atLast, constructor} = value as Partial<Promise<unknown>>;
    return (
      typeof then === 'function' &&
      typeof atLast === 'function' &&
      typeof (constructor as {resolve?: unknown} | undefined)?.resolve === 'function'
    );
  } catch {
    return false;
  }
}
