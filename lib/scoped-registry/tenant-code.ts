import {InvalidTenantCodeError} from './errors';
import {got} from './got';
import {ignoreRejection} from './primitives/promises';

/** The greatest length of a tenant code, in UTF-16 units. Codes are keys of maps, labels of metrics and parts of messages. */
export const MAX_TENANT_CODE_LENGTH = 256;

/**
 * Checks a tenant code: a non-empty string of at most 256 characters. Every such string is allowed, also `__proto__` and `constructor`.
 * Whoever keeps the code must keep the string that this returns: the given one may keep a whole header or URL alive, see `flatCopy`.
 * @returns the code
 * @throws InvalidTenantCodeError `INVALID_TENANT_CODE` if `code` is anything else
 */
export function tenantCode(code: unknown): string {
  if (typeof code !== 'string') {
    ignoreRejection(code);
    throw new InvalidTenantCodeError(`A tenant code must be a string, ${got(code)}.`);
  }
  if (code.length === 0) throw new InvalidTenantCodeError('A tenant code must not be empty.');
  if (code.length > MAX_TENANT_CODE_LENGTH) {
    throw new InvalidTenantCodeError(
      `A tenant code must have at most ${MAX_TENANT_CODE_LENGTH} characters, got ${code.length} (${JSON.stringify(code.slice(0, 32))}…).`,
    );
  }
  return flatCopy(code);
}

/** V8 copies the characters of a shorter part, so it keeps no other string alive. */
const SHORTEST_SLICE = 13;
const NOT_LATIN1 = /[^\0-\xff]/;

/**
 * Returns a string with the same characters and nothing else. V8 makes a part of a string as a reference to the whole: the code `acme-…`
 * that was cut out of a URL of 16 KB keeps these 16 KB for as long as the code is the key of a table.
 */
export function flatCopy(text: string): string {
  if (text.length < SHORTEST_SLICE) return text;
  const encoding = NOT_LATIN1.test(text) ? 'utf16le' : 'latin1';
  return Buffer.from(text, encoding).toString(encoding);
}
