import {copyPromise, type Callback} from '../juggler/callback';
import {ownerOf} from '../ownership/class-owner';
import {skipNeedlessSanitizing} from './sanitizing-shortcut';
import {ScopedRegistryError} from '../errors';
import type {ModelClass} from '../juggler/types';
import {guardLegacyHooks} from './legacy-hook-shortcut';
import type {OwningRegistry} from '../ownership/owning-registry';
import {otherRunningTenant} from '../ownership/running-tenants';
import {oneForEachMethod, replaceMethod} from '../juggler/method-replacement';
import {markSilentLike, isUnobserved} from './observer-shortcut';

/**
 * Guards juggler's code against hooks and validations of user code that call back after the registry of the class has ended. juggler
 * would go on and use the ended class, which throws where no code can catch it. The caller of the operation has its answer already
 * (operation.ts). So juggler's code gets the error of the end, or is not called at all.
 */
export function guardLateCallbacks(model: ModelClass): void {
  guardLateCallbacksOfStatics(model);
  guardLateCallbacksOfInstances(model.prototype as object);
}

/** @param statics a class, or an object that classes inherit from */
export function guardLateCallbacksOfStatics(statics: object): void {
  replaceMethod(statics, 'notifyObserversOf', guardedNotification);
  skipNeedlessSanitizing(statics);
}

/** @param prototype the prototype of a class, or an object that such prototypes inherit from */
export function guardLateCallbacksOfInstances(prototype: object): void {
  replaceMethod(prototype, 'isValid', guardedValidation);
  guardLegacyHooks(prototype);
}

const guardedNotification = oneForEachMethod(notify => {
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
      guardedCallback(callback as Callback, registry, ended => [ended]),
      ...rest,
    );
  };
  markSilentLike(notify, guarded);
  return guarded;
});

const guardedValidation = oneForEachMethod(
  isValid =>
    function (this: unknown, callback, ...rest) {
      const registry = ownerOf((this as object).constructor);
      if (!registry || typeof callback !== 'function') return isValid.call(this, callback, ...rest);
      // this callback takes no error, so an instance of an ended class is not valid
      return isValid.call(
        this,
        guardedCallback(callback as Callback, registry, () => [false]),
        ...rest,
      );
    },
);

/** @param argsAfterEnd the arguments that the callback gets after the registry has ended */
function guardedCallback(callback: Callback, registry: OwningRegistry, argsAfterEnd: (ended: Error) => unknown[]): Callback {
  const isForItsTenant = !isOtherTenantRunning(registry);
  return copyPromise(callback, function (this: unknown, ...args) {
    const ended = registry.endError();
    if (ended) return ignoringOurErrors(() => callback.apply(this, argsAfterEnd(ended)));
    if (isForItsTenant && isOtherTenantRunning(registry)) {
      return registry.runningTenants!.runFor(registry.tenant, (): unknown => callback.apply(this, args));
    }
    return callback.apply(this, args);
  });
}

/**
 * Whether another tenant runs than that of a class. User code may call back in the context of another tenant, from a pool for example.
 * What is left of an operation that began for its tenant, or for none, must not be refused for that.
 */
function isOtherTenantRunning(registry: OwningRegistry): boolean {
  try {
    return otherRunningTenant(registry) !== undefined;
  } catch {
    // `currentTenant` is user code. The operation has begun, so it goes on as it is.
    return false;
  }
}

/** juggler's callback uses the ended class even to report an error, and so throws this library's error. Errors of user code pass. */
function ignoringOurErrors(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    if (error instanceof ScopedRegistryError) return undefined;
    throw error;
  }
}
