/** Replaces methods of juggler on its classes, and recognizes whether a method is still juggler's own. */
import {defineOwn, ownValue} from '../primitives/own-property';
import type {Method} from './callback';

/** Makes the replacement of a method. Returns the method itself to leave it in place. */
export type MethodReplacement = (method: Method) => Method;

/** Replaces the method `name` of `target`. Does nothing when `target` has no such method. */
export function replaceMethod(target: object, name: string, replacementOf: MethodReplacement): void {
  const method = (target as Record<string, unknown>)[name];
  if (typeof method !== 'function') return;
  const value = replacementOf(method as Method);
  // juggler's `define` copies enumerable statics to subclasses, so the replacement must be enumerable
  if (value !== method) defineOwn(target, name, value, true);
}

/**
 * Makes a MethodReplacement return the same replacement each time it gets the same method. So all classes share one
 * replacement. A class that inherits a replacement keeps it, because a replacement is not replaced again.
 */
export function oneForEachMethod(replacementOf: MethodReplacement): MethodReplacement {
  const replacements = new WeakMap<Method, Method>();
  return method => {
    let replacement = replacements.get(method);
    if (!replacement) {
      replacement = replacementOf(method);
      replacements.set(method, replacement);
      replacements.set(replacement, replacement);
    }
    return replacement;
  };
}

/**
 * Whether a method is juggler's own, and not a replacement by user code. A shortcut of this library must not bypass such a
 * replacement. User code may have replaced the method before this library was loaded, so this compares source text instead of a
 * remembered function.
 * @param mark text that occurs in the source of juggler's method in every supported major, and in no replacement
 */
export function isJugglersOwn(method: unknown, mark: string): boolean {
  return typeof method === 'function' && Function.prototype.toString.call(method).includes(mark);
}

/**
 * Returns the value that `method` hides: the next own data property `name` on the prototype chain of `object`, after the place
 * where `method` is. Returns undefined when `method` hides nothing.
 */
export function methodBelow(object: object, name: string, method: unknown): unknown {
  let isHidden = false;
  for (let place: object | null = object; place; place = Object.getPrototypeOf(place) as object | null) {
    const value = ownValue(place, name);
    if (isHidden && value !== undefined) return value;
    isHidden ||= value === method;
  }
  return undefined;
}

/** Gives a replacement the properties, the name and the `length` of the method: remoting and juggler read them. */
export function copyMethodProperties(standIn: Method, method: Method): Method {
  Object.assign(standIn, method);
  for (const name of ['name', 'length'] as const) Object.defineProperty(standIn, name, {value: method[name], configurable: true});
  return standIn;
}
