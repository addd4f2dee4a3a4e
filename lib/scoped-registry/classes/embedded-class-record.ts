import {makeDeferredTypes} from '../structure/deferred-class';
import {definitionContent, type DefinitionContent} from '../juggler/definition-content';
import type {TypeContext} from '../structure/type-context';
import {ClassRecord} from '../ownership/class-record';
import type {Dictionary} from '../juggler/types';
import {rulesOf, type PropertyRule} from '../juggler/validation-rules';
import {idsOf} from '../juggler/id-properties';

interface Before {
  readonly pristine: Dictionary<unknown>;
  /** What the definition is to be filled with. */
  content?: DefinitionContent;
}

/** What an embedded class is made from, and what it makes on first use. */
export class EmbeddedClassRecord extends ClassRecord {
  /** What it was, once somebody may have written into the properties and what is within them. */
  #before: Before | undefined;
  #types: readonly unknown[];

  get isNested(): boolean {
    return true;
  }

  /**
   * @param raw an own copy of the properties
   * @param types what they resolve to, in their order
   * @param hash see shape-hash.ts
   */
  constructor(
    public raw: Dictionary<unknown>,
    types: readonly unknown[],
    readonly typeContext: TypeContext,
    readonly hash: number,
  ) {
    super();
    this.#types = types;
  }

  get types(): readonly unknown[] {
    return (this.#types = makeDeferredTypes(this.#types));
  }

  /** The same, as far as they are made: what is not, is in its place. */
  get typesSoFar(): readonly unknown[] {
    return this.#types;
  }

  /** The properties as they were when the class was made. */
  get pristine(): Dictionary<unknown> {
    return this.#before?.pristine ?? this.raw;
  }

  override get rules(): readonly PropertyRule[] {
    return rulesOf(this.pristine, this.#types);
  }

  /**
   * Lets somebody see `raw`, who may write to it from now on.
   * @param shown the same, with what somebody has written to it
   */
  show(shown?: Dictionary<unknown>): void {
    if (this.#before) return;
    const {raw} = this;
    if (shown) this.raw = shown;
    this.#before = {pristine: this.raw === raw ? {...raw} : raw};
    this.#before.content = this.expected();
  }

  content(): DefinitionContent {
    const content = this.#before?.content ?? this.expected();
    if (this.#before) this.#before.content = undefined;
    return content;
  }

  /** What the definition says as long as nobody has changed it. */
  expected(): DefinitionContent {
    const {pristine, typeContext} = this;
    const ids = idsOf(pristine);
    const settings = {
      anonymous: true,
      idInjection: false,
      strict: typeContext.strict,
      ...(ids.length > 0 && {forceId: undefined}),
    };
    return definitionContent(this.raw, pristine, this.types, ids, settings);
  }

  /** Refers to nothing from now on. */
  forget(): void {
    this.raw = {};
    this.#types = [];
    this.#before = undefined;
  }
}
