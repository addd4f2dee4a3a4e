import path from 'node:path';

/** The files whose tables are counted: this library, and the caches that it stands on. */
const OURS = [
  path.resolve(__dirname, '../../lib'),
  ...['lru-cache', 'weak-lru-cache'].map(name => `${path.sep}node_modules${path.sep}${name}${path.sep}`),
];

/** A copy of the library, loaded anew, whose maps and sets can be counted: also those in private fields and those of its modules. */
export class TrackedTables {
  readonly library: typeof import('../../lib/index');
  readonly http: typeof import('../../lib/express');
  readonly compat: typeof import('../../lib/compat');
  readonly #stock = {Map, Set};
  readonly #tables: WeakRef<{readonly size: number}>[] = [];
  readonly #replaced: (readonly [string, NodeJS.Module | undefined])[];

  constructor() {
    const note = (table: {readonly size: number}) => this.#tables.push(new WeakRef(table));
    globalThis.Map = class<K, V> extends Map<K, V> {
      constructor(entries?: Iterable<readonly [K, V]> | null) {
        super(entries);
        note(this);
      }
    };
    globalThis.Set = class<T> extends Set<T> {
      constructor(items?: Iterable<T> | null) {
        super(items);
        note(this);
      }
    };
    const files = Object.keys(require.cache).filter(file => OURS.some(part => file.includes(part)));
    this.#replaced = files.map(file => [file, require.cache[file]] as const);
    for (const file of files) delete require.cache[file];
    this.library = require('../../lib/index');
    this.http = require('../../lib/express');
    this.compat = require('../../lib/compat');
  }

  /** The number of entries in all tables that are alive. */
  entries(): number {
    let count = 0;
    for (const reference of this.#tables) count += reference.deref()?.size ?? 0;
    return count;
  }

  /** Loads no more: requiring the library gives the copy of before. */
  restore(): void {
    Object.assign(globalThis, this.#stock);
    for (const file of Object.keys(require.cache)) if (OURS.some(part => file.includes(part))) delete require.cache[file];
    for (const [file, module] of this.#replaced) require.cache[file] = module;
  }
}
