/** Emitted by a datasource that ends with its tenant, before it is disconnected, with the error for later use. */
export const ENDED = Symbol('ended');

/**
 * The method by which a registry that ends tells its datasources. It is a method and no listener, because a user's own
 * `removeAllListeners()` would take a listener off.
 */
export const END_WITH_REGISTRY = Symbol('end with registry');

export interface EndsWithRegistry {
  /** @param error makes a new error for each later use of the datasource */
  [END_WITH_REGISTRY]?(error: () => Error): void;
}
