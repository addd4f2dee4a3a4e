import {queryObjects} from 'node:v8';

/** The number of WeakRef objects alive, exactly, after a garbage collection. What they refer to may be dead. */
export function liveWeakRefs(): number {
  return queryObjects(WeakRef, {format: 'count'});
}
