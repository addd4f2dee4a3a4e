import type {Dictionary, ModelDefinition, Settings} from './types';
import type {IdProperty} from './id-properties';

/** The own properties of a juggler ModelDefinition besides `name` and `modelBuilder`, in the order in which juggler sets them. */
export type DefinitionContent = Pick<ModelDefinition, 'rawProperties' | 'settings' | 'relations' | 'properties' | '_ids'> &
  Partial<Pick<ModelDefinition, 'json'>>;

/**
 * Makes the content of a definition from types that are resolved already. juggler's ModelDefinition.prototype.build and `ids`
 * (model-definition.js) make the same from unresolved properties.
 * @param raw becomes `rawProperties`, which user code may read and write
 * @param pristine the properties from which the class was made; `properties` is made from these
 * @param types what the properties resolved to, in the order of the keys of `pristine`
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
      // juggler's `build` uses for-in, so inherited attributes count
      for (const attribute in attributes) {
        if (attribute !== 'type') property[attribute] = (attributes as Dictionary<unknown>)[attribute];
      }
    }
    properties[name] = property;
  }
  const _ids = ids.map(({name, id}) => ({name, id, property: properties[name]}));
  return {rawProperties: raw, settings, relations: [], properties, _ids};
}
