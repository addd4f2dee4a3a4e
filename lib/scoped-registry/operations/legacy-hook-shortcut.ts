import type {Callback, Method} from '../juggler/callback';
import {ownerOf} from '../ownership/class-owner';
import {oneForEachMethod, isJugglersOwn, replaceMethod} from '../juggler/method-replacement';

/** The hooks that juggler looks for around its own actions: statics of the class. */
const HOOKS: ReadonlyMap<unknown, readonly string[]> = new Map(
  ['Initialize', 'Validate', 'Create', 'Save', 'Update', 'Destroy'].map(action => {
    const names = ['before', 'pre', 'after', 'post'].map(prefix => prefix + action);
    return [action.toLowerCase(), action === 'Validate' ? [...names, 'beforeValidation', 'afterValidation'] : names];
  }),
);

/**
 * Lets juggler's hooks of old (`beforeCreate` and the like) go no further once the registry of their class has ended, and
 * cost next to nothing where a class has none: juggler makes up their names for each instance.
 */
export function guardLegacyHooks(prototype: object): void {
  replaceMethod(prototype, 'trigger', standIn);
}

const standIn = oneForEachMethod(trigger => {
  const jugglers = isJugglersOwn(trigger, 'capitalizedName');
  return function (this: unknown, action, work, ...rest) {
    const model = (this as object).constructor;
    if (jugglers && !isHooked(model, action)) {
      if (work && !ownerOf(model)?.disposed) (work as Callback).call(this, goOnUnlessEnded);
      return undefined;
    }
    return guarded(trigger, this, action, work, rest);
  };
});

function isHooked(model: object, action: unknown): boolean {
  const names = HOOKS.get(action);
  if (!names) return true;
  for (const name of names) if ((model as Record<string, unknown>)[name]) return true;
  return false;
}

/** What juggler calls when the work is done, and what it is to call then. */
function goOnUnlessEnded(this: object | undefined, done?: Callback): void {
  if (done && !ownerOf(this?.constructor)?.disposed) done.call(this);
}

function guarded(trigger: Method, instance: unknown, action: unknown, work: unknown, rest: unknown[]): unknown {
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
