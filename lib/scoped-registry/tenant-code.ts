import {InvalidTenantCodeError} from './errors';
import {ignoreRejection} from './primitives/promises';

/** The greatest length of a tenant code, in UTF-16 units. Codes are keys of maps, labels of metrics and parts of messages. */
export const MAX_TENANT_CODE_LENGTH = 256;

/**
 * Checks a tenant code and returns it: a non-empty string of at most 256 characters. Every such string is allowed, also `__proto__` and
 * `constructor`.
 * @throws InvalidTenantCodeError `INVALID_TENANT_CODE` if `code` is anything else
 */
export function tenantCode(code: unknown): string {
  if (typeof code !== 'string') {
    ignoreRejection(code);
    throw new InvalidTenantCodeError(`A tenant code must be a string, got ${code === null ? 'null' : typeof code}.`);
  }
  if (code.length === 0) throw new InvalidTenantCodeError('A tenant code must not be empty.');
  if (code.length > MAX_TENANT_CODE_LENGTH) {
    throw new InvalidTenantCodeError(
      `A tenant code must have at most ${MAX_TENANT_CODE_LENGTH} characters, got ${code.length} (${JSON.stringify(code.slice(0, 32))}…).`,
    );
  }
  return code;
}
