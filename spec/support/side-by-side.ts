import {createRequire} from 'node:module';
import fc from 'fast-check';
import {forJuggler, ModelRegistry, type ClassMaker, type Juggler} from '../../lib/index';
import {assertProperty} from './assert-property';
import {differences, portrait, type Portrait} from './portrait';

/** One of two makers of classes: juggler by itself, or this package on the same copy of juggler. */
export interface Side {
  readonly juggler: any;
  readonly builder: any;
  /** A new builder of the same kind, which sees the same models only where builders share a registry. */
  readonly newBuilder: () => any;
  /** A new datasource in memory, on `builder`. */
  readonly newDataSource: (settings?: object) => any;
}

type Sides = (juggler: any) => Side;

const stock: Sides = juggler => {
  const {ModelBuilder, DataSource} = juggler;
  const newBuilder = () => new ModelBuilder();
  const builder = newBuilder();
  const newDataSource = (settings?: object) => new DataSource('db', {connector: 'memory', ...settings}, builder);
  return {juggler, builder, newBuilder, newDataSource};
};

const ours =
  (embedded: ClassMaker): Sides =>
  juggler => {
    const {ModelBuilder, DataSource} = forJuggler(juggler as Juggler);
    const newBuilder = () => new ModelBuilder({registry: new ModelRegistry({tenant: 'acme', embedded})}) as any;
    const builder = newBuilder();
    const newDataSource = (settings?: object) => new DataSource('db', {connector: 'memory', ...settings}, builder) as any;
    return {juggler, builder, newBuilder, newDataSource};
  };

/** The copies of juggler that are installed, each with the number of runs of a property: they differ little from each other. */
export const JUGGLERS: readonly {major: number; juggler: any; share: number}[] = [
  {major: 7, juggler: require('loopback-datasource-juggler'), share: 1},
  ...[3, 4, 5, 6].map(major => ({major, juggler: require(`juggler-${major}`), share: 0.2})),
];

/** The makers of classes; juggler's own is the one that this library has least to do with. */
const MAKERS = [
  {embedded: 'light', part: 1},
  {embedded: 'stock', part: 0.2},
] as const;
// of any length on juggler 3.36; on the others all random ids look alike
createRequire(require.resolve('juggler-3'))('shortid').generate = () => 'shortid-3';

/** The runs of a property. */
const RUNS = 60;

/**
 * One spec for each major of juggler: what `observe` sees on stock, it sees on this package, whatever it is given.
 * @param examples what it is given first
 */
export function itIsAsOnStock<Input>(
  title: string,
  inputs: fc.Arbitrary<Input>,
  observe: (side: Side, input: Input) => unknown,
  examples: readonly Input[] = [],
): void {
  for (const {major, juggler, share} of JUGGLERS) {
    it(`${title} (juggler ${major})`, async () => {
      for (const {embedded, part} of MAKERS) {
        const property = fc.asyncProperty(inputs, input => expectSame(juggler, embedded, side => observe(side, copyOf(input))));
        await assertProperty(property, Math.ceil(RUNS * share * part), {examples: examples.map(input => [input])});
      }
    });
  }
}

/** The same, of one case, in one spec for all majors. */
export function itIsAsOnStockOnce(title: string, observe: (side: Side) => unknown): void {
  it(title, async () => {
    for (const {juggler} of JUGGLERS) for (const {embedded} of MAKERS) await expectSame(juggler, embedded, observe);
  });
}

async function expectSame(juggler: any, embedded: ClassMaker, observe: (side: Side) => unknown): Promise<void> {
  const seen = [];
  for (const side of [stock, ours(embedded)]) seen.push(await attempt(() => observe(side(juggler))));
  const different = differences(seen[0], seen[1]);
  if (different) throw new Error(`With juggler ${juggler.version} it is not as on stock:\n${different}`);
}

/** What `work` gives, awaited, or how it fails, as it looks then. */
export async function attempt(work: () => unknown): Promise<Portrait> {
  try {
    return portrait(await work());
  } catch (error) {
    return portrait(failure(error));
  }
}

/** The same of work that is synchronous. */
export function outcome(work: () => unknown): Portrait {
  try {
    return portrait(work());
  } catch (error) {
    return portrait(failure(error));
  }
}

function failure(error: unknown): unknown {
  if (!(error instanceof Error)) return {thrown: error};
  const {name, message, ...facts} = error;
  // what juggler means to say of a placeholder, whose constructor does not find the function that says it
  if (message === 'g is not defined' || /^Model \S+ is not defined\.$/.test(message)) return 'a placeholder';
  // V8 names an object by the function that was compiled for it, and a function by its source
  return {thrown: name, message: message.replace(/of (#<\w+>|\[object Object\]|function '[^]*')/, 'of it'), ...facts};
}

/** The outcome of each piece of work, by its name, one after the other. */
export function outcomes(works: Record<string, () => unknown>): Record<string, Portrait> {
  return Object.fromEntries(Object.entries(works).map(([name, work]) => [name, outcome(work)]));
}

/** The outcome of asynchronous work. */
export async function attempts(works: Record<string, () => unknown>): Promise<Record<string, Portrait>> {
  const results: Record<string, Portrait> = {};
  for (const [name, work] of Object.entries(works)) results[name] = await attempt(work);
  return results;
}

/** A copy of what functions are no part of: juggler writes into literals, and a GeoPoint into whatever it is given. */
export function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Buffer.isBuffer(value)) return Buffer.from(value) as T;
  if (value instanceof Date || value instanceof RegExp) return new (value.constructor as new (value: T) => T)(value);
  if (value instanceof Map) return new Map([...value].map(copyOf<[unknown, unknown]>)) as T;
  const copy = Array.isArray(value) ? [] : (Object.create(Object.getPrototypeOf(value) as object | null) as object);
  for (const key of Reflect.ownKeys(value)) {
    const property = Object.getOwnPropertyDescriptor(value, key)!;
    if (property.get) defineAccessor(copy, key, copyOf(Reflect.get(value, key) as unknown));
    else if (property.enumerable || key === 'length')
      Object.defineProperty(copy, key, {...property, value: copyOf(property.value as unknown)});
  }
  return copy as T;
}

/** Defines an accessor that gives a value until it is assigned another one. */
export function defineAccessor(object: object, key: PropertyKey, value: unknown): void {
  const set = (assigned: unknown) => void (value = assigned);
  Object.defineProperty(object, key, {get: () => value, set, enumerable: true, configurable: true});
}

/** One of the classes of a model, whichever. Our equal classes are one class: change one of them only. */
export function oneOfClasses(model: any, index: number): any {
  const classes = Object.values(classesOf(model));
  return classes[index % classes.length];
}

/** The classes of a model by path: itself, and all embedded ones below it. */
export function classesOf(model: any, path = 'model', classes: Record<string, any> = {}): Record<string, any> {
  classes[path] = model;
  for (const name of Object.keys(model.definition?.properties ?? {})) {
    const {type} = model.definition.properties[name];
    const part = Array.isArray(type) ? type[0] : type;
    if (part?.settings?.anonymous) classesOf(part, `${path}.${name}`, classes);
  }
  return classes;
}
