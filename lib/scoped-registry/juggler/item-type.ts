/**
 * Returns the type of a list's items. juggler writes a list type as an array around the item type: `[String]`, `[[String]]`. A
 * type that is no array is returned as it is.
 */
export function itemType(type: unknown): unknown {
  let item = type;
  while (Array.isArray(item)) item = item[0];
  return item;
}
