import type {Catalogue} from './catalogue';
import type {Dictionary, ModelClass} from './juggler';

/**
 * What else decides about an embedded class than its structure: the builder's strictness and base class, and how its copy of juggler
 * reads type names.
 */
export class Dialect {
  constructor(
    private readonly catalogue: Catalogue,
    readonly strict: unknown,
    readonly base: ModelClass,
    /** juggler's value types by lower-case name: process-wide. */
    readonly valueTypes: Dictionary<Function>,
  ) {}

  /** What a type name means now. Makes no placeholder. */
  typeOf(name: string): unknown {
    return this.valueTypes[name.toLowerCase()] ?? this.catalogue.lookUp(name);
  }

  is(strict: unknown, base: ModelClass, valueTypes: Dictionary<Function>): boolean {
    return this.strict === strict && this.base === base && this.valueTypes === valueTypes;
  }
}
