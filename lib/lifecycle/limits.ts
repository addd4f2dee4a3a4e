import {InvalidOptionError} from '../scoped-registry/errors';
import {got} from '../scoped-registry/got';

/**
 * Checks an option that limits how many items are held at once.
 * @param name the option's name, for the message
 * @throws InvalidOptionError `INVALID_OPTION`
 */
export function assertLimit(name: string, value: unknown): void {
  if ((Number.isSafeInteger(value) && Number(value) >= 1) || value === Infinity) return;
  throw new InvalidOptionError(`${name} must be a whole number from 1, or Infinity, ${got(value)}.`);
}

/**
 * Checks the option `idleTtl`.
 * @throws InvalidOptionError `INVALID_OPTION`
 */
export function assertIdleTtl(value: unknown): void {
  if (typeof value === 'number' && value > 0) return;
  throw new InvalidOptionError(`idleTtl must be a number of milliseconds above 0, or Infinity, ${got(value)}.`);
}
