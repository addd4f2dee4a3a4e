import type {Dictionary, ModelDefinition, Settings} from './types';
import type {IdProperty} from './id-properties';

/** What a definition has besides its name and builder, in juggler's order. */
export type DefinitionContent = Pick<ModelDefinition, 'rawProperties' | 'settings' | 'relations' | 'properties' | '_ids'> &
  Partial<Pick<ModelDefinition, 'json'>>;

/**
 * As ModelDefinition.prototype.build and `ids` make it.
 * @param raw what the properties show
 * @param pristine what they were made from
 * @param types what they resolved to, in their order
 */
export function definitionContent(
  raw: Dictionary<unknown>,
  pristine: Dictionary<unknown>,
  types: readonly unknown[],
  ids: readonly IdProperty[],
  settings: Settings,
): DefinitionContent {
  const properties: ModelDefinition['properties'] = {};
  let index = 0;
  for (const name of Object.keys(pristine)) {
    const property: Dictionary<unknown> = {type: types[index++]};
    const attributes = pristine[name];
    if (typeof attributes === 'object' && attributes !== null) {
      // for-in, as juggler reads them
      for (const attribute in attributes) {
        if (attribute !== 'type') property[attribute] = (attributes as Dictionary<unknown>)[attribute];
      }
    }
    properties[name] = property;
  }
  const _ids = ids.map(({name, id}) => ({name, id, property: properties[name]}));
  return {rawProperties: raw, settings, relations: [], properties, _ids};
}
