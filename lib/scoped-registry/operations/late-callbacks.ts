import {withPromiseOf, type Callback} from '../juggler/callback';
import {ownerOf} from '../ownership/class-owner';
import {skipNeedlessSanitizing} from './sanitizing-shortcut';
import {ScopedRegistryError} from '../errors';
import type {ModelClass} from '../juggler/types';
import {guardLegacyHooks} from './legacy-hook-shortcut';
import type {OwningRegistry} from '../ownership/owning-registry';
import {oneForEachMethod, replaceMethod} from '../juggler/method-replacement';
import {asSilentAs, isUnobserved} from './observer-shortcut';

/**
 * juggler goes on where a hook or a validation of the user's calls back, however late, and uses the class: after the end
 * of its registry that is an exception which nobody could catch. The caller has had its answer then (see `operation`),
 * so what comes back late is told of the end, and goes no further.
 */
export function guardLateCallbacks(model: ModelClass): void {
  guardLateCallbacksOfStatics(model);
  guardLateCallbacksOfInstances(model.prototype as object);
}

/** @param statics a class, or what classes inherit from */
export function guardLateCallbacksOfStatics(statics: object): void {
  replaceMethod(statics, 'notifyObserversOf', observers);
  skipNeedlessSanitizing(statics);
}

/** @param prototype that of a class, or what such inherit from */
export function guardLateCallbacksOfInstances(prototype: object): void {
  replaceMethod(prototype, 'isValid', validation);
  guardLegacyHooks(prototype);
}

const observers = oneForEachMethod(notify => {
  const guarded = function (this: unknown, operation: unknown, context: unknown, callback: unknown, ...rest: unknown[]) {
    const registry = ownerOf(this);
    if (!registry || typeof callback !== 'function') return notify.call(this, operation, context, callback, ...rest);
    if (isUnobserved(this, operation)) {
      (callback as Callback)(null, context);
      return (callback as Callback).promise;
    }
    return notify.call(
      this,
      operation,
      context,
      returning(callback as Callback, registry, ended => [ended]),
      ...rest,
    );
  };
  asSilentAs(notify, guarded);
  return guarded;
});

const validation = oneForEachMethod(
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

function returning(callback: Callback, registry: OwningRegistry, answer: (ended: Error) => unknown[]): Callback {
  return withPromiseOf(callback, function (this: unknown, ...args) {
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
