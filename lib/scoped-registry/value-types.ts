import {isModelClass, type Dictionary} from './juggler';

/** juggler's value types as they are at a moment. */
export class ValueTypesThen {
  /** By lower-case name. */
  readonly all: Readonly<Dictionary<Function>>;
  /** The same, without model classes: those end with their registry. */
  readonly #plain = new Map<string, Function>();
  readonly #types: ReadonlySet<unknown>;

  constructor(live: Dictionary<Function>) {
    this.all = {...live};
    for (const [name, type] of Object.entries(live)) if (!isModelClass(type)) this.#plain.set(name, type);
    this.#types = new Set(this.#plain.values());
  }

  /** The value type that a name means; undefined for a model class as well. */
  named(name: string): Function | undefined {
    return this.#plain.get(name) ?? this.#plain.get(name.toLowerCase());
  }

  /** Whether a function, which need not have a name here, is no model class. */
  isValueType(type: Function): boolean {
    return this.#types.has(type) || !isModelClass(type);
  }
}

/** juggler's value types, which are the process's: anybody adds to them, or replaces them. */
export class ValueTypes {
  #then: ValueTypesThen | undefined;

  /** @param live by lower-case name */
  constructor(private readonly live: Dictionary<Function>) {}

  /** As they are now: the same object for as long as nothing changes. */
  get now(): ValueTypesThen {
    if (!this.#then || !isEqual(this.#then.all, this.live)) this.#then = new ValueTypesThen(this.live);
    return this.#then;
  }
}

function isEqual(then: Readonly<Dictionary<Function>>, live: Readonly<Dictionary<Function>>): boolean {
  let count = 0;
  for (const name in live) {
    if (live[name] !== then[name]) return false;
    count++;
  }
  return count === Object.keys(then).length;
}
