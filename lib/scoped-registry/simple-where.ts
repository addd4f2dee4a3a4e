import type {ModelClass, Properties} from './juggler';
import {cached, isJugglers, replace} from './stand-in';

/**
 * Spares a `where` that is as it should be already juggler's coercion of it: that makes an error, with a stack, for each
 * value that is no array, and throws it to itself.
 */
export function passSimpleWheres(statics: object): void {
  replace(statics, '_coerce', standIn);
}

const standIn = cached(coerce => {
  if (!isJugglers(coerce, 'coerceArray')) return coerce;
  return function (this: unknown, where, options, definition, ...rest) {
    const {properties} = (definition ?? {}) as {properties?: Properties};
    if (isObject(where) && isSimple(where, properties ?? (this as ModelClass).definition!.properties))
      return withOwnComparisons(where);
    return coerce.call(this, where, options, definition, ...rest);
  };
});

/** Whether all there is are values of the types of their properties, which coercion leaves alone. */
function isSimple(where: Readonly<Record<string, unknown>>, properties: Properties): boolean {
  for (const name in where) {
    if (name === 'and' || name === 'or' || name === 'nor') return false;
    const type = (properties[name] as {type?: unknown} | undefined)?.type;
    const value = where[name];
    if (!type || value === null || value === undefined) continue;
    if (TYPES[typeof operand(value)] !== type) return false;
  }
  return true;
}

/** What a comparison compares with, where there is nothing else in it. */
function operand(value: unknown): unknown {
  const operator = comparison(value);
  return operator === undefined ? value : (value as Record<string, unknown>)[operator];
}

function comparison(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || value.constructor !== Object) return undefined;
  const [operator, another] = Object.keys(value);
  return another === undefined && COMPARISONS.has(operator) ? operator : undefined;
}

/** juggler puts an equal one in the place of each, which hooks may write to: the caller's may be for all queries. */
function withOwnComparisons(where: Record<string, unknown>): Record<string, unknown> {
  for (const name in where) if (comparison(where[name]) !== undefined) where[name] = {...(where[name] as object)};
  return where;
}

const COMPARISONS = new Set(['neq', 'gt', 'gte', 'lt', 'lte']);

function isObject(where: unknown): where is Record<string, unknown> {
  return typeof where === 'object' && where !== null && !Array.isArray(where);
}

const TYPES: Readonly<Record<string, Function | undefined>> = {string: String, number: Number, boolean: Boolean};
