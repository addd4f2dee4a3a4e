import util from 'node:util';

/** The model classes of one copy of juggler, each by its prototype. */
interface Census {
  /** All that have been made in this process. */
  readonly ever: WeakSet<object>;
  /** Those that the file with this number has made, and how many these are, dead ones included. */
  ofFile: WeakSet<object>;
  made: number;
  file: number;
}

/** By the ModelBaseClass of the copy. A copy of which a file was the only user goes with it. */
const censuses = new WeakMap<object, Census>();

/** The number of the running file. */
let file = 0;

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
  const census = censusOf(base);
  if (census.ever.has(prototype)) return;
  census.ever.add(prototype);
  census.ofFile.add(prototype);
  census.made++;
}

/** From here on, the classes are another file's: what lives of the files before, whatever holds it, is in no count. */
export function beginCensus(): void {
  file++;
}

/** Those that the running file has made, and how many it has made so far. */
export function classesOfThisFile(base: object): {readonly noted: WeakSet<object>; readonly made: number} {
  const {ofFile: noted, made} = censusOf(base);
  return {noted, made};
}

/** Whether an object is a class of an earlier file, by its prototype, or an instance of one. */
export function isOfAnEarlierFile(base: object, object: object): boolean {
  const {ever, ofFile} = censusOf(base);
  for (let at: object | null = object; at; at = Object.getPrototypeOf(at) as object | null) {
    if (ever.has(at)) return !ofFile.has(at);
  }
  return false;
}

function censusOf(base: object): Census {
  const census = censuses.get(base) ?? {ever: new WeakSet(), ofFile: new WeakSet(), made: 0, file};
  censuses.set(base, census);
  if (census.file !== file) Object.assign(census, {ofFile: new WeakSet(), made: 0, file});
  return census;
}

function isPrototypeOfAClass(object: object): boolean {
  return typeof object === 'object' && typeof Object.getOwnPropertyDescriptor(object, 'constructor')?.value === 'function';
}

function baseClassOf(prototype: object): object | undefined {
  for (let at = Object.getPrototypeOf(prototype) as object | null; at; at = Object.getPrototypeOf(at) as object | null) {
    const constructor = Object.getOwnPropertyDescriptor(at, 'constructor')?.value as {readonly name?: unknown} | undefined;
    if (constructor?.name === 'ModelBaseClass') return constructor;
  }
  return undefined;
}

noteNewClasses();
