import {AsyncResource} from 'node:async_hooks';
import type {Callback, Method} from '../../scoped-registry/juggler/callback';
import type {ModelClass} from '../../scoped-registry/juggler/types';
import {defineOwn} from '../../scoped-registry/primitives/own-property';
import {asSilentAs, isUnobserved} from '../../scoped-registry/operations/observer-shortcut';

/**
 * A function that runs `work` in the present asynchronous context, whoever calls it. `AsyncResource.bind` does the same, and
 * as of Node 20 costs more than a whole operation: it makes a deprecated accessor for each function.
 */
export function keepContext<Work extends (...args: never[]) => unknown>(work: Work): Work {
  const resource = new AsyncResource('KeptContext', {requireManualDestroy: true});
  const kept: Method = function (...args) {
    return resource.runInAsyncScope(work as unknown as Method, this, ...args);
  };
  return kept as unknown as Work;
}

/**
 * Lets the operations of a model go on in the context they began in, also where a hook or a validation of the user's calls
 * back from another one, as a callback of a pool or a listener does.
 */
export function keepContextsOfModel(model: ModelClass): void {
  keep(model, 'notifyObserversOf', (args, notified) => (isUnobserved(notified, args[0]) ? args : args.map(bound)));
  keep(model.prototype as object, 'isValid', args => args.map(bound));
  // juggler's old hooks: (action, work, …), and work is given what it calls when it is done, with what to do after that
  keep(model.prototype as object, 'trigger', ([action, work, ...rest]) => [action, boundWork(work), ...rest]);
}

function keep(place: object, name: string, bind: (args: unknown[], receiver: unknown) => unknown[]): void {
  const method = (place as Record<string, Method | undefined>)[name];
  if (!method) return;
  const value: Method = function (...args) {
    return method.apply(this, bind(args, this));
  };
  if (name === 'notifyObserversOf') asSilentAs(method, value);
  defineOwn(place, name, value, true);
}

function bound<T>(value: T): T {
  return typeof value === 'function' ? keepContext(value as never) : value;
}

function boundWork(work: unknown): unknown {
  if (typeof work !== 'function') return work;
  return bound(function (this: unknown, next: Callback, ...rest: unknown[]) {
    const goOn = (...done: unknown[]) => next(...done.map(bound));
    return (work as Callback).call(this, goOn, ...rest);
  });
}
