/**
 * Looks at models as their first instances do: here the embedded classes of a model, at every depth, come to be with that. On stock
 * they are there already.
 */
export function lookAt(models: Iterable<object>): void {
  for (const model of models) void (model as {definition: {properties: unknown}}).definition.properties;
}
