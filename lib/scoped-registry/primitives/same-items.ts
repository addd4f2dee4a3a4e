/** Whether two lists hold the same values, by `===`, in the same order. */
export function haveSameItems(list: readonly unknown[], other: readonly unknown[]): boolean {
  return list.length === other.length && list.every((item, index) => item === other[index]);
}
