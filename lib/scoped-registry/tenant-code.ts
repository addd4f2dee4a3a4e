import {InvalidTenantCodeError} from './errors';

/** Longest accepted tenant code, in UTF-16 units: codes are keys of maps, labels of metrics and parts of messages. */
export const MAX_TENANT_CODE_LENGTH = 256;

/**
 * Returns `code` where it is a usable tenant code: a non-empty string of at most 256 characters. Any such string is
 * ordinary, `__proto__` and `constructor` included.
 * @throws InvalidTenantCodeError `INVALID_TENANT_CODE`
 */
export function tenantCode(code: unknown): string {
  if (typeof code !== 'string') {
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
