/** Counts the steps that `work` takes in maps and sets: look-ups, changes and each item gone through. */
export function steps(work: () => void): number {
  let count = 0;
  const undo: (() => void)[] = [];
  const counted = (place: object, names: readonly string[]) => {
    for (const name of names) {
      const descriptor = Object.getOwnPropertyDescriptor(place, name)!;
      const method = descriptor.value as (...args: unknown[]) => unknown;
      const value = function (this: unknown, ...args: unknown[]) {
        count++;
        return method.apply(this, args);
      };
      Object.defineProperty(place, name, {...descriptor, value});
      undo.push(() => void Object.defineProperty(place, name, descriptor));
    }
  };
  counted(Map.prototype, ['get', 'set', 'has', 'delete', 'forEach', 'keys', 'values']);
  counted(Set.prototype, ['add', 'has', 'delete', 'forEach', 'values']);
  for (const iterator of [new Map().values(), new Set().values(), [].values()]) {
    counted(Object.getPrototypeOf(iterator) as object, ['next']);
  }
  try {
    // without those of what is done here
    count = 0;
    work();
    return count;
  } finally {
    for (const step of undo) step();
  }
}
