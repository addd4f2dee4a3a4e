import {InvalidOptionError} from '../scoped-registry/errors';

export const DEFAULT_DRAIN_TIMEOUT = 30_000;

export interface OffboardingOptions {
  /**
   * Milliseconds for each datasource to disconnect and each hook to settle; after that the rest goes on and the report
   * says so.
   * @default 30_000
   */
  readonly drainTimeout?: number;
  /**
   * Count what survives, exactly, by a garbage collection: it stops the process for as long as that takes.
   * @default false
   */
  readonly verify?: boolean;
}

/**
 * The options with their defaults; an explicit undefined counts as left out.
 * @throws InvalidOptionError `INVALID_OPTION`
 */
export function resolveOffboardingOptions(options: OffboardingOptions): Required<OffboardingOptions> {
  if (typeof options !== 'object' || options === null) throw new InvalidOptionError('offboard takes an object of options.');
  const {drainTimeout = DEFAULT_DRAIN_TIMEOUT, verify = false, ...unknown} = options;
  const names = Object.keys(unknown);
  if (names.length > 0)
    throw new InvalidOptionError(`Unknown option ${names.join(', ')}. offboard takes drainTimeout and verify.`);
  if (typeof drainTimeout !== 'number' || !(drainTimeout >= 0)) {
    throw new InvalidOptionError(`drainTimeout must be a number of milliseconds from 0, got ${String(drainTimeout)}.`);
  }
  if (typeof verify !== 'boolean') throw new InvalidOptionError(`verify must be true or false, got ${String(verify)}.`);
  return {drainTimeout, verify};
}
