import fc from 'fast-check';

const NOW = () => new Date();
const LEVELS = {level: 1};

export const {shape: anyShape} = fc.letrec<{shape: Record<string, unknown>; property: unknown; typed: object}>(tie => ({
  // few keys and few values: two random shapes are equal, or nearly, often enough
  shape: fc.dictionary(fc.constantFrom('a', 'b', 'default', 'required', 'id', 'index', 'mysql'), tie('property'), {
    minKeys: 1,
    maxKeys: 3,
    noNullPrototype: true,
  }),
  property: fc.oneof(
    {depthSize: 'small', withCrossShrink: true},
    fc.constantFrom<unknown>(String, Number, Boolean, Date, 'string', 'String', 'number', 'date', null),
    tie('typed'),
    fc.array(tie('property'), {minLength: 1, maxLength: 1}).filter(([item]) => item !== null),
    tie('shape'),
  ),
  typed: fc
    .tuple(
      tie('property').filter(type => type !== null),
      fc.record(
        {
          required: fc.boolean(),
          default: fc.constantFrom<unknown>('x', 1, '1', NOW, LEVELS, () => 1),
          index: fc.constantFrom<unknown>(true, {unique: true}),
          mysql: fc.record({columnName: fc.constantFrom('a', 'b')}, {noNullPrototype: true}),
        },
        {requiredKeys: [], noNullPrototype: true},
      ),
    )
    .map(([type, attributes]) => ({type, ...attributes})),
}));

/** Two at random, or one and a respelling of it: equal, or nearly, often enough. */
export const pairOfShapes = fc.oneof(
  fc.tuple(anyShape, anyShape),
  fc.tuple(anyShape, fc.infiniteStream(fc.nat(9))).map(([shape, dice]) => [shape, respelled(shape, dice)] as const),
);

/** Another literal of the same meaning: what counts by identity (functions, objects named `default`) stays. */
export function copyOf<T>(value: T, name?: string): T {
  if (typeof value !== 'object' || value === null || name === 'default') return value;
  if (Array.isArray(value)) return value.map(item => copyOf<unknown>(item)) as T;
  return Object.fromEntries(Object.entries(value).map(([key, item]: [string, unknown]) => [key, copyOf(item, key)])) as T;
}

/** A copy with the odd type spelled differently, or switched, and the odd key of a shape left out. */
export function respelled<T>(value: T, dice: Iterator<number>, name?: string): T {
  const roll: number = dice.next().value;
  if (value === 'string' || value === 'String' || value === String)
    return [String, 'string', 'String', Number, value][Math.min(roll, 4)] as T;
  if (typeof value !== 'object' || value === null || (name === 'default' && roll > 2)) return value;
  if (Array.isArray(value)) return value.map(item => respelled<unknown>(item, dice)) as T;
  const entries = Object.entries(value).map(([key, item]: [string, unknown]) => [key, respelled(item, dice, key)] as const);
  if (roll === 0) entries.push(['b', null]);
  return Object.fromEntries(entries) as T;
}
