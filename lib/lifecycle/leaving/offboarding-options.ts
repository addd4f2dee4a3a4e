import {InvalidOptionError} from '../../scoped-registry/errors';
import {got} from '../../scoped-registry/got';
import {givenOptions} from '../../scoped-registry/option-checks';

export interface DrainOptions {
  /**
   * Milliseconds to wait for work in flight to end by itself. 0: does not wait; Infinity: waits as long as the work takes.
   * @default 30_000
   */
  readonly drainTimeout?: number;
}

export interface OffboardingOptions extends DrainOptions {
  /**
   * Milliseconds for each hook to settle and for each datasource to disconnect. After that the offboarding goes on with the
   * next one, and the report has an error for it.
   * @default drainTimeout, but no less than 1_000 and no more than 10_000
   */
  readonly hookTimeout?: number;
  /**
   * Run a garbage collection and count exactly which of the tenant's classes are still alive: `survivors` in the report. The
   * process stops during a full collection, which is repeated a few times while classes survive.
   * @default false
   */
  readonly verify?: boolean;
  /**
   * Refuse to offboard a tenant that still takes work: the call throws `TENANT_NOT_SUSPENDED`. This makes an offboarding two
   * steps: `suspend`, then `offboard`.
   * @default false
   */
  readonly onlySuspended?: boolean;
  /**
   * Refuse a tenant of which this process holds nothing: the call throws `TENANT_NOT_FOUND` and leaves no tombstone. This
   * finds a misspelt code. A tenant that was not used lately may be held by other processes only.
   * @default false
   */
  readonly mustExist?: boolean;
  /**
   * If the tenant is offboarded and its offboarding had failures, run the failed hooks again and disconnect the datasources
   * that did not disconnect. The new report replaces the old one.
   * @default false
   */
  readonly retry?: boolean;
}

export interface ShutdownOptions extends DrainOptions {
  /**
   * Milliseconds for each datasource to disconnect. A shutdown runs no hooks.
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
  mustExist: false,
  retry: false,
};

/**
 * Checks the options of a verb and adds the defaults. An option that is undefined counts as left out.
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
    else if (typeof value !== 'boolean') throw new InvalidOptionError(`${name} must be true or false, ${got(value)}.`);
  }
  if (Object.hasOwn(defaults, 'hookTimeout')) {
    resolved.hookTimeout ??= Math.min(Math.max(resolved.drainTimeout as number, 1_000), 10_000);
  }
  return resolved as Required<Options>;
}

function assertTimeout(name: string, value: unknown): void {
  // undefined: hookTimeout was left out, and its default is computed from drainTimeout later
  if (value === undefined || (typeof value === 'number' && value >= 0)) return;
  throw new InvalidOptionError(`${name} must be a number of milliseconds from 0, ${got(value)}.`);
}
