import util from 'node:util';

/** The model classes of one copy of juggler, each by its prototype. */
interface Census {
  /** All that have been made in this process. */
  readonly ever: WeakSet<object>;
  /** Those that the running file has made. */
  ofThisFile: WeakSet<object>;
}

/** By the ModelBaseClass of the copy. */
const censuses = new Map<unknown, Census>();

/**
 * Notes each model class of every copy of juggler when it is made, and holds it weakly. juggler makes a class by `util.inherits`,
 * this package by `Object.setPrototypeOf`. Import this module before any copy of juggler.
 */
function noteNewClasses(): void {
  const {inherits} = util;
  const {setPrototypeOf} = Object;
  Object.assign(util, {
    inherits(constructor: {prototype: object}, base: {prototype: object}) {
      inherits(constructor, base);
      note(constructor.prototype);
    },
  });
  Object.assign(Object, {
    setPrototypeOf(object: object, prototype: object | null) {
      setPrototypeOf(object, prototype);
      if (isPrototypeOfAClass(object)) note(object);
      return object;
    },
  });
}

function note(prototype: object): void {
  const base = baseClassOf(prototype);
  if (!base) return;
  const {ever, ofThisFile} = censusOf(base);
  if (ever.has(prototype)) return;
  ever.add(prototype);
  ofThisFile.add(prototype);
}

/** From here on, the classes are another file's: what lives of the files before, whatever holds it, is in no count. */
export function beginCensus(): void {
  for (const census of censuses.values()) census.ofThisFile = new WeakSet();
}

/** Those that the running file has made. */
export function classesOfThisFile(base: unknown): WeakSet<object> {
  return censusOf(base).ofThisFile;
}

/** Whether an object is a class of an earlier file, by its prototype, or an instance of one. */
export function isOfAnEarlierFile(base: unknown, object: object): boolean {
  const {ever, ofThisFile} = censusOf(base);
  for (let at: object | null = object; at; at = Object.getPrototypeOf(at) as object | null) {
    if (ever.has(at)) return !ofThisFile.has(at);
  }
  return false;
}

function censusOf(base: unknown): Census {
  const census = censuses.get(base) ?? {ever: new WeakSet(), ofThisFile: new WeakSet()};
  censuses.set(base, census);
  return census;
}

function isPrototypeOfAClass(object: object): boolean {
  return typeof object === 'object' && typeof Object.getOwnPropertyDescriptor(object, 'constructor')?.value === 'function';
}

function baseClassOf(prototype: object): unknown {
  for (let at = Object.getPrototypeOf(prototype) as object | null; at; at = Object.getPrototypeOf(at) as object | null) {
    const constructor = Object.getOwnPropertyDescriptor(at, 'constructor')?.value as {name?: unknown} | undefined;
    if (constructor?.name === 'ModelBaseClass') return constructor;
  }
  return undefined;
}

noteNewClasses();
