import type {Dictionary} from './types';

type Attributes = Dictionary<unknown>;

export interface IdProperty {
  readonly name: string;
  /** Its place among several. */
  readonly id: number;
}

/** The properties that are ids, in juggler's order (ModelDefinition.prototype.ids): also a nested object that has a key `id`. */
export function idsOf(raw: Dictionary<unknown>): IdProperty[] {
  const ids: IdProperty[] = [];
  for (const name of Object.keys(raw)) {
    const id = attributesOf(raw, name)?.id;
    if (id) ids.push({name, id: typeof id === 'number' ? id : 1});
  }
  // mostly they are, and to sort takes a copy
  const isSorted = ids.every(({id}, index) => index === 0 || ids[index - 1].id <= id);
  return isSorted ? ids : ids.sort((a, b) => a.id - b.id);
}

/** The one that juggler's `define` takes for the id (ModelDefinition.prototype.idName). */
export function idNameOf(raw: Dictionary<unknown>, ids: readonly IdProperty[]): string | undefined {
  return attributesOf(raw, 'id')?.id ? 'id' : ids[0]?.name;
}

function attributesOf(raw: Dictionary<unknown>, name: string): Attributes | undefined {
  const property = Object.hasOwn(raw, name) ? raw[name] : undefined;
  return typeof property === 'object' && property !== null ? (property as Attributes) : undefined;
}
