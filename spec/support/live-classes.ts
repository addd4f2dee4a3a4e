import {inspect} from 'node:util';
import {queryObjects} from 'node:v8';
import juggler from 'loopback-datasource-juggler';
import {isSharedPrototype} from '../../lib/scoped-registry/classes/shared-prototype';

/**
 * The model classes (and instances) alive, exactly, after a garbage collection. Call it from a plain function: what a
 * suspended async function has in its variables is alive.
 */
export function liveClasses(copy: object = juggler): number {
  const {prototype} = (copy as {ModelBaseClass: new () => object}).ModelBaseClass;
  const inspection = Object.getOwnPropertyDescriptor(prototype, inspect.custom)!;
  let shared = 0;
  // a second query, for what classes share, would take as long again
  const value = function (this: object) {
    if (isSharedPrototype(this)) shared++;
    return '';
  };
  Object.defineProperty(prototype, inspect.custom, {...inspection, value});
  try {
    return queryObjects(prototype.constructor, {format: 'summary'}).length - shared;
  } finally {
    Object.defineProperty(prototype, inspect.custom, inspection);
  }
}

/** Ends the running job, and with it what it keeps alive by having touched weak references. */
export function nextJob(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
