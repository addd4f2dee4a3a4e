import type {ModelClass} from '../juggler/types';
import {oneForEachMethod, isJugglersOwn, replaceMethod, type MethodReplacement} from '../juggler/method-replacement';

type Options = Readonly<Record<string, unknown>> | undefined;

interface Sanitizing extends ModelClass {
  _getMaxDepthOfData(options: Options): number;
  _getMaxDepthOfQuery(options: Options): number;
  _getProhibitHiddenPropertiesInQuery(options: Options): boolean;
}

/**
 * Spares data and queries juggler's search for what is to be taken out, where that is nothing but undefined values of data:
 * it makes a record and a dozen functions for each value.
 */
export function skipNeedlessSanitizing(statics: object): void {
  replaceMethod(statics, '_sanitizeData', data);
  replaceMethod(statics, '_sanitizeQuery', query);
}

const data = sanitizing((model, options) => {
  return options?.normalizeUndefinedInQuery === undefined ? model._getMaxDepthOfData(options) : 0;
}, true);

const query = sanitizing((model, options) => {
  // what is prohibited is to be reported as well
  return model._getProhibitHiddenPropertiesInQuery(options) ? 0 : model._getMaxDepthOfQuery(options);
}, false);

/**
 * @param depth how deep what is not juggler's to look at may be
 * @param dropsUndefined whether undefined values are to be taken out and nothing else
 */
function sanitizing(depth: (model: Sanitizing, options: Options) => number, dropsUndefined: boolean): MethodReplacement {
  return oneForEachMethod(sanitize => {
    if (!isJugglersOwn(sanitize, 'sanitizeQueryOrData(')) return sanitize;
    return function (this: unknown, value, options, ...rest) {
      const own = options as Options;
      const isOurs = isPlain(value) && own?.maxDepth === undefined && own?.prohibitedKeys === undefined;
      if (isOurs && clean(value, Math.min(depth(this as Sanitizing, own), DEEPEST), dropsUndefined)) return value;
      return sanitize.call(this, value, options, ...rest);
    };
  });
}

/** What is circular is deeper. */
const DEEPEST = 32;

/** @returns whether that was all there is to do */
function clean(value: Record<string, unknown>, depth: number, dropsUndefined: boolean): boolean {
  for (const key of Object.keys(value)) {
    if (!(depth > 0)) return false;
    const item = value[key];
    if (item === undefined) {
      // juggler 4 passes over the key that follows an index
      if (!dropsUndefined || Array.isArray(value) || /^\d+$/.test(key)) return false;
      delete value[key];
    } else if (typeof item === 'string') {
      // juggler escapes what is no regular expression
      if (key === 'regexp' || key.endsWith('like')) return false;
    } else if (isPlain(item) && !clean(item, depth - 1, dropsUndefined)) {
      return false;
    }
  }
  return true;
}

/** What juggler looks into. */
function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && (Array.isArray(value) || value.constructor === Object);
}
