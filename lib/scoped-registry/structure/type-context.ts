import type {Dictionary, ModelClass} from '../juggler/types';
import {identityOf} from '../primitives/object-identity';
import {structureHash} from './structure-hash';

/** Finds a model by its name: the registry's own, else the shared one. */
interface NamedModels {
  lookUp(name: string): ModelClass | undefined;
}

/**
 * Everything besides the structure that decides what an embedded class is: the builder's strictness for embedded models, the
 * builder's base class, and the meaning of type names. Structures are compared within one context only. The record of each
 * embedded class refers to its context. User code can reach that record, so the context keeps the registry's models in private
 * fields. It does not refer to the base class, which may be another registry's and end earlier.
 */
export class TypeContext {
  #models: NamedModels;
  /** The identity of the base class. */
  readonly #base: number;
  readonly #valueTypes: Dictionary<Function>;

  /** @param valueTypes juggler's dictionary of value types, one for the process; its keys are lower-case names */
  constructor(
    models: NamedModels,
    readonly strict: unknown,
    base: ModelClass,
    valueTypes: Dictionary<Function>,
  ) {
    this.#models = models;
    this.#base = identityOf(base);
    this.#valueTypes = valueTypes;
  }

  /**
   * Returns the value type or model that a name means now, or undefined. Unlike juggler's `resolveType`, makes no placeholder.
   */
  typeOf(name: string): unknown {
    return this.#valueTypes[name.toLowerCase()] ?? this.#models.lookUp(name);
  }

  /** See `structureHash`. */
  hashOf(shape: object): number | undefined {
    return structureHash(shape, this.#valueTypes);
  }

  /** Drops the registry's models: the record of a class that user code keeps refers to this context. The end of the registry calls this. */
  forget(): void {
    this.#models = {lookUp: () => undefined};
  }

  /** Whether this is the context of builders with these settings. */
  isFor(strict: unknown, base: ModelClass, valueTypes: Dictionary<Function>): boolean {
    return this.strict === strict && this.#base === identityOf(base) && this.#valueTypes === valueTypes;
  }
}
