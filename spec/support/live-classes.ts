import {classesOfThisFile, isOfAnEarlierFile} from './class-census';
import {inspect} from 'node:util';
import {queryObjects} from 'node:v8';
import juggler from 'loopback-datasource-juggler';
import {isSharedPrototype} from '../../lib/scoped-registry/classes/shared-prototype';
import {isLong} from './long-form';
import {sizeOf, survivorsOf} from './weak-count';

interface Juggler {
  readonly ModelBaseClass: Function & {readonly prototype: object};
}

let countsOfThisFile = 0;
let isCheckedInThisFile = false;

/** What the last count of the classes of each copy was, and how many had been made by then. */
const lastCounts = new WeakMap<object, {readonly count: number; readonly made: number}>();

export function beginCounting(): void {
  countsOfThisFile = 0;
  isCheckedInThisFile = false;
}

/**
 * The model classes that the running file has made and that are alive after a garbage collection. Call it from a plain function:
 * what a suspended async function has in its variables is alive.
 *
 * The classes are counted that were noted when they were made. From the second count of each file on, the first one after something
 * was made is V8's own, and in the long form each one is: a class that nothing noted makes it fail.
 */
export function liveClasses(copy: object = juggler): number {
  const {ModelBaseClass} = copy as Juggler;
  const {noted, made} = classesOfThisFile(ModelBaseClass);
  countsOfThisFile++;
  const last = lastCounts.get(noted) ?? {count: 0, made: 0};
  // a spec often begins as the one before has ended; a class that nothing noted is in V8's next count
  if (last.count === 0 && last.made === made) return 0;
  const isV8s = isLong || (countsOfThisFile > 1 && !isCheckedInThisFile);
  // most specs end with as many as they began with
  const count = isV8s ? countedByV8(copy, noted) : survivorsOf(noted, last.count);
  isCheckedInThisFile ||= isV8s;
  lastCounts.set(noted, {count, made});
  return count;
}

function countedByV8(copy: object, noted: WeakSet<object>): number {
  const {classes} = liveByV8(copy);
  // V8 has just collected garbage
  const alive = sizeOf(noted);
  if (alive !== classes) throw new Error(`V8 has ${classes} live model classes, of those that were noted ${alive} are alive.`);
  return classes;
}

/** The same and their instances, as V8 finds them in its heap. It takes some 10 ms for each MB of the heap. */
export function liveByV8(copy: object = juggler): {classes: number; instances: number} {
  const {ModelBaseClass} = copy as Juggler;
  const {prototype} = ModelBaseClass;
  const inspection = Object.getOwnPropertyDescriptor(prototype, inspect.custom)!;
  // V8 gives no objects for prototypes, but their inspections; and an inspection begins with this look-up
  const found = new Set<object>();
  const get = function (this: object) {
    found.add(this);
    return () => '';
  };
  Object.defineProperty(prototype, inspect.custom, {get, configurable: true});
  try {
    queryObjects(ModelBaseClass, {format: 'summary'});
  } finally {
    Object.defineProperty(prototype, inspect.custom, inspection);
  }
  found.delete(prototype);
  const ofThisFile = [...found].filter(object => !isSharedPrototype(object) && !isOfAnEarlierFile(ModelBaseClass, object));
  const classes = ofThisFile.filter(object => Object.hasOwn(object, 'constructor')).length;
  return {classes, instances: ofThisFile.length - classes};
}

/** Ends the running job, and with it what it keeps alive by having touched weak references. */
export function nextJob(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
