import {isModelClass, type Dictionary} from './types';

/** juggler's value types as they are at a moment, without model classes: those end with their registry. */
export class ValueTypesSnapshot {
  /** By lower-case name. */
  readonly #named = new Map<string, Function>();
  readonly #types: ReadonlySet<unknown>;

  constructor(live: Readonly<Dictionary<Function>>) {
    for (const [name, type] of Object.entries(live)) if (!isModelClass(type)) this.#named.set(name, type);
    this.#types = new Set(this.#named.values());
  }

  /** The value type that a name means. */
  named(name: string): Function | undefined {
    return this.#named.get(name) ?? this.#named.get(name.toLowerCase());
  }

  /** Whether a function, which need not have a name here, is no model class. */
  isValueType(type: Function): boolean {
    return this.#types.has(type) || !isModelClass(type);
  }

  isStill(live: Readonly<Dictionary<Function>>): boolean {
    let count = 0;
    for (const name in live) {
      const type = live[name];
      if (this.#named.get(name) === type) count++;
      else if (!isModelClass(type)) return false;
    }
    return count === this.#named.size;
  }

  /** Whether all texts in a property mean the same to others. */
  meanTheSame(property: unknown, others: ValueTypesSnapshot): boolean {
    if (typeof property === 'string') return this.named(property) === others.named(property);
    return (
      typeof property !== 'object' || property === null || Object.values(property).every(one => this.meanTheSame(one, others))
    );
  }
}

/** juggler's value types, which are the process's: anybody adds to them, or replaces them. */
export class LiveValueTypes {
  #then: ValueTypesSnapshot | undefined;

  /** @param live by lower-case name */
  constructor(private readonly live: Dictionary<Function>) {}

  /** As they are now: the same object for as long as nothing changes. */
  get now(): ValueTypesSnapshot {
    if (!this.#then?.isStill(this.live)) this.#then = new ValueTypesSnapshot(this.live);
    return this.#then;
  }
}
