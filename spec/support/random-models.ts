import {inspect} from 'node:util';
import fc from 'fast-check';
import {defineAccessor} from './side-by-side';

/** What a model is defined from. Nothing in it is an object that juggler would share between two definitions. */
export interface RandomModel {
  name: string;
  properties: Record<string, any>;
  settings: Record<string, any>;
}

/** A value type of a user's own: a function that converts. */
export class Money {
  readonly amount: number;
  constructor(amount: unknown) {
    this.amount = Number(amount);
  }
}

export function Upper(value: unknown): string {
  return String(value).toUpperCase();
}

const FIVE = () => 5;
const LIST = () => [1, '2'];

const NAMES = ['a', 'b', 'c', 'name', 'id', 'type', 'required', 'default', 'index', 'generated'];
const RARE_NAMES = [
  ...['defaultFn', 'hidden', 'length', 'updateOnly', 'persistDefaultValues', 'applyDefaultOnWrites', 'mysql', 'toString'],
  ...['hasOwnProperty', 'my-prop', 'größe', 'class', 'function', '$a', '0', '7', 'errors', 'isValid', 'toObject', 'toJSON'],
  ...['_id', 'isNewRecord', 'getter', 'settings', 'prototype', 'arguments', 'x y', '', '__a', 'save', 'reset', 'inspect'],
];
const key = fc.oneof({weight: 6, arbitrary: fc.constantFrom(...NAMES)}, {weight: 1, arbitrary: fc.constantFrom(...RARE_NAMES)});

const valueType = fc.constantFrom<unknown>(
  ...[String, Number, Boolean, Date, Object, Array, Buffer, Money, Upper],
  ...['string', 'Number', 'boolean', 'date', 'object', 'array', 'any', 'text', 'JSON', 'geopoint', 'datestring', 'binary'],
);

/** Keys and values that no connector and no rule of juggler's knows, and that user code may read from a definition. */
export const TAG = Symbol('tag');
const GT = Symbol.for('gt');
const ofClasses = fc.constantFrom<unknown>(
  ...[
    new Date(86_400_000),
    /^[a-z]+$/i,
    new Map<unknown, unknown>([['k', new Date(0)]]),
    Buffer.from('bytes'),
    TAG,
    {[TAG]: [GT]},
  ],
);

const attributes = fc.record(
  {
    required: fc.constantFrom<unknown>(true, false, {message: 'is needed'}),
    default: fc.constantFrom<unknown>(1, 'x', '', null, false, FIVE, LIST, Date, '$now', {k: 1}, [1], '[{"a": 1}]', {a: {b: 2}}),
    defaultFn: fc.constantFrom('guid', 'uuid', 'uuidv4', 'now', 'nanoid', 'shortid'),
    id: fc.constantFrom<unknown>(true, 1, 2, false),
    generated: fc.boolean(),
    index: fc.constantFrom<unknown>(true, {unique: true}),
    length: fc.constantFrom(10, 255),
    jsonSchema: fc.constantFrom({minLength: 3, enum: ['x', 'y']}),
    mysql: fc.constantFrom({columnName: 'COL', dataType: 'VARCHAR'}, {column: 'C2'}),
    persistDefaultValues: fc.boolean(),
    applyDefaultOnWrites: fc.boolean(),
    updateOnly: fc.boolean(),
    hidden: fc.boolean(),
    description: fc.constantFrom<unknown>('a text', ['several', 'lines']),
    pattern: fc.constant(/^[a-z]+$/),
    meta: ofClasses,
    [TAG]: ofClasses,
  },
  {requiredKeys: []},
);

/** Few attributes at a time: with all of them every model is the same. */
const someAttributes = fc
  .tuple(attributes, fc.array(fc.nat(20), {maxLength: 3}))
  .map(([all, chosen]) => withKeys(all, (_, index, {length}) => chosen.some(one => one % length === index)));

/** The properties that pass a test, symbols included. */
function withKeys(
  object: object,
  test: (key: string | symbol, index: number, keys: unknown[]) => boolean,
): Record<string, unknown> {
  const keys = Reflect.ownKeys(object).filter(test);
  return Object.fromEntries(keys.map(key => [key, (object as Record<string | symbol, unknown>)[key]]));
}

/** The same object, with some properties that are accessors. juggler writes into literals, so they have setters. */
function withAccessors<T extends object>(object: T, names: readonly string[]): T {
  for (const name of names) {
    if (Object.hasOwn(object, name)) defineAccessor(object, name, (object as Record<string, unknown>)[name]);
  }
  return object;
}

const someNames = fc.subarray([...NAMES], {maxLength: 3});

/** What is rare in a literal: a symbol, a key `__proto__`, accessors. */
const rarely = <T extends object>(literals: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof(
    {weight: 8, arbitrary: literals},
    {weight: 1, arbitrary: fc.tuple(literals, ofClasses).map(([literal, value]) => ({...literal, [TAG]: value}))},
    {
      weight: 1,
      arbitrary: fc
        .tuple(literals, fc.constantFrom<unknown>('string', {required: true}, {b: String}))
        .map(([literal, value]) => ({...literal, ['__proto__']: value})),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(literals, someNames).map(([literal, names]) => withAccessors({...literal}, ['type', ...names])),
    },
  );

const {shape} = fc.letrec<{property: unknown; shape: object; typed: object; list: unknown[]}>(tie => ({
  shape: rarely(
    fc
      .uniqueArray(fc.tuple(key, tie('property')), {selector: ([name]) => name, maxLength: 4})
      .map(entries => Object.fromEntries(entries.filter(isNotWrittenInto))),
  ),
  typed: rarely(
    fc
      .tuple(
        fc.oneof({weight: 3, arbitrary: valueType}, {weight: 1, arbitrary: fc.oneof(tie('shape'), tie('list'))}),
        someAttributes,
      )
      // a generated id can be told from other values where it stays a string
      .map(([type, others]) => ({type: others.defaultFn ? String : type, ...others})),
  ),
  list: fc.oneof(
    {weight: 6, arbitrary: fc.tuple(tie('property')).filter(([item]) => Boolean(item))},
    {
      weight: 2,
      arbitrary: fc.tuple(tie('property').filter(Boolean), someAttributes).map(([item, others]) =>
        Object.assign(
          [item],
          withKeys(others, name => name !== 'defaultFn'),
        ),
      ),
    },
    {weight: 4, arbitrary: fc.constantFrom<unknown[]>([], ['string', 'number'], [[Number]])},
    {weight: 1, arbitrary: fc.constantFrom<unknown[]>([undefined], [null], [false], [''], [0], [[undefined]])},
  ),
  property: fc.oneof(
    {depthSize: 'small', withCrossShrink: true},
    {weight: 4, arbitrary: valueType},
    {weight: 5, arbitrary: tie('typed')},
    {weight: 4, arbitrary: tie('shape')},
    {weight: 3, arbitrary: tie('list')},
    {weight: 1, arbitrary: fc.constantFrom(null, false)},
  ),
}));

/**
 * Juggler writes into some nested shapes: into one under the key `required`, which it takes for the options of a validation,
 * the validation's name; into one with the key `id` an `updateOnly`, which is true where there is a key `generated`. When it
 * makes the class around such a shape again, stock finds that for a property more. We make the class once.
 */
function isNotWrittenInto([name, property]: [string, unknown], _: number, all: [string, unknown][]): boolean {
  if (name === 'required') return typeof property !== 'object';
  return !['generated', 'updateOnly'].includes(name) || !all.some(([other]) => other === 'id');
}

/** A set of properties, nested ones included, as a user may write them down. */
export const shapes: fc.Arbitrary<Record<string, any>> = readable(shape as fc.Arbitrary<Record<string, any>>);

/** One without nested shapes: no class that a model has already. */
export const flatShapes: fc.Arbitrary<Record<string, any>> = fc.dictionary(
  key,
  fc.oneof(
    valueType,
    fc.tuple(valueType, someAttributes).map(([type, others]) => ({type: others.defaultFn ? String : type, ...others})),
  ),
  {maxKeys: 4, noNullPrototype: true},
);

const modelName = fc.oneof(
  {weight: 4, arbitrary: fc.constantFrom('Customer', 'Person')},
  {
    weight: 1,
    arbitrary: fc.constantFrom('my-model', 'grand.child', 'a:b', 'Größe', '1abc', 'class', 'null', 'Two words', '日本'),
  },
);

export const settings: fc.Arbitrary<Record<string, any>> = fc
  .tuple(
    fc.record({
      strict: fc.constantFrom<unknown>(true, false, 'filter', 'validate', undefined, null),
      hidden: someNames,
      protected: someNames,
      hiddenProperties: fc.constantFrom<unknown>(['a'], {b: true}),
      idInjection: fc.boolean(),
      forceId: fc.constantFrom<unknown>(true, false, 'auto'),
      plural: fc.constantFrom('People', 'xes'),
      http: fc.constantFrom<unknown>({path: 'here'}, {path: '/there'}, {}),
      persistUndefinedAsNull: fc.boolean(),
      excludeBaseProperties: someNames,
      indexes: fc.constantFrom({byName: {keys: {name: 1}}}),
      mysql: fc.constantFrom({table: 'TAB'}, {tableName: 'T2'}),
      description: fc.constantFrom<unknown>('a text', ['several', 'lines']),
      acls: fc.constantFrom([{principalType: 'ROLE', property: ['find']}, {principalType: 'USER'}]),
      models: fc.constantFrom({Friend: 'Later'}),
      custom: fc.constantFrom<unknown>(
        {deep: {value: [1, {two: 2}]}},
        {where: {age: {[GT]: 18}}},
        Object.assign([1], {more: {}}),
      ),
      meta: ofClasses,
      [TAG]: ofClasses,
    }),
    fc.array(fc.nat(100), {maxLength: 5}),
    fc.boolean(),
  )
  .map(([all, chosen, byAccessors]) => {
    const some = withKeys(all, (_, index, {length}) => chosen.some(one => one % length === index));
    return byAccessors ? withAccessors(some, ['strict', 'hidden', 'custom']) : some;
  });

/** Model definitions of any kind that can be defined. */
export const models: fc.Arbitrary<RandomModel> = readable(
  fc.record({name: modelName, properties: shapes, settings}, {noNullPrototype: true}),
);

const TAME_NAMES = ['a', 'b', 'c', 'name'];
const {tame} = fc.letrec<{tame: object; property: unknown}>(tie => ({
  tame: fc.dictionary(fc.constantFrom(...TAME_NAMES), tie('property'), {maxKeys: 4, noNullPrototype: true}),
  property: fc.oneof(
    {depthSize: 'small', withCrossShrink: true},
    fc.constantFrom<unknown>(String, Number, Boolean, Date, Object, 'string', 'any', [String], [Number]),
    fc
      .tuple(fc.constantFrom(String, 'number', Object), someAttributes)
      .map(([type, {required, index, hidden, length, mysql}]) => ({type, required, index, hidden, length, mysql})),
    fc.constantFrom({type: String, default: 'x'}, {type: Date, defaultFn: 'now'}, {type: Number, default: FIVE}),
    tie('tame'),
    tie('tame').map(shape => ({type: shape})),
    tie('tame').map(shape => [shape]),
  ),
}));

/**
 * Models that the memory connector can store. What others come to there is often an error that juggler throws where nobody
 * can catch it.
 */
export const tameModels: fc.Arbitrary<RandomModel> = readable(
  fc.record({
    name: fc.constantFrom('Customer', 'my-model'),
    properties: tame as fc.Arbitrary<Record<string, any>>,
    settings: fc.constantFrom<Record<string, any>>({}, {strict: true}, {strict: 'filter'}, {hidden: ['a']}, {forceId: false}),
  }),
);

const scalar = fc.constantFrom<unknown>(
  ...[
    0,
    1,
    -1.5,
    NaN,
    '',
    'x',
    'true',
    '0',
    '17',
    ' ',
    'not json',
    '{"a": 1}',
    '[{"b": "2"}, 3]',
    '"s"',
    true,
    false,
    null,
    undefined,
  ],
  ...[
    '2020-01-02T03:04:05Z',
    new Date(86_400_000),
    new Date(NaN),
    new Money(3),
    Buffer.from('b'),
    '1.5,2.5',
    {lat: 1, lng: 2},
    /x/,
  ],
);
const anyData: fc.Arbitrary<unknown> = fc.letrec<{data: unknown; object: object}>(tie => ({
  object: fc
    .uniqueArray(fc.tuple(key, tie('data')), {selector: ([name]) => name, maxLength: 4})
    .map(entries => Object.fromEntries(entries)),
  data: fc.oneof(
    {depthSize: 'small', withCrossShrink: true},
    {weight: 6, arbitrary: scalar},
    {weight: 3, arbitrary: tie('object')},
    {weight: 2, arbitrary: fc.array(tie('data'), {maxLength: 3})},
  ),
})).data;

/** Data for tame models, mostly well-typed. */
export const tameRecords: fc.Arbitrary<Record<string, unknown>> = readable(
  fc.letrec<{data: unknown; object: Record<string, unknown>}>(tie => ({
    object: fc.dictionary(fc.constantFrom(...TAME_NAMES), tie('data'), {maxKeys: 4, noNullPrototype: true}),
    data: fc.oneof(
      {depthSize: 'small', withCrossShrink: true},
      {weight: 3, arbitrary: fc.constantFrom<unknown>('x', '1', 17, null, undefined, true, new Date(86_400_000))},
      {weight: 2, arbitrary: tie('object')},
      {weight: 1, arbitrary: fc.array(tie('data'), {maxLength: 2})},
    ),
  })).object,
);

/** One value for a property, well- or ill-typed. */
export const values: fc.Arbitrary<unknown> = readable(anyData);

/** The data of an instance: many keys, known and unknown. */
export const records: fc.Arbitrary<Record<string, unknown>> = readable(
  fc
    .uniqueArray(fc.tuple(key, anyData), {selector: ([name]) => name, maxLength: 8})
    .map(entries => Object.fromEntries(entries) as Record<string, unknown>),
);

/** Names that properties, data and attributes have. */
export const names: fc.Arbitrary<string> = key;

/** Counterexamples as one would write them down: fast-check prints the source of functions. */
export function readable<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return arbitrary.map(value => {
    if (typeof value === 'object' && value !== null && Object.isExtensible(value)) {
      Object.defineProperty(value, fc.toStringMethod, {value: () => written(value), enumerable: false, configurable: true});
    }
    return value;
  });
}

function written(value: unknown): string {
  return inspect(value, {depth: 20, breakLength: 120}).replace(/\[(?:Function|class):? ?(\w+)[^\]]*\]/g, '$1');
}
