import type {Dictionary, ModelClass} from './juggler';

/**
 * The embedded classes among `candidates` that no property of a listed model leads to any more: what redefinitions
 * leave behind. A tenant whose custom fields change every day would otherwise collect one generation per change.
 */
export function unusedEmbedded(candidates: Iterable<ModelClass>, models: Dictionary<ModelClass>): ModelClass[] {
  const unused = new Set(candidates);
  const seen = new Set<unknown>();
  const queue: unknown[] = Object.keys(models)
    .map(name => models[name])
    .filter(model => !unused.has(model!));
  while (queue.length > 0) {
    const type = queue.pop();
    if (seen.has(type)) continue;
    seen.add(type);
    if (Array.isArray(type)) queue.push(...(type as unknown[]));
    if (typeof type !== 'function') continue;
    const {base, definition, relations} = type as Partial<ModelClass>;
    unused.delete(type as ModelClass);
    if (base) queue.push(base);
    for (const name in definition?.properties) queue.push(definition.properties[name]?.type);
    for (const name in relations) queue.push(relations[name]?.modelTo, relations[name]?.modelThrough);
  }
  return [...unused];
}
