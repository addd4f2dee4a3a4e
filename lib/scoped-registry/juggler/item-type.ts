/** The type of the items of a list, which juggler writes as an array around that type; any other type is returned as it is. */
export function itemType(type: unknown): unknown {
  let item = type;
  while (Array.isArray(item)) item = item[0];
  return item;
}
