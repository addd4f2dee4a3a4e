import fc from 'fast-check';
import {copyOfBuiltIn} from '../../lib/scoped-registry/primitives/built-in-values';
import {defineAccessor} from './side-by-side';

const NOW = () => new Date();
const LEVELS = {level: 1};
const SINCE = new Date(0);
const TAG = Symbol('tag');
const OTHER_TAG = Symbol.for('tag');

/** An instance of a class of an application's, which no other instance equals. */
class Unit {
  constructor(readonly name: string) {}
}
const UNIT = new Unit('EUR');
const PROXY = new Proxy({a: 1}, {});

/** Values of classes; each call of a function gives another one that is equal to it. */
const ofClasses = fc
  .constantFrom<() => unknown>(
    ...[() => new Date(0), () => new Date(1), () => /a/, () => /a/i, () => Buffer.from('a'), () => Buffer.from('b')],
    ...[() => new Uint8Array([97]), () => new Map([['a', new Date(0)]]), () => new Map([['a', new Date(1)]]), () => new Set([1])],
    ...[() => new Set([1, 2]), () => Object.assign(new Date(0), {a: 1}), () => Object.assign(/a/, {[TAG]: 1}), () => UNIT],
    ...[
      () => new Unit('EUR'),
      () => PROXY,
      () => TAG,
      () => OTHER_TAG,
      () => Symbol('tag'),
      () => ({[TAG]: 1}),
      () => ({[OTHER_TAG]: [TAG]}),
    ],
    ...[() => ({default: {a: 1}}), () => Object.assign([1], {a: 1})],
  )
  .map(make => make());

const attributes = fc.record<Record<string | symbol, unknown>>(
  {
    required: fc.boolean(),
    default: fc.constantFrom<unknown>('x', 1, '1', NOW, LEVELS, SINCE, () => 1),
    index: fc.constantFrom<unknown>(true, {unique: true}),
    mysql: fc.record({columnName: fc.constantFrom('a', 'b')}, {noNullPrototype: true}),
    meta: ofClasses,
    [TAG]: ofClasses,
  },
  {requiredKeys: [], noNullPrototype: true},
);

export const {shape: anyShape} = fc.letrec<{shape: Record<string, unknown>; property: unknown; typed: object}>(tie => ({
  // few keys and few values: two random shapes are equal, or nearly, often enough
  shape: fc
    .tuple(
      fc.dictionary(fc.constantFrom('a', 'b', 'default', 'required', 'id', 'index', 'mysql'), tie('property'), {
        minKeys: 1,
        maxKeys: 3,
        noNullPrototype: true,
      }),
      fc.nat(19),
      ofClasses,
    )
    .map(([shape, roll, value]) => {
      if (roll === 0) return {...shape, [TAG]: value};
      if (roll === 1) return {...shape, ['__proto__']: String};
      if (roll === 2 && 'a' in shape) defineAccessor(shape, 'a', shape.a);
      return shape;
    }),
  property: fc.oneof(
    {depthSize: 'small', withCrossShrink: true},
    fc.constantFrom<unknown>(String, Number, Boolean, Date, 'string', 'String', 'number', 'date', null),
    tie('typed'),
    fc
      .tuple(fc.array(tie('property'), {minLength: 1, maxLength: 1}), fc.nat(3), attributes)
      .filter(([[item]]) => item !== null)
      .map(([list, roll, attributes]) => (roll === 0 ? Object.assign([...list], attributes) : list)),
    tie('shape'),
  ),
  typed: fc
    .tuple(
      tie('property').filter(type => type !== null),
      attributes,
    )
    .map(([type, attributes]) => ({type: withoutValuesOfClasses(type), ...attributes})),
}));

/** In an object below a key `type`, the attributes are properties. A value of a class would be the type of one. */
function withoutValuesOfClasses(type: unknown): unknown {
  if (typeof type !== 'object' || type === null || Array.isArray(type) || !('type' in type)) return type;
  return Object.fromEntries(Object.entries(type).filter(([name]) => name !== 'meta' && name !== 'default'));
}

/** Two at random, or one and a respelling of it: equal, or nearly, often enough. */
export const pairOfShapes = fc.oneof(
  fc.tuple(anyShape, anyShape),
  fc.tuple(anyShape, fc.infiniteStream(fc.nat(9))).map(([shape, dice]) => [shape, respelled(shape, dice)] as const),
);

type Entry = readonly [key: PropertyKey, value: unknown];

/** The same object or list with other own properties. */
function rebuilt<T extends object>(value: T, change: (entry: Entry) => Entry, more: readonly Entry[] = []): T {
  const copy = Array.isArray(value) ? [] : {};
  const entries = Reflect.ownKeys(value).map((key): Entry => [key, (value as Record<PropertyKey, unknown>)[key]]);
  for (const entry of entries) {
    if (Array.isArray(value) && entry[0] === 'length') continue;
    const [key, item] = change(entry);
    Object.defineProperty(copy, key, {value: item, enumerable: true, writable: true, configurable: true});
  }
  return Object.assign(copy, Object.fromEntries(more)) as T;
}

/** Whether a value is an object without a content of its own, such as an instance of a class of the application's. */
function isPlain(value: object): boolean {
  return value !== PROXY && (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype);
}

/** Another literal of the same meaning: what counts by identity (functions, objects named `default`) stays. */
export function copyOf<T>(value: T, name?: PropertyKey): T {
  if (typeof value !== 'object' || value === null || name === 'default') return value;
  if (!isPlain(value)) return (copyOfBuiltIn(value, new Map(), part => copyOf(part)) ?? value) as T;
  return rebuilt(value, ([key, item]) => [key, copyOf(item, key)]);
}

/** A copy with the odd type spelled differently, or switched, and the odd key of a shape left out. */
export function respelled<T>(value: T, dice: Iterator<number>, name?: PropertyKey): T {
  const roll: number = dice.next().value;
  if (value === 'string' || value === 'String' || value === String)
    return [String, 'string', 'String', Number, value][Math.min(roll, 4)] as T;
  if (typeof value !== 'object' || value === null || (name === 'default' && roll > 2)) return value;
  if (!isPlain(value)) return roll === 0 ? (new Date(2) as T) : copyOf(value);
  const more: Entry[] = roll === 0 && !Array.isArray(value) ? [['b', null]] : [];
  return rebuilt(value, ([key, item]) => [roll === 1 && key === TAG ? OTHER_TAG : key, respelled(item, dice, key)], more);
}
