import type {Dictionary} from './types';

type Attributes = Dictionary<unknown>;

export interface IdProperty {
  readonly name: string;
  /** The rank of this property among several ids: the number that the attribute `id` gives, or 1. */
  readonly id: number;
}

/**
 * Returns the id properties in the order of juggler's ModelDefinition.prototype.ids. juggler only asks whether a property has a
 * truthy `id`, so a nested object with a key named `id` counts as an id property too.
 */
export function idsOf(raw: Dictionary<unknown>): IdProperty[] {
  const ids: IdProperty[] = [];
  for (const name of Object.keys(raw)) {
    const id = attributesOf(raw, name)?.id;
    if (id) ids.push({name, id: typeof id === 'number' ? id : 1});
  }
  // Array.prototype.sort allocates a copy, and most lists are sorted already
  const isSorted = ids.every(({id}, index) => index === 0 || ids[index - 1].id <= id);
  return isSorted ? ids : ids.sort((a, b) => a.id - b.id);
}

/**
 * Returns the name of the property that juggler's `define` treats as the id, as ModelDefinition.prototype.idName does: a
 * property named `id` that is an id, else the first of `ids`. Returns undefined when there is no id.
 */
export function idNameOf(raw: Dictionary<unknown>, ids: readonly IdProperty[]): string | undefined {
  return attributesOf(raw, 'id')?.id ? 'id' : ids[0]?.name;
}

function attributesOf(raw: Dictionary<unknown>, name: string): Attributes | undefined {
  const property = Object.hasOwn(raw, name) ? raw[name] : undefined;
  return typeof property === 'object' && property !== null ? (property as Attributes) : undefined;
}
