/** This copy of the package. A process may load two: two versions in node_modules, or one folder twice. */
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {TwoCopiesError, type PackageCopy} from './errors';
import {defineOwn} from './primitives/own-property';

/** Registered, so that all copies and all later versions use the same one. */
const COPY = Symbol.for('loopback-scoped-registry.copy');

/** The facts are read when an error names them. */
class ThisCopy implements PackageCopy {
  #package: {readonly folder: string; readonly version: string} | undefined;

  get folder(): string {
    return this.#read().folder;
  }

  get version(): string {
    return this.#read().version;
  }

  #read(): {readonly folder: string; readonly version: string} {
    return (this.#package ??= readPackage());
  }
}

export const thisCopy: PackageCopy = new ThisCopy();

/** Marks what this copy gives to others: a prototype, or a method that juggler calls. */
export function markAsOurs(object: object): void {
  defineOwn(object, COPY, thisCopy);
}

/**
 * @param value an object that this copy may have made or not
 * @param meeting what is done with it, a sentence without its full stop
 * @throws TwoCopiesError `TWO_COPIES`, if another copy has made it
 */
export function assertOfThisCopy(value: unknown, meeting: string): void {
  const copy = copyThatMade(value);
  if (copy && copy !== thisCopy) throw new TwoCopiesError(meeting, thisCopy, copy);
}

/** The methods of a builder are marked, and the builder of a class is that of the copy which has made the class. */
export function assertModelOfThisCopy(model: unknown, meeting: string): void {
  assertOfThisCopy((model as {modelBuilder?: {define?: unknown}} | undefined)?.modelBuilder?.define, meeting);
}

function copyThatMade(value: unknown): PackageCopy | undefined {
  try {
    return (value as Record<symbol, PackageCopy | undefined> | null | undefined)?.[COPY];
  } catch {
    // a proxy of user code's
    return undefined;
  }
}

/** The folder of the nearest package.json with this package's name. A bundle has none. */
function readPackage(): {folder: string; version: string} {
  for (let folder = __dirname; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    try {
      const {name, version} = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Record<string, string>;
      if (name === 'loopback-scoped-registry') return {folder, version};
    } catch {
      // no package.json here
    }
  }
  return {folder: __dirname, version: 'of an unknown version'};
}
