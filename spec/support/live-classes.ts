import {queryObjects} from 'node:v8';
import juggler from 'loopback-datasource-juggler';
import {SharedPart} from '../../lib/scoped-registry/shared-prototype';

/**
 * The model classes (and instances) alive, exactly, after a garbage collection. Call it from a plain function: what a
 * suspended async function has in its variables is alive.
 */
export function liveClasses(copy: object = juggler): number {
  const {ModelBaseClass} = copy as {ModelBaseClass: new () => unknown};
  const all = queryObjects(ModelBaseClass, {format: 'count'});
  return all - queryObjects(SharedPart, {format: 'count'});
}

/** Ends the running job, and with it what it keeps alive by having touched weak references. */
export function nextJob(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
