import {AsyncResource} from 'node:async_hooks';
import type {Callback, Method} from '../../scoped-registry/juggler/callback';
import type {ModelClass} from '../../scoped-registry/juggler/types';
import {defineOwn} from '../../scoped-registry/primitives/own-property';
import {asSilentAs, isUnobserved} from '../../scoped-registry/operations/observer-shortcut';

/**
 * Returns a function that runs `work` in the present asynchronous context, from whichever context it is called.
 * `AsyncResource.bind` does the same. On Node 20 it costs more than a whole operation, because it defines a deprecated
 * accessor on each function that it returns.
 */
export function keepContext<Work extends (...args: never[]) => unknown>(work: Work): Work {
  const resource = new AsyncResource('KeptContext', {requireManualDestroy: true});
  const kept: Method = function (...args) {
    return resource.runInAsyncScope(work as unknown as Method, this, ...args);
  };
  return kept as unknown as Work;
}

/**
 * Makes each operation of a model continue in the context in which it began. User hooks and validations may call back
 * from another context, for example from a callback of a connection pool. juggler would then continue in that context.
 */
export function keepContextsOfModel(model: ModelClass): void {
  wrapMethod(model, 'notifyObserversOf', (args, notified) => (isUnobserved(notified, args[0]) ? args : args.map(bindIfFunction)));
  wrapMethod(model.prototype as object, 'isValid', args => args.map(bindIfFunction));
  // juggler's old hooks (hooks.js): trigger(action, work, data, callback) calls work(next), and work calls next(done)
  wrapMethod(model.prototype as object, 'trigger', ([action, work, ...rest]) => [action, bindHookWork(work), ...rest]);
}

/** Replaces a method by one that first passes its arguments through `bindArgs`. */
function wrapMethod(place: object, name: string, bindArgs: (args: unknown[], receiver: unknown) => unknown[]): void {
  const method = (place as Record<string, Method | undefined>)[name];
  if (!method) return;
  const value: Method = function (...args) {
    return method.apply(this, bindArgs(args, this));
  };
  if (name === 'notifyObserversOf') asSilentAs(method, value);
  defineOwn(place, name, value, true);
}

function bindIfFunction<T>(value: T): T {
  return typeof value === 'function' ? keepContext(value as never) : value;
}

function bindHookWork(work: unknown): unknown {
  if (typeof work !== 'function') return work;
  return bindIfFunction(function (this: unknown, next: Callback, ...rest: unknown[]) {
    const boundNext = (...done: unknown[]) => next(...done.map(bindIfFunction));
    return (work as Callback).call(this, boundNext, ...rest);
  });
}
