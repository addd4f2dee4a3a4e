import {inPlaceOf, type Callback, type Method} from './callback';
import {ownerOf} from './class-owner';
import {ScopedRegistryError} from './errors';
import type {ModelClass} from './juggler';
import type {ModelRegistry} from './model-registry';

/** Makes the replacement of a method from the method. */
type Guard = (method: Method) => Method;

/**
 * juggler goes on where a hook or a validation of the user's calls back, however late, and uses the class: after the end
 * of its registry that is an exception which nobody could catch. The caller has had its answer then (see `operation`),
 * so what comes back late is told of the end, and goes no further.
 */
export function guardLateReturns(model: ModelClass): void {
  replace(model, 'notifyObserversOf', observers);
  replace(model.prototype as object, 'isValid', validation);
  replace(model.prototype as object, 'trigger', legacyHook);
}

const observers = cached(
  notify =>
    function (this: unknown, operation, context, callback, ...rest) {
      const registry = ownerOf(this);
      if (!registry || typeof callback !== 'function') return notify.call(this, operation, context, callback, ...rest);
      return notify.call(
        this,
        operation,
        context,
        returning(callback as Callback, registry, ended => [ended]),
        ...rest,
      );
    },
);

const validation = cached(
  isValid =>
    function (this: unknown, callback, ...rest) {
      const registry = ownerOf((this as object).constructor);
      if (!registry || typeof callback !== 'function') return isValid.call(this, callback, ...rest);
      // it takes no error: an instance of an ended class is not valid
      return isValid.call(
        this,
        returning(callback as Callback, registry, () => [false]),
        ...rest,
      );
    },
);

const legacyHook = cached(
  trigger =>
    function (this: unknown, action, work, ...rest) {
      const registry = ownerOf((this as object).constructor);
      if (!registry || typeof work !== 'function') return trigger.call(this, action, work, ...rest);
      const unlessEnded = (then: Callback): Callback =>
        function (this: unknown, ...args) {
          return registry.disposed ? undefined : then.apply(this, args);
        };
      const guarded = unlessEnded(function (this: unknown, next) {
        const goOn = (done: unknown) => (next as Callback)(typeof done === 'function' ? unlessEnded(done as Callback) : done);
        return (work as Callback).call(this, goOn);
      });
      return trigger.call(this, action, guarded, ...rest);
    },
);

function returning(callback: Callback, registry: ModelRegistry, answer: (ended: Error) => unknown[]): Callback {
  return inPlaceOf(callback, function (this: unknown, ...args) {
    const ended = registry.endError();
    if (ended) return quietly(() => callback.apply(this, answer(ended)));
    return callback.apply(this, args);
  });
}

/** juggler's continuation reads the ended class even to report the error; the user's must be heard. */
function quietly(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    if (error instanceof ScopedRegistryError) return undefined;
    throw error;
  }
}

function replace(place: object, name: string, guard: Guard): void {
  const method = (place as Record<string, unknown>)[name];
  if (typeof method !== 'function') return;
  const value = guard(method as Method);
  // enumerable: juggler hands statics down by their names
  if (value !== method) Object.defineProperty(place, name, {value, writable: true, configurable: true, enumerable: true});
}

/** One replacement for one method: all classes share it, and those that inherit it keep it. */
function cached(guard: Guard): Guard {
  const made = new WeakMap<Method, Method>();
  return method => {
    let guarded = made.get(method);
    if (!guarded) {
      guarded = guard(method);
      made.set(method, guarded);
      made.set(guarded, guarded);
    }
    return guarded;
  };
}
