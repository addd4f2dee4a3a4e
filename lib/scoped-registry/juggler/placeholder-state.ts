import type {ModelClass} from './types';

/**
 * juggler fills a placeholder in, it does not replace it: others refer to it already. Returns what makes it the
 * placeholder again that it is now.
 */
export function placeholderState(placeholder: ModelClass): () => void {
  const places = [placeholder, placeholder.prototype as object].map(
    place => [place, Object.getOwnPropertyDescriptors(place), Object.getPrototypeOf(place) as object] as const,
  );
  return () => {
    for (const [place, descriptors, prototype] of places) {
      for (const key of Reflect.ownKeys(place)) if (!Reflect.has(descriptors, key)) Reflect.deleteProperty(place, key);
      Object.defineProperties(place, descriptors);
      Object.setPrototypeOf(place, prototype);
    }
  };
}
