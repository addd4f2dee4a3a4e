import {inspect, types} from 'node:util';

/** What can be seen of a value at a moment, as text by path. Two values show the same if and only if their portraits are equal. */
export class Portrait extends Map<string, string> {}

const VALUE_TYPES: readonly unknown[] = [String, Number, Boolean, Date, Object, Array, Buffer, Function];
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[14][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const NANOID = /(?<=^|['"])(?!generated|anonymous|defaultFn)[\w-]{9}(?=$|['"])/g;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z|\w{3} \w{3} \d\d \d{4} \d\d:\d\d:\d\d GMT[+-]\d{4} \([^)]*\)/gi;
const MINUTE = 60_000;

/**
 * Every own property is looked at, hidden ones and enumerable symbols too, and their order. Left out is what must differ between any two classes
 * or moments: identities, the numbers of embedded classes, the time and generated ids. Builders and datasources are named,
 * not entered; a model class too, unless it is the value itself. A portrait within is drawn as what it was taken of.
 */
export function portrait(value: unknown): Portrait {
  const lines = new Portrait();
  draw(value, '', lines, []);
  return lines;
}

/** The lines in which two portraits differ, to be read by a person; empty where they are equal. */
export function differences(expected: Portrait, actual: Portrait, names: readonly [string, string] = ['stock', 'ours']): string {
  const width = Math.max(...names.map(name => name.length));
  return [...new Set([...expected.keys(), ...actual.keys()])]
    .filter(path => expected.get(path) !== actual.get(path))
    .slice(0, 12)
    .flatMap(path => [path, ...[expected, actual].map((one, i) => `  ${names[i].padEnd(width)}  ${one.get(path) ?? '–'}`)])
    .join('\n');
}

export function isModel(value: unknown): value is {modelName: string} {
  return typeof value === 'function' && 'getMergePolicy' in value && 'modelName' in value;
}

/**
 * Without the `updateOnly: false` that juggler writes into a nested shape with an id. Stock takes it back when it makes the
 * class of the shape again; we make it once.
 */
export function withoutUpdateOnly(value: unknown): Portrait {
  const lines = portrait(value);
  for (const [path, line] of lines) {
    if (/\.updateOnly(\.|$)/.test(path)) lines.delete(path);
    else lines.set(path, line.replace(/, updateOnly\b|\bupdateOnly, |\bupdateOnly\b/, ''));
  }
  return lines;
}

function unnumbered(text: string): string {
  return text.replace(/AnonymousModel_\d+/g, 'AnonymousModel').replace(UUID, '<uuid>');
}

function draw(value: unknown, path: string, lines: Map<string, string>, around: readonly object[]): void {
  if (value instanceof Portrait) {
    for (const [inner, line] of value) lines.set(path + inner, line);
    return;
  }
  if (typeof value === 'string') return void lines.set(path, inspect(text(value)));
  if (typeof value === 'function') return void lines.set(path, functionName(value));
  if (typeof value === 'number' && isNow(value)) return void lines.set(path, 'now');
  if (typeof value !== 'object' || value === null) return void lines.set(path, inspect(value));
  if (around.includes(value)) return void lines.set(path, `the object ${around.length - around.indexOf(value)} levels up`);
  if (value instanceof Date) return void lines.set(path, time(value));
  if (value instanceof RegExp) return void lines.set(path, String(value));
  if (types.isMap(value) || types.isSet(value)) {
    draw([...value], `${path}.${types.isMap(value) ? 'entries' : 'items'}`, lines, [...around, value]);
  }
  if (Buffer.isBuffer(value)) return void lines.set(path, `bytes ${inspect(text(value.toString('latin1')))}`);
  const {constructor} = value as {constructor?: {name?: string}};
  if (constructor && Object.hasOwn(value, 'constructor') && (constructor as Function).prototype === value)
    return void lines.set(path, 'a prototype');
  if ('resolveType' in value) return void lines.set(path, 'a builder');
  if ('connector' in value && 'modelBuilder' in value) return void lines.set(path, 'a datasource');
  const kind = Object.getPrototypeOf(value) === null ? 'null prototype' : unnumbered(String(constructor?.name));
  const isEnumerable = (key: PropertyKey) => Object.getOwnPropertyDescriptor(value, key)!.enumerable;
  const names = Object.getOwnPropertyNames(value).filter(key => key !== 'stack');
  const keys: PropertyKey[] = [...names, ...Object.getOwnPropertySymbols(value).filter(isEnumerable)];
  const shown = keys.map(key => (isEnumerable(key) ? String(key) : `(${String(key)})`));
  lines.set(path, `${kind} {${shown.join(', ')}}`);
  for (const key of keys) {
    draw((value as Record<PropertyKey, unknown>)[key], `${path}.${String(key)}`, lines, [...around, value]);
  }
}

function text(value: string): string {
  return unnumbered(value.replace(NANOID, '<nine characters>').replace(TIME, one => time(new Date(one))));
}

function time(value: Date): string {
  const millis = value.getTime();
  if (Number.isNaN(millis)) return 'no date';
  return isNow(millis) ? 'now' : value.toISOString();
}

function isNow(millis: number): boolean {
  return Math.abs(Date.now() - millis) < MINUTE;
}

function functionName(value: Function): string {
  if (isModel(value)) return `the class ${unnumbered(value.modelName)}`;
  return VALUE_TYPES.includes(value) ? value.name : 'a function';
}
