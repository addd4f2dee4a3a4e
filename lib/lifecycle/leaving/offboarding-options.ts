import {inspect} from 'node:util';
import {InvalidOptionError} from '../../scoped-registry/errors';
import {givenOptions} from '../../scoped-registry/option-checks';

export interface DrainOptions {
  /**
   * Milliseconds that work in flight is given to end by itself. 0: none; Infinity: as long as it takes.
   * @default 30_000
   */
  readonly drainTimeout?: number;
}

export interface OffboardingOptions extends DrainOptions {
  /**
   * Milliseconds for each hook to settle and each datasource to disconnect; after that the rest goes on and the report
   * says so.
   * @default drainTimeout, but no less than 1_000 and no more than 10_000
   */
  readonly hookTimeout?: number;
  /**
   * Count what survives, exactly, by a garbage collection: it stops the process for as long as that takes.
   * @default false
   */
  readonly verify?: boolean;
  /**
   * Offboard in two steps: only a tenant that is suspended, any other one is an error, `TENANT_NOT_SUSPENDED`.
   * @default false
   */
  readonly onlySuspended?: boolean;
  /**
   * Where the tenant was offboarded and something failed, do that again: the hooks that failed and the datasources that
   * did not disconnect. The new report takes the place of the old one.
   * @default false
   */
  readonly retry?: boolean;
}

export interface ShutdownOptions extends DrainOptions {
  /**
   * Milliseconds for each datasource to disconnect.
   * @default drainTimeout, but no less than 1_000 and no more than 10_000
   */
  readonly hookTimeout?: number;
}

export const DRAIN_DEFAULTS: Required<DrainOptions> = {drainTimeout: 30_000};
export const SHUTDOWN_DEFAULTS = {...DRAIN_DEFAULTS, hookTimeout: undefined};
export const OFFBOARDING_DEFAULTS = {
  ...SHUTDOWN_DEFAULTS,
  verify: false,
  onlySuspended: false,
  retry: false,
};

/**
 * The options of a verb with their defaults; an explicit undefined counts as left out.
 * @throws InvalidOptionError `INVALID_OPTION`
 */
export function resolveVerbOptions<Options extends DrainOptions, Defaults extends object>(
  verb: string,
  options: Options,
  defaults: Defaults,
): Required<Options> {
  const resolved: Record<string, unknown> = {...defaults, ...givenOptions(verb, options, Object.keys(defaults))};
  for (const [name, value] of Object.entries(resolved)) {
    if (name.endsWith('Timeout')) assertTimeout(name, value);
    else if (typeof value !== 'boolean') throw new InvalidOptionError(`${name} must be true or false, got ${String(value)}.`);
  }
  if (Object.hasOwn(defaults, 'hookTimeout')) {
    resolved.hookTimeout ??= Math.min(Math.max(resolved.drainTimeout as number, 1_000), 10_000);
  }
  return resolved as Required<Options>;
}

function assertTimeout(name: string, value: unknown): void {
  // a hookTimeout that is left out depends on drainTimeout
  if (value === undefined || (typeof value === 'number' && value >= 0)) return;
  throw new InvalidOptionError(`${name} must be a number of milliseconds from 0, got ${inspect(value)}.`);
}
