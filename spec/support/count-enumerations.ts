/** Watches what walks over collections: iterators of arrays, maps and sets, and generators, with more steps than `limit`. */
export function countEnumerations(limit: number): {readonly long: string[]; stop(): void} {
  const long: string[] = [];
  const undo: (() => void)[] = [];
  const generator = Object.getPrototypeOf(Object.getPrototypeOf((function* () {})())) as object;
  const kinds: [string, object][] = [
    ['Map', Object.getPrototypeOf(new Map().keys()) as object],
    ['Set', Object.getPrototypeOf(new Set().keys()) as object],
    ['Array', Object.getPrototypeOf([].keys()) as object],
    ['generator', generator],
  ];
  for (const [kind, prototype] of kinds) {
    const steps = new WeakMap<object, number>();
    const next = Object.getOwnPropertyDescriptor(prototype, 'next')!;
    Object.defineProperty(prototype, 'next', {
      ...next,
      value(this: object, ...args: unknown[]): unknown {
        const count = (steps.get(this) ?? 0) + 1;
        steps.set(this, count);
        if (count === limit) long.push(`${kind}: ${new Error().stack?.split('\n')[2]}`);
        return (next.value as Function).apply(this, args);
      },
    });
    undo.push(() => Object.defineProperty(prototype, 'next', next));
  }
  for (const type of [Map, Set] as const) {
    const forEach = Object.getOwnPropertyDescriptor(type.prototype, 'forEach')!;
    Object.defineProperty(type.prototype, 'forEach', {
      ...forEach,
      value(this: {size: number}, ...args: unknown[]): unknown {
        if (this.size >= limit) long.push(`${type.name}.forEach`);
        return (forEach.value as Function).apply(this, args);
      },
    });
    undo.push(() => Object.defineProperty(type.prototype, 'forEach', forEach));
  }
  return {long, stop: () => undo.forEach(restore => restore())};
}
