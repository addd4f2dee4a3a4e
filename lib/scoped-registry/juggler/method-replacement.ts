import {defineOwn, ownValue} from '../primitives/own-property';
import type {Method} from './callback';

/** Makes the replacement of a method from the method. */
export type MethodReplacement = (method: Method) => Method;

/** Puts the replacement of a method in its place; a place that has no such method is left alone. */
export function replaceMethod(place: object, name: string, standIn: MethodReplacement): void {
  const method = (place as Record<string, unknown>)[name];
  if (typeof method !== 'function') return;
  const value = standIn(method as Method);
  // enumerable: juggler hands statics down by their names
  if (value !== method) defineOwn(place, name, value, true);
}

/** One replacement for one method: all classes share it, and those that inherit it keep it. */
export function oneForEachMethod(standIn: MethodReplacement): MethodReplacement {
  const made = new WeakMap<Method, Method>();
  return method => {
    let replacement = made.get(method);
    if (!replacement) {
      replacement = standIn(method);
      made.set(method, replacement);
      made.set(replacement, replacement);
    }
    return replacement;
  };
}

/**
 * Whether a method is juggler's own. A short cut must not lead past somebody's replacement, which may be older than this
 * library: so this goes by the source.
 * @param mark what only juggler's method has in it, in every major
 */
export function isJugglersOwn(method: unknown, mark: string): boolean {
  return typeof method === 'function' && Function.prototype.toString.call(method).includes(mark);
}

/** The method that another one hides. */
export function methodBelow(object: object, name: string, method: unknown): unknown {
  let isHidden = false;
  for (let place: object | null = object; place; place = Object.getPrototypeOf(place) as object | null) {
    const value = ownValue(place, name);
    if (isHidden && value !== undefined) return value;
    isHidden ||= value === method;
  }
  return undefined;
}
