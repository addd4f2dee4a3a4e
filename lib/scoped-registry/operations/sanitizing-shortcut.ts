import type {ModelClass} from '../juggler/types';
import {oneForEachMethod, isJugglersOwn, replaceMethod, type MethodReplacement} from '../juggler/method-replacement';

type Options = Readonly<Record<string, unknown>> | undefined;

interface Sanitizing extends ModelClass {
  _getMaxDepthOfData(options: Options): number;
  _getMaxDepthOfQuery(options: Options): number;
  _getProhibitHiddenPropertiesInQuery(options: Options): boolean;
}

/**
 * Replaces `_sanitizeData` and `_sanitizeQuery` (model-utils.js). juggler walks through all data and queries to remove or report values,
 * and makes a record and a dozen functions for each value. That walk is skipped if it could do nothing, or only remove undefined values
 * from data.
 */
export function skipNeedlessSanitizing(statics: object): void {
  replaceMethod(statics, '_sanitizeData', sanitizeData);
  replaceMethod(statics, '_sanitizeQuery', sanitizeQuery);
}

const sanitizeData = sanitizing((model, options) => {
  return options?.normalizeUndefinedInQuery === undefined ? model._getMaxDepthOfData(options) : 0;
}, true);

const sanitizeQuery = sanitizing((model, options) => {
  // juggler also reports prohibited properties
  return model._getProhibitHiddenPropertiesInQuery(options) ? 0 : model._getMaxDepthOfQuery(options);
}, false);

/**
 * @param maxDepthOf the depth beyond which a value is left to juggler; 0 leaves every value to juggler
 * @param dropsUndefined whether undefined values are removed here; if not, a value that contains one is left to juggler
 */
function sanitizing(maxDepthOf: (model: Sanitizing, options: Options) => number, dropsUndefined: boolean): MethodReplacement {
  return oneForEachMethod(sanitize => {
    if (!isJugglersOwn(sanitize, 'sanitizeQueryOrData(')) return sanitize;
    return function (this: unknown, value, options, ...rest) {
      const own = options as Options;
      const mayBeSkipped = isWalked(value) && own?.maxDepth === undefined && own?.prohibitedKeys === undefined;
      if (mayBeSkipped && isCleaned(value, Math.min(maxDepthOf(this as Sanitizing, own), MAX_DEPTH), dropsUndefined))
        return value;
      return sanitize.call(this, value, options, ...rest);
    };
  });
}

/** A deeper value is left to juggler, and so is a circular one, which has no end. */
const MAX_DEPTH = 32;

/**
 * Removes undefined values if `dropsUndefined` is true.
 * @returns whether juggler has nothing more to do
 */
function isCleaned(value: Record<string, unknown>, depth: number, dropsUndefined: boolean): boolean {
  for (const key of Object.keys(value)) {
    if (!(depth > 0)) return false;
    const item = value[key];
    if (item === undefined) {
      // juggler 4 skips the key after an index that it has removed
      if (!dropsUndefined || Array.isArray(value) || /^\d+$/.test(key)) return false;
      delete value[key];
    } else if (typeof item === 'string') {
      // juggler escapes a text that is not a valid regular expression
      if (key === 'regexp' || key.endsWith('like')) return false;
    } else if (isWalked(item) && !isCleaned(item, depth - 1, dropsUndefined)) {
      return false;
    }
  }
  return true;
}

/** Whether juggler's walk goes into a value. */
function isWalked(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && (Array.isArray(value) || value.constructor === Object);
}
