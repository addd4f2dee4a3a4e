import {isModelClass, type Dictionary} from './types';
import {restoreEntry} from '../primitives/own-property';
import {WeakBag} from '../primitives/weak-bag';

/**
 * An immutable copy of juggler's value types at one moment (ModelBuilder.schemaTypes: String, Number, GeoPoint and so on).
 * Model classes are left out, even where user code has registered one as a value type, because a model class ends with its
 * registry.
 */
export class ValueTypesSnapshot {
  /** Keys are lower-case names. */
  readonly #named = new Map<string, Function>();
  readonly #types: ReadonlySet<unknown>;

  constructor(live: Readonly<Dictionary<Function>>) {
    for (const [name, type] of Object.entries(live)) if (!isModelClass(type)) this.#named.set(name, type);
    this.#types = new Set(this.#named.values());
  }

  /** Returns the value type of a name, or undefined. Upper and lower case are the same, as in juggler. */
  named(name: string): Function | undefined {
    return this.#named.get(name) ?? this.#named.get(name.toLowerCase());
  }

  /** Whether a function may be used as a value type: any function that is no model class, registered or not. */
  isValueType(type: Function): boolean {
    return this.#types.has(type) || !isModelClass(type);
  }

  /** Whether `live` holds the same value types as this snapshot. Model classes are ignored. */
  isStill(live: Readonly<Dictionary<Function>>): boolean {
    let count = 0;
    for (const name in live) {
      const type = live[name];
      if (this.#named.get(name) === type) count++;
      else if (!isModelClass(type)) return false;
    }
    return count === this.#named.size;
  }

  /** Whether each string in a property, at any depth, names the same value type here and in `others`. */
  meanTheSame(property: unknown, others: ValueTypesSnapshot): boolean {
    if (typeof property === 'string') return this.named(property) === others.named(property);
    return (
      typeof property !== 'object' || property === null || Object.values(property).every(part => this.meanTheSame(part, others))
    );
  }
}

/** juggler's value types, which belong to the whole process. Any code may add or replace a type at any time. */
export class LiveValueTypes {
  #latest: ValueTypesSnapshot | undefined;

  /** @param live juggler's own dictionary, ModelBuilder.schemaTypes; its keys are lower-case names */
  constructor(private readonly live: Dictionary<Function>) {}

  /** A snapshot of the present value types. Returns the same object until the value types change. */
  get now(): ValueTypesSnapshot {
    if (!this.#latest?.isStill(this.live)) this.#latest = new ValueTypesSnapshot(this.live);
    return this.#latest;
  }
}

/** The dictionaries of value types of all copies of juggler, and the types that were in them when this library met that copy. */
const dictionaries = new WeakBag<Dictionary<Function>>();
const firstTypes = new WeakMap<Dictionary<Function>, ValueTypesSnapshot>();

/** Notes the dictionary of a copy of juggler, for `removeValueTypes`. */
export function noteValueTypes(live: Dictionary<Function>): void {
  if (firstTypes.has(live)) return;
  firstTypes.set(live, new ValueTypesSnapshot(live));
  dictionaries.add(live);
}

/** Removes types from the dictionaries of all copies of juggler. A name that juggler has a type for means that type again. */
export function removeValueTypes(isGone: (type: Function) => boolean): void {
  for (const live of dictionaries) {
    for (const name of Object.keys(live)) if (isGone(live[name])) restoreEntry(live, name, firstTypes.get(live)!.named(name));
  }
}
