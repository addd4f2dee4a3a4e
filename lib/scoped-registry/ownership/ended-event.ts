/**
 * The event that a datasource emits when its tenant's registry ends, before the datasource is disconnected. The argument is the error
 * that says why it ended.
 */
export const ENDED = Symbol('ended');

/**
 * The method that an ending registry calls on its datasources. A listener would not do: user code may call
 * `removeAllListeners()` on the datasource.
 */
export const END_WITH_REGISTRY = Symbol('end with registry');

/** A datasource that ends with its registry. */
export interface EndsWithRegistry {
  /** @param error makes a new error, which says why the registry ended */
  [END_WITH_REGISTRY]?(error: () => Error): void;
}
