/** One model of the simulated tenants. */
export interface InputDocument {
  readonly name: string;
  /** `instance`: a JSON document that juggler derives a model from; `model`: a LoopBack model JSON file. */
  readonly kind: 'instance' | 'model';
  /** The document, or the model's properties. */
  readonly json: Record<string, unknown>;
  /** Of a model. */
  readonly settings?: Record<string, unknown>;
  /** The model that this one extends: one of those before it. */
  readonly base?: string;
  /** Where it came from, for messages. */
  readonly origin: string;
}
