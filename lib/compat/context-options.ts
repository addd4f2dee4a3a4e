import {InvalidOptionError} from '../scoped-registry/errors';
import {givenOptions} from '../scoped-registry/option-checks';
import {TRAP} from './context-store';

export interface ContextOptions {
  /**
   * What a value of the running context is where none runs: 'strict', an error, TenantIsolationError; 'trap', what the
   * trap context says, whose tenant reads 'trap' and which keeps nothing.
   * @default 'trap' where the environment's CONTEXT_MODE is 'legacy', else 'strict'
   */
  readonly mode?: 'strict' | 'trap';
  /**
   * Codes that are no tenant's: a context may have one, and what runs in it runs for no tenant. 'trap' is always one.
   * @default ['trap', 'service', 'global']
   */
  readonly reservedCodes?: readonly string[];
}

export interface ResolvedContextOptions {
  readonly mode: 'strict' | 'trap';
  readonly reservedCodes: ReadonlySet<string>;
}

const NAMES = ['mode', 'reservedCodes'];

/**
 * The options with their defaults; an explicit undefined counts as left out.
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
  const {mode = environment.CONTEXT_MODE === 'legacy' ? 'trap' : 'strict', reservedCodes = ['service', 'global']} = given;
  if (mode !== 'strict' && mode !== 'trap')
    throw new InvalidOptionError(`mode must be 'strict' or 'trap', got ${JSON.stringify(mode)}.`);
  if (!Array.isArray(reservedCodes) || !reservedCodes.every(code => typeof code === 'string'))
    throw new InvalidOptionError('reservedCodes must be an array of strings.');
  return {mode, reservedCodes: new Set<string>([TRAP, ...reservedCodes])};
}
