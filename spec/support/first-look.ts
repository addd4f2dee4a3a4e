/**
 * Looks at a model: the embedded classes of what it defines, at every depth, are made at the first look at it.
 * @returns the model
 */
export function lookedAt<T>(model: T): T {
  void (model as {definition: {properties: unknown}}).definition.properties;
  return model;
}

/**
 * Looks at a model and at its embedded classes, which takes a look at each: where juggler itself has built a model (with a mixin, or
 * anew for a foreign key), the classes of its properties are there, but those within are made at the first look at them.
 */
export function lookThroughout(model: any): void {
  for (const {type} of Object.values<{type: any}>(model.definition.properties)) {
    const part = Array.isArray(type) ? type[0] : type;
    if (part?.settings?.anonymous) lookThroughout(part);
  }
}
