import type {Callback, Method} from '../juggler/callback';
import {ownerOf} from '../ownership/class-owner';
import {oneForEachMethod, isJugglersOwn, replaceMethod} from '../juggler/method-replacement';

/** By action: the statics of a class that juggler's `trigger` (hooks.js) reads as hooks. */
const HOOKS: ReadonlyMap<unknown, readonly string[]> = new Map(
  ['Initialize', 'Validate', 'Create', 'Save', 'Update', 'Destroy'].map(action => {
    const names = ['before', 'pre', 'after', 'post'].map(prefix => prefix + action);
    return [action.toLowerCase(), action === 'Validate' ? [...names, 'beforeValidation', 'afterValidation'] : names];
  }),
);

/**
 * Replaces juggler's `trigger`, which runs the deprecated hooks (`beforeCreate` and the like). A hook that calls back after the registry
 * of its class has ended stops there. If a class has no such hook, juggler's method is skipped, because it builds the names of all hooks
 * for each instance.
 */
export function guardLegacyHooks(prototype: object): void {
  replaceMethod(prototype, 'trigger', guardedTrigger);
}

const guardedTrigger = oneForEachMethod(trigger => {
  const isJugglers = isJugglersOwn(trigger, 'capitalizedName');
  return function (this: unknown, action, work, ...rest) {
    const model = (this as object).constructor;
    if (isJugglers && !isHooked(model, action)) {
      if (work && !ownerOf(model)?.disposed) (work as Callback).call(this, goOnUnlessEnded);
      return undefined;
    }
    return triggerGuarded(trigger, this, action, work, rest);
  };
});

function isHooked(model: object, action: unknown): boolean {
  const names = HOOKS.get(action);
  if (!names) return true;
  for (const name of names) if ((model as Record<string, unknown>)[name]) return true;
  return false;
}

/** The argument of `work`: `work` calls it when it is done, with the function to call next. */
function goOnUnlessEnded(this: object | undefined, done?: Callback): void {
  if (done && !ownerOf(this?.constructor)?.disposed) done.call(this);
}

/** Calls `trigger` such that neither `work` nor the function after it is called once the registry has ended. */
function triggerGuarded(trigger: Method, instance: unknown, action: unknown, work: unknown, rest: unknown[]): unknown {
  const registry = ownerOf((instance as object).constructor);
  if (!registry || typeof work !== 'function') return trigger.call(instance, action, work, ...rest);
  const unlessEnded = (then: Callback): Callback =>
    function (this: unknown, ...args) {
      return registry.disposed ? undefined : then.apply(this, args);
    };
  const guardedWork = unlessEnded(function (this: unknown, next) {
    const goOn = (done: unknown) => (next as Callback)(typeof done === 'function' ? unlessEnded(done as Callback) : done);
    return (work as Callback).call(this, goOn);
  });
  return trigger.call(instance, action, guardedWork, ...rest);
}
