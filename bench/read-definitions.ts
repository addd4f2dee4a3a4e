/**
 * Reads the definition of each model, as its first instance does. With this library that makes the embedded classes of a model, at
 * every depth. On stock they exist already.
 */
export function readDefinitions(models: Iterable<object>): void {
  for (const model of models) void (model as {definition: {properties: unknown}}).definition.properties;
}
