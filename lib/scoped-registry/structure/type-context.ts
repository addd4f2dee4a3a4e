import type {Dictionary, ModelClass} from '../juggler/types';
import {structureHash} from './structure-hash';

/** The models that a name can mean. */
interface NamedModels {
  lookUp(name: string): ModelClass | undefined;
}

/**
 * What else decides about an embedded class than its structure: the builder's strictness and base class, and how its copy of
 * juggler reads type names. A class has it, so what is the registry's or the process's is private in it.
 */
export class TypeContext {
  readonly #models: NamedModels;
  readonly #base: ModelClass;
  readonly #valueTypes: Dictionary<Function>;

  /** @param valueTypes juggler's, by lower-case name: process-wide */
  constructor(
    models: NamedModels,
    readonly strict: unknown,
    base: ModelClass,
    valueTypes: Dictionary<Function>,
  ) {
    this.#models = models;
    this.#base = base;
    this.#valueTypes = valueTypes;
  }

  /** What a type name means now. Makes no placeholder. */
  typeOf(name: string): unknown {
    return this.#valueTypes[name.toLowerCase()] ?? this.#models.lookUp(name);
  }

  hashOf(shape: object): number | undefined {
    return structureHash(shape, this.#valueTypes);
  }

  isFor(strict: unknown, base: ModelClass, valueTypes: Dictionary<Function>): boolean {
    return this.strict === strict && this.#base === base && this.#valueTypes === valueTypes;
  }
}
