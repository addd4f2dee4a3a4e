import type {ModelClass} from './types';

/**
 * Records the state of a placeholder before juggler's `define` fills it in, and returns a function that restores that state. A
 * define that fails needs this: juggler fills in the placeholder itself and does not replace it, because other models refer to
 * it already.
 */
export function placeholderState(placeholder: ModelClass): () => void {
  const states = [placeholder, placeholder.prototype as object].map(
    object => [object, Object.getOwnPropertyDescriptors(object), Object.getPrototypeOf(object) as object] as const,
  );
  return () => {
    for (const [object, descriptors, prototype] of states) {
      for (const key of Reflect.ownKeys(object)) if (!Reflect.has(descriptors, key)) Reflect.deleteProperty(object, key);
      Object.defineProperties(object, descriptors);
      Object.setPrototypeOf(object, prototype);
    }
  };
}
