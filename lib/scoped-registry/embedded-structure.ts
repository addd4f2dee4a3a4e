import type {Dialect} from './dialect';
import type {FirstUses} from './first-use';
import type {Dictionary, ModelDefinition} from './juggler';

/** What an embedded class is made from, and what it makes on first use. */
export class EmbeddedStructure implements FirstUses {
  definition: ModelDefinition | undefined;
  made: Map<string, unknown> | undefined;
  #pristine: Dictionary<unknown> | undefined;
  #dialect: Dialect | undefined;

  /**
   * @param raw an own copy of the properties
   * @param types what they resolve to, in their order
   * @param hash see shape-hash.ts
   */
  constructor(
    public raw: Dictionary<unknown>,
    public types: readonly unknown[],
    dialect: Dialect,
    readonly hash: number,
  ) {
    this.#dialect = dialect;
  }

  /** Hidden, for it leads to the registry, and the class leads here. */
  get dialect(): Dialect {
    return this.#dialect!;
  }

  /** The properties as they were when the class was made. */
  get pristine(): Dictionary<unknown> {
    return this.#pristine ?? this.raw;
  }

  get strict(): unknown {
    return this.#dialect?.strict;
  }

  /** Lets somebody see `raw`, who may write to it from now on. */
  show(): void {
    this.#pristine ??= Object.create(Object.prototype, Object.getOwnPropertyDescriptors(this.raw)) as Dictionary<unknown>;
  }

  /** Refers to nothing from now on. */
  forget(): void {
    this.raw = {};
    this.types = [];
    this.#pristine = this.#dialect = undefined;
  }
}
