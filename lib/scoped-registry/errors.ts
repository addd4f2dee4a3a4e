/** Every code that an error of this library can carry. Codes are stable: match on them, not on messages. */
export type ErrorCode =
  | 'INVALID_OPTION'
  | 'INVALID_TENANT_CODE'
  | 'NO_TENANT'
  | 'TENANT_REFUSED'
  | 'TENANT_SUSPENDED'
  | 'TENANT_NOT_SUSPENDED'
  | 'TENANT_OFFBOARDED'
  | 'TENANT_BUILT'
  | 'TOO_MANY_TENANTS'
  | 'CONTEXT_ENDED'
  | 'TENANT_UNAVAILABLE'
  | 'TENANT_MISMATCH'
  | 'DATASOURCE_CLOSED'
  | 'REGISTRY_DISPOSED'
  | 'REGISTRIES_DISPOSED'
  | 'CONNECTOR_SHARED'
  | 'UNSUPPORTED_JUGGLER'
  | 'ALREADY_INSTALLED';

export interface ErrorFacts {
  /** The tenant concerned, where there is one. */
  readonly tenant?: string;
  readonly cause?: unknown;
}

/** Shared by every installed copy of this package, so that `instanceof` holds across copies. */
const brand = Symbol.for('loopback-scoped-registry.error');

/** The base of all errors thrown by this library. */
export class ScopedRegistryError extends Error {
  /** Stable, for programs. */
  readonly code: ErrorCode;
  /** The tenant concerned, where there is one. */
  declare readonly tenant?: string;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : {cause: facts.cause});
    this.name = new.target.name;
    this.code = code;
    if (facts.tenant !== undefined) this.tenant = facts.tenant;
    Object.defineProperty(this, brand, {value: new.target.name});
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    const name: unknown = (value as Record<symbol, unknown> | null | undefined)?.[brand];
    if (this === ScopedRegistryError) return name !== undefined;
    return name === this.name || Function.prototype[Symbol.hasInstance].call(this, value);
  }
}

/** `INVALID_OPTION`: an option or argument has a value that cannot work. */
export class InvalidOptionError extends ScopedRegistryError {
  constructor(message: string) {
    super('INVALID_OPTION', message);
  }
}

/** `INVALID_TENANT_CODE`: a tenant code is not a non-empty string within the length limit. */
export class InvalidTenantCodeError extends ScopedRegistryError {
  constructor(message: string) {
    super('INVALID_TENANT_CODE', message);
  }
}

/** `NO_TENANT`: work that must be a tenant's is done where no tenant runs. */
export class NoTenantError extends ScopedRegistryError {
  constructor(what: string) {
    super(
      'NO_TENANT',
      `${what}, and no tenant is running. Do it within TenantContext.run(tenant, …); a callback that loses the context ` +
        'keeps it by TenantContext.bind(callback).',
    );
  }
}

/** `TENANT_REFUSED`: the `isTenant` gate does not know this tenant. */
export class TenantRefusedError extends ScopedRegistryError {
  constructor(tenant: string) {
    super(
      'TENANT_REFUSED',
      `Tenant ${JSON.stringify(tenant)} is refused by isTenant, so no registry is made for it. ` +
        'Check the code, or let isTenant accept it.',
      {tenant},
    );
  }
}

/** `TENANT_SUSPENDED`: the tenant takes no new work until it is resumed. */
export class TenantSuspendedError extends ScopedRegistryError {
  constructor(tenant: string) {
    super(
      'TENANT_SUSPENDED',
      `Tenant ${JSON.stringify(tenant)} is suspended and takes no new work. ` +
        `Turn the caller away, or call registries.resume(${JSON.stringify(tenant)}).`,
      {tenant},
    );
  }
}

/** `TENANT_NOT_SUSPENDED`: an offboarding with `onlySuspended` is asked for a tenant that still takes work. */
export class TenantNotSuspendedError extends ScopedRegistryError {
  constructor(tenant: string) {
    super(
      'TENANT_NOT_SUSPENDED',
      `Tenant ${JSON.stringify(tenant)} is not suspended, and only a suspended one is to be offboarded here. ` +
        `Call registries.suspend(${JSON.stringify(tenant)}) first.`,
      {tenant},
    );
  }
}

/** `TENANT_BUILT`: settings are given for a tenant that is built already. */
export class TenantBuiltError extends ScopedRegistryError {
  constructor(tenant: string) {
    super(
      'TENANT_BUILT',
      `Tenant ${JSON.stringify(tenant)} is built already, and configure() is for before that. ` +
        `Call registries.reload(${JSON.stringify(tenant)}, {settings}) to change the settings of a tenant at work.`,
      {tenant},
    );
  }
}

/** `TOO_MANY_TENANTS`: more tenants are suspended or configured than are remembered. */
export class TooManyTenantsError extends ScopedRegistryError {
  constructor(tenant: string, state: string, most: number) {
    super(
      'TOO_MANY_TENANTS',
      `Tenant ${JSON.stringify(tenant)} cannot be ${state}: ${most} are already, and no more are remembered. ` +
        'Raise maxTombstones, which bounds these as well, or let isTenant decide.',
      {tenant},
    );
  }
}

/** `CONTEXT_ENDED`: a value of a tenant context is set, or the registry of a lease is read, after its work is over. */
export class ContextEndedError extends ScopedRegistryError {
  constructor(tenant: string) {
    super(
      'CONTEXT_ENDED',
      `This context of tenant ${JSON.stringify(tenant)} has ended, and late work holds nothing in it. ` +
        'Do what is left within a TenantContext.run of its own.',
      {tenant},
    );
  }
}

/** `TENANT_OFFBOARDED`: the tenant has left; its classes, builders and datasources are of no further use. */
export class TenantOffboardedError extends ScopedRegistryError {
  constructor(tenant: string) {
    super(
      'TENANT_OFFBOARDED',
      `Tenant ${JSON.stringify(tenant)} was offboarded. If it has come back, call ` +
        `registries.reinstate(${JSON.stringify(tenant)}) and define its models anew.`,
      {tenant},
    );
  }
}

/** `TENANT_UNAVAILABLE`: a tenant's datasource cannot be connected, or it is not ready. Others are not concerned. */
export class TenantUnavailableError extends ScopedRegistryError {
  /** Milliseconds after which to try again. */
  readonly retryAfter: number;

  constructor(tenant: string, cause: unknown, retryAfter = 1_000) {
    super(
      'TENANT_UNAVAILABLE',
      `Tenant ${JSON.stringify(tenant)} is not available: ${reason(cause)}. Check its settings and its ` +
        'server; the next call tries anew.',
      {tenant, cause},
    );
    this.retryAfter = retryAfter;
  }
}

/** Of what Node says about a host with several addresses the message is empty. */
function reason(cause: unknown): string {
  const {message, code} = (cause ?? {}) as {message?: unknown; code?: unknown};
  return String(message || code || cause).replace(/\.$/, '');
}

/** `TENANT_MISMATCH`: something of one tenant's is used in another one's work. */
export class TenantMismatchError extends ScopedRegistryError {
  /** @param running the tenant whose work it is used in */
  constructor(what: string, tenant: string, running: string) {
    super(
      'TENANT_MISMATCH',
      `${what} is of tenant ${JSON.stringify(tenant)}, and tenant ${JSON.stringify(running)} is running. ` +
        `Do this within TenantContext.run(${JSON.stringify(tenant)}, …), or copy its values into a new instance.`,
      {tenant},
    );
  }
}

/** `DATASOURCE_CLOSED`: a datasource is used that its TenantDataSources has closed, as unused or on request. */
export class DataSourceClosedError extends ScopedRegistryError {
  constructor(tenant: string) {
    super(
      'DATASOURCE_CLOSED',
      `This datasource of tenant ${JSON.stringify(tenant)} was closed. Keep none: ask for the current one by ` +
        `get(${JSON.stringify(tenant)}) at each use.`,
      {tenant},
    );
  }
}

/** `REGISTRY_DISPOSED`: a registry, or a model class that it owned, is used after `dispose()`. */
export class RegistryDisposedError extends ScopedRegistryError {
  constructor(tenant: string | undefined) {
    super(
      'REGISTRY_DISPOSED',
      tenant === undefined
        ? 'This model registry was disposed. Make a new one and define its models anew.'
        : `The model registry of tenant ${JSON.stringify(tenant)} was disposed. ` +
            `Get the current one with registries.for(${JSON.stringify(tenant)}) and define its models anew.`,
      {tenant},
    );
  }
}

/** `REGISTRIES_DISPOSED`: a TenantRegistries is used after `dispose()`. */
export class RegistriesDisposedError extends ScopedRegistryError {
  constructor() {
    super('REGISTRIES_DISPOSED', 'These TenantRegistries were disposed: the process is shutting down, or a new one is due.');
  }
}

/** `CONNECTOR_SHARED`: one connector object is given to datasources of two tenants. */
export class ConnectorSharedError extends ScopedRegistryError {
  constructor(connector: string) {
    super(
      'CONNECTOR_SHARED',
      `Connector ${JSON.stringify(connector)} already serves a datasource of another registry, and a connector keeps ` +
        'one table of models. Give each datasource a connector of its own, or let one datasource follow the running tenant.',
    );
  }
}

/** `UNSUPPORTED_JUGGLER`: what was given is no loopback-datasource-juggler of a supported major. */
export class UnsupportedJugglerError extends ScopedRegistryError {
  constructor(message: string) {
    super('UNSUPPORTED_JUGGLER', message);
  }
}

/** `ALREADY_INSTALLED`: a copy of juggler can follow one TenantRegistries at a time. */
export class AlreadyInstalledError extends ScopedRegistryError {
  constructor() {
    super(
      'ALREADY_INSTALLED',
      'install() was called for this copy of juggler already. Call the function that it returned before you install anew.',
    );
  }
}

/**
 * Lets an error that is kept hold nothing but its text: until its stack is read for the first time, V8 keeps the frames'
 * receivers and functions, model classes among them.
 */
export function settleStack<T>(error: T): T {
  for (let link: unknown = error; link instanceof Error; link = link.cause) void link.stack;
  return error;
}
