import {InvalidOptionError} from '../scoped-registry/errors';
import {got} from '../scoped-registry/got';
import {TenantIsolationError} from './tenant-isolation-error';

/** The code that compat members return as the tenant of work without a tenant. */
export const TRAP = 'trap';

/** The code by which the fork's API names the shared models. */
export const GLOBAL = 'global';

/** The codes that are reserved unless the application names others. */
export const DEFAULT_RESERVED_CODES: readonly string[] = Object.freeze([TRAP, 'service', GLOBAL]);

/**
 * Codes that name no tenant in the compat API. Requests name their tenants by strings, so no string may lead to the shared
 * models: a tenant of such a name would write where all tenants read.
 */
export class ReservedCodes {
  readonly #codes: ReadonlySet<string>;

  /**
   * @param always codes that are reserved besides the given ones
   * @throws InvalidOptionError `INVALID_OPTION`
   */
  constructor(codes: readonly string[] = DEFAULT_RESERVED_CODES, always: readonly string[] = [TRAP]) {
    if (!Array.isArray(codes) || !codes.every(code => typeof code === 'string'))
      throw new InvalidOptionError(`reservedCodes must be an array of strings, ${got(codes)}.`);
    this.#codes = new Set<string>([...always, ...codes]);
  }

  has(code: string | undefined): boolean {
    return code !== undefined && this.#codes.has(code);
  }

  list(): readonly string[] {
    return Object.freeze([...this.#codes]);
  }

  /** @throws TenantIsolationError `TENANT_REFUSED` for a reserved code */
  assertTenant(code: string | undefined): void {
    if (code === undefined || !this.#codes.has(code)) return;
    throw new TenantIsolationError(
      'TENANT_REFUSED',
      `The code ${JSON.stringify(code)} is reserved in /compat, and names no tenant there. Turn the caller away, or change ` +
        "reservedCodes. The application runs work of its own, which is no tenant's, by Context.runWithoutTenant(code, work).",
      code,
    );
  }
}
