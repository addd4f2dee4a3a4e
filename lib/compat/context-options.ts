import {InvalidOptionError} from '../scoped-registry/errors';
import {got} from '../scoped-registry/got';
import {givenOptions} from '../scoped-registry/option-checks';
import {ReservedCodes} from './reserved-codes';

/** The options of a ContextApi. */
export interface ContextOptions {
  /**
   * What happens when a value of the running context is read or set and no context runs. 'strict': a TenantIsolationError.
   * 'trap': a read gets the value of the trap context, whose tenant is 'trap' and whose other values are undefined; a set
   * value is dropped.
   * @default 'trap' when the environment variable CONTEXT_MODE is 'legacy', otherwise 'strict'
   */
  readonly mode?: 'strict' | 'trap';
  /**
   * Codes that name no tenant. Using one as a tenant is a TenantIsolationError `TENANT_REFUSED`; only `runWithoutTenant` takes
   * one. 'trap' is always reserved.
   * @default ['trap', 'service', 'global']
   */
  readonly reservedCodes?: readonly string[];
}

export interface ResolvedContextOptions {
  readonly mode: 'strict' | 'trap';
  readonly reservedCodes: ReservedCodes;
}

const NAMES = ['mode', 'reservedCodes'];

/**
 * Checks the options and adds the defaults. An option that is undefined gets its default.
 * @throws InvalidOptionError `INVALID_OPTION`
 */
export function resolveContextOptions(options: ContextOptions, environment: NodeJS.ProcessEnv): ResolvedContextOptions {
  const given = givenOptions('A context', options, NAMES);
  if (environment.DISABLE_ASYNC_CONTEXT === 'true') {
    throw new InvalidOptionError(
      'DISABLE_ASYNC_CONTEXT is not supported: without AsyncLocalStorage no work knows its tenant. Leave it unset, and pass ' +
        'a tenant by hand, where it must be, with registries.acquire(tenant).',
    );
  }
  const {mode = environment.CONTEXT_MODE === 'legacy' ? 'trap' : 'strict', reservedCodes} = given;
  if (mode !== 'strict' && mode !== 'trap') throw new InvalidOptionError(`mode must be 'strict' or 'trap', ${got(mode)}.`);
  return {mode, reservedCodes: new ReservedCodes(reservedCodes)};
}
