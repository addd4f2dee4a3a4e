/** Whether two lists hold the same values in the same order. Values are compared by `===`. */
export function haveSameItems(list: readonly unknown[], other: readonly unknown[]): boolean {
  return list.length === other.length && list.every((item, index) => item === other[index]);
}
