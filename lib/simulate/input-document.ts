/** The source of one model. Every simulated tenant gets a model from it. */
export interface InputDocument {
  readonly name: string;
  /** `instance`: a JSON document from which juggler derives a model. `model`: a LoopBack model JSON file. */
  readonly kind: 'instance' | 'model';
  /** The document itself, or the properties of the model. */
  readonly json: Record<string, unknown>;
  /** The settings of a `model`. */
  readonly settings?: Record<string, unknown>;
  /** The name of the model that this one extends. That model comes earlier in the list of documents. */
  readonly base?: string;
  /** The file or the package that it was read from, for messages. */
  readonly origin: string;
}
