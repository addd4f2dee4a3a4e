import type {Dictionary} from './juggler';

/** juggler's value types by lower-case name, as they are at a moment. */
export type ValueTypesThen = Readonly<Dictionary<Function>>;

/** juggler's value types, which are the process's: anybody adds to them, or replaces them. */
export class ValueTypes {
  #then: ValueTypesThen | undefined;

  /** @param live by lower-case name */
  constructor(readonly live: Dictionary<Function>) {}

  /** As they are now: the same object for as long as nothing changes. */
  get now(): ValueTypesThen {
    if (!this.#then || !isEqual(this.#then, this.live)) this.#then = {...this.live};
    return this.#then;
  }
}

function isEqual(then: ValueTypesThen, live: ValueTypesThen): boolean {
  let count = 0;
  for (const name in live) {
    if (live[name] !== then[name]) return false;
    count++;
  }
  return count === Object.keys(then).length;
}
