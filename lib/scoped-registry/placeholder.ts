import type {ModelClass} from './juggler';

/**
 * juggler fills a placeholder in, it does not replace it: others refer to it already. Returns what makes it the
 * placeholder again that it is now.
 */
export function placeholderState(placeholder: ModelClass): () => void {
  const places = [placeholder, placeholder.prototype as object].map(
    place => [place, Object.getOwnPropertyDescriptors(place)] as const,
  );
  return () => {
    for (const [place, descriptors] of places) {
      for (const key of Reflect.ownKeys(place)) if (!Reflect.has(descriptors, key)) Reflect.deleteProperty(place, key);
      Object.defineProperties(place, descriptors);
    }
  };
}
