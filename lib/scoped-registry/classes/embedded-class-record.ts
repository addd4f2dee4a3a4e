import {makeDeferredTypes} from '../structure/deferred-class';
import {definitionContent, type DefinitionContent} from '../juggler/definition-content';
import type {TypeContext} from '../structure/type-context';
import {ClassRecord} from '../ownership/class-record';
import type {Dictionary} from '../juggler/types';
import {rulesOf, type PropertyRule} from '../juggler/validation-rules';
import {idsOf} from '../juggler/id-properties';

/** The state of a record before user code could write into its properties. */
interface PristineState {
  readonly pristine: Dictionary<unknown>;
  /** The content for the definition, until the definition is filled with it. */
  content?: DefinitionContent;
}

/** The record of an embedded light class: the properties from which it was made, and the content of its definition. */
export class EmbeddedClassRecord extends ClassRecord {
  /** Set once user code may write into the properties or into objects within them. */
  #beforeWrites: PristineState | undefined;
  #types: readonly unknown[];

  get isNested(): boolean {
    return true;
  }

  /**
   * @param raw a private copy of the properties
   * @param types what the properties resolved to, in their order
   * @param hash the hash of the structure, see structure-hash.ts
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

  /** What the properties resolved to, in their order. Makes deferred classes. */
  get types(): readonly unknown[] {
    return (this.#types = makeDeferredTypes(this.#types));
  }

  /** What the properties resolved to, in their order. A class that is not made yet is a DeferredClass in this list. */
  get typesWithDeferred(): readonly unknown[] {
    return this.#types;
  }

  /** The properties as they were when the class was made. Writes by user code or juggler to `raw` do not show here. */
  get pristine(): Dictionary<unknown> {
    return this.#beforeWrites?.pristine ?? this.raw;
  }

  override get rules(): readonly PropertyRule[] {
    return rulesOf(this.pristine, this.#types);
  }

  /**
   * Must be called before `raw` becomes reachable for user code, which may write to it. Keeps the properties as they are, and
   * makes the content of the definition from them.
   * @param written takes the place of `raw` when juggler has already written into an object of its own (see DeferredClass)
   */
  expose(written?: Dictionary<unknown>): void {
    if (this.#beforeWrites) return;
    const {raw} = this;
    if (written) this.raw = written;
    this.#beforeWrites = {pristine: this.raw === raw ? {...raw} : raw};
    this.#beforeWrites.content = this.expectedContent();
  }

  /** The content with which the definition must be filled on the first read. */
  content(): DefinitionContent {
    const content = this.#beforeWrites?.content ?? this.expectedContent();
    if (this.#beforeWrites) this.#beforeWrites.content = undefined;
    return content;
  }

  /** The content of the definition when no code has changed it. */
  expectedContent(): DefinitionContent {
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

  replaceMentions(replaced: (value: unknown) => unknown): void {
    this.#types = this.types.map(replaced);
    for (const object of [this.raw, this.pristine, this.#beforeWrites?.content]) replaced(object);
  }

  /** Drops all references to classes and properties. The end of the registry calls this. */
  forget(): void {
    this.raw = {};
    this.#types = [];
    this.#beforeWrites = undefined;
  }
}
