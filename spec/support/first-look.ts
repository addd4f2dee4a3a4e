/**
 * Looks at a model: the embedded classes of what it defines, at every depth, are made at the first look at it.
 * @returns the model
 */
export function lookedAt<T>(model: T): T {
  void (model as {definition: {properties: unknown}}).definition.properties;
  return model;
}
