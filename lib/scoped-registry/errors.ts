/** The `code` of every error that this library throws. Codes are stable: match on `code`, not on the message. */
export type ErrorCode =
  | 'INVALID_OPTION'
  | 'INVALID_TENANT_CODE'
  | 'NO_TENANT'
  | 'TENANT_REFUSED'
  | 'TENANT_SUSPENDED'
  | 'TENANT_NOT_SUSPENDED'
  | 'TENANT_NOT_FOUND'
  | 'TENANT_OFFBOARDED'
  | 'TENANT_BUILT'
  | 'TOO_MANY_TENANTS'
  | 'STRUCTURE_TOO_DEEP'
  | 'CONTEXT_ENDED'
  | 'TENANT_UNAVAILABLE'
  | 'TENANT_MISMATCH'
  | 'DATASOURCE_CLOSED'
  | 'REGISTRY_DISPOSED'
  | 'REGISTRIES_DISPOSED'
  | 'CONNECTOR_SHARED'
  | 'UNSUPPORTED_JUGGLER'
  | 'ALREADY_INSTALLED'
  | 'TWO_COPIES'
  | 'BINDING_ORDER';

/** What an error carries besides its code and message. */
export interface ErrorFacts {
  /** The tenant that the error is about, if there is one. */
  readonly tenant?: string;
  /** The error that led to this one, if there is one. */
  readonly cause?: unknown;
}

/** Marks the errors of this library. A registered symbol, so that `instanceof` works across installed copies of this package. */
const brand = Symbol.for('loopback-scoped-registry.error');

/** The base class of all errors of this library. `instanceof` also accepts errors of another installed copy of this package. */
export class ScopedRegistryError extends Error {
  /** Says which error it is. Stable: match on it, not on the message. */
  readonly code: ErrorCode;
  /** The tenant that the error is about, if there is one. */
  declare readonly tenant?: string;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : {cause: facts.cause});
    this.name = new.target.name;
    this.code = code;
    if (facts.tenant !== undefined) this.tenant = facts.tenant;
    Object.defineProperty(this, brand, {value: new.target.name});
  }

  /** Never throws: a value that user code has thrown may be a proxy, and even one that is revoked. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    try {
      const name: unknown = (value as Record<symbol, unknown> | null | undefined)?.[brand];
      if (this === ScopedRegistryError) return name !== undefined;
      return name === this.name || Function.prototype[Symbol.hasInstance].call(this, value);
    } catch {
      return false;
    }
  }
}

/** `INVALID_OPTION`: an option or an argument has an invalid value, or an option has an unknown name. */
export class InvalidOptionError extends ScopedRegistryError {
  constructor(message: string) {
    super('INVALID_OPTION', message);
  }
}

/** `INVALID_TENANT_CODE`: a tenant code is not a string, is empty, or is longer than 256 characters. */
export class InvalidTenantCodeError extends ScopedRegistryError {
  constructor(message: string) {
    super('INVALID_TENANT_CODE', message);
  }
}

/** `NO_TENANT`: an operation that needs a running tenant was called outside of every tenant context. */
export class NoTenantError extends ScopedRegistryError {
  /** @param operation what was called: a sentence without its full stop, the beginning of the message */
  constructor(operation: string) {
    super(
      'NO_TENANT',
      `${operation}, but no tenant is running. Do it within TenantContext.run(tenant, …). ` +
        'If a callback loses the context, pass TenantContext.bind(callback) instead.',
    );
  }
}

/** `TENANT_REFUSED`: the option `isTenant` returned false for this tenant, or `lookUp` of a middleware has not found it. */
export class TenantRefusedError extends ScopedRegistryError {
  /** @param by the function of the application that does not know the tenant */
  constructor(tenant: string, by: 'isTenant' | 'lookUp' = 'isTenant') {
    const [refusal, remedy] = {
      isTenant: ['is refused by isTenant', 'let isTenant accept it'],
      lookUp: ['was not found by lookUp', 'let lookUp return its settings'],
    }[by];
    super(
      'TENANT_REFUSED',
      `Tenant ${JSON.stringify(tenant)} ${refusal}, so no registry is made for it. Check the code, or ${remedy}.`,
      {tenant},
    );
  }
}

/** `TENANT_SUSPENDED`: the tenant is suspended. New work is refused until `registries.resume(tenant)` is called. */
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

/** `TENANT_NOT_SUSPENDED`: `offboard` was called with `onlySuspended`, and the tenant is not suspended. */
export class TenantNotSuspendedError extends ScopedRegistryError {
  constructor(tenant: string) {
    super(
      'TENANT_NOT_SUSPENDED',
      `Tenant ${JSON.stringify(tenant)} is not suspended, and offboard() was called with onlySuspended. ` +
        `Call registries.suspend(${JSON.stringify(tenant)}) first.`,
      {tenant},
    );
  }
}

/** `TENANT_NOT_FOUND`: `offboard` was called with `mustExist`, and this process holds nothing of the tenant. */
export class TenantNotFoundError extends ScopedRegistryError {
  constructor(tenant: string) {
    super(
      'TENANT_NOT_FOUND',
      `Tenant ${JSON.stringify(tenant)} has no registry, datasource, settings or work in this process, and offboard() was called ` +
        'with mustExist. Check the code: letter case counts. To refuse the tenant all the same, call offboard() without mustExist.',
      {tenant},
    );
  }
}

/** `TENANT_BUILT`: `configure` was called for a tenant that has a registry already. */
export class TenantBuiltError extends ScopedRegistryError {
  constructor(tenant: string) {
    super(
      'TENANT_BUILT',
      `Tenant ${JSON.stringify(tenant)} has a registry already, and configure() must be called before that. ` +
        `Call registries.reload(${JSON.stringify(tenant)}, {settings}) to change the settings now.`,
      {tenant},
    );
  }
}

/** `TOO_MANY_TENANTS`: `maxTombstones` tenants are suspended, or configured, already. */
export class TooManyTenantsError extends ScopedRegistryError {
  /** @param state 'suspended' or 'configured' */
  constructor(tenant: string, state: string, limit: number) {
    super(
      'TOO_MANY_TENANTS',
      `Tenant ${JSON.stringify(tenant)} cannot be ${state}: ${limit} tenants are ${state} already, which is the limit. ` +
        'Raise maxTombstones, which sets this limit too, or refuse tenants by isTenant instead.',
      {tenant},
    );
  }
}

/**
 * `STRUCTURE_TOO_DEEP`: a document, a property set or settings have more levels of objects and arrays within each other than `maxDepth`
 * allows, or a property leads back to itself.
 */
export class StructureTooDeepError extends ScopedRegistryError {
  /** @param limit the option `maxDepth` */
  constructor(limit: number) {
    super(
      'STRUCTURE_TOO_DEEP',
      `No model is made of a structure with more than ${limit} levels of objects and arrays within each other, or with a property that ` +
        'leads back to itself. Refuse the document, or raise maxDepth.',
    );
  }
}

/**
 * `CONTEXT_ENDED`: code uses a tenant context that has ended (sets a value, adds a callback), or reads the registry of a lease that was
 * released.
 */
export class ContextEndedError extends ScopedRegistryError {
  constructor(tenant: string) {
    super(
      'CONTEXT_ENDED',
      `This context of tenant ${JSON.stringify(tenant)} has ended and can no longer be used. ` +
        'Do the remaining work within a TenantContext.run of its own.',
      {tenant},
    );
  }
}

/**
 * `TENANT_OFFBOARDED`: the tenant was offboarded. Its classes, builders and datasources cannot be used any more, and no registry is
 * made for it until `registries.reinstate(tenant)` is called.
 */
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

/**
 * `TENANT_UNAVAILABLE`: the tenant cannot be served now. Its datasource cannot be connected, or the tenant is not ready. Other tenants
 * are not affected.
 */
export class TenantUnavailableError extends ScopedRegistryError {
  /** How long the caller should wait before the next attempt, in milliseconds. */
  readonly retryAfter: number;

  /**
   * @param cause why the tenant is not available
   * @param retryAfter in milliseconds; one second by default
   */
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

/** Node's error about a host with several addresses has an empty message, and says the reason by its code. */
function reason(cause: unknown): string {
  return printed(() => {
    const {message, code} = (cause ?? {}) as {message?: unknown; code?: unknown};
    return String(message || code || cause).replace(/\.$/, '');
  });
}

/** `TENANT_MISMATCH`: something that belongs to one tenant is used while another tenant is running. */
export class TenantMismatchError extends ScopedRegistryError {
  /** The tenant that was running. */
  readonly running: string;

  /**
   * @param subject what is used, the beginning of the message, such as 'This Customer'
   * @param tenant the tenant that it belongs to
   * @param running the tenant that is running
   * @param remedy what to do next
   */
  constructor(
    subject: string,
    tenant: string,
    running: string,
    remedy = `Do this within TenantContext.run(${JSON.stringify(tenant)}, …), or copy its values into a new instance.`,
  ) {
    super(
      'TENANT_MISMATCH',
      `${subject} belongs to tenant ${JSON.stringify(tenant)}, but tenant ${JSON.stringify(running)} is running. ${remedy}`,
      {tenant},
    );
    this.running = running;
  }
}

/**
 * `DATASOURCE_CLOSED`: a datasource is used after its TenantDataSources has closed it, because it was idle, because there were too many,
 * or on request.
 */
export class DataSourceClosedError extends ScopedRegistryError {
  constructor(tenant: string) {
    super(
      'DATASOURCE_CLOSED',
      `This datasource of tenant ${JSON.stringify(tenant)} was closed. Do not keep datasources: ask for the current one by ` +
        `get(${JSON.stringify(tenant)}) at each use.`,
      {tenant},
    );
  }
}

/**
 * `REGISTRY_DISPOSED`: a registry, or a model class that it owned, is used after the registry was disposed: by `dispose()`, or by its
 * TenantRegistries (an eviction by hand, a reload).
 */
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

/**
 * `REGISTRIES_DISPOSED`: a TenantRegistries is used after it was disposed or shut down, or an application of LoopBack 4 serves tenants after it
 * has stopped.
 */
export class RegistriesDisposedError extends ScopedRegistryError {
  constructor(what = 'This TenantRegistries was disposed') {
    super('REGISTRIES_DISPOSED', `${what}. Start no new work if the process is shutting down; else make a new one.`);
  }
}

/** `CONNECTOR_SHARED`: one connector object is given to datasources of two registries, which may be those of two tenants. */
export class ConnectorSharedError extends ScopedRegistryError {
  constructor(connector: string) {
    super(
      'CONNECTOR_SHARED',
      `Connector ${JSON.stringify(connector)} already serves a datasource of another registry, and a connector keeps ` +
        'one table of models. Give each datasource a connector of its own, or let one datasource follow the running tenant: its ' +
        'rows are then those of all tenants, unless each has a table of its own.',
    );
  }
}

/** `UNSUPPORTED_JUGGLER`: the argument is not a loopback-datasource-juggler, or not of a supported version. */
export class UnsupportedJugglerError extends ScopedRegistryError {
  constructor(message: string) {
    super('UNSUPPORTED_JUGGLER', message);
  }
}

/** `ALREADY_INSTALLED`: `install` was called a second time for one copy of juggler, without its undo in between. */
export class AlreadyInstalledError extends ScopedRegistryError {
  constructor() {
    super(
      'ALREADY_INSTALLED',
      'install() was called for this copy of juggler already. Call the function that it returned before you install anew.',
    );
  }
}

/** An installed copy of this package. */
export interface PackageCopy {
  readonly version: string;
  /** The folder of its package.json. */
  readonly folder: string;
}

/**
 * `TWO_COPIES`: two copies of this package are loaded in one process and have met: one was given what the other has made, or one asks for
 * the running tenant while a context of the other runs. Copies share no contexts and no registries.
 */
export class TwoCopiesError extends ScopedRegistryError {
  /** The copies: first the one that throws this error. */
  readonly copies: readonly [PackageCopy, PackageCopy];

  /** @param meeting what was done, a sentence without its full stop */
  constructor(meeting: string, here: PackageCopy, other: PackageCopy) {
    const copies = [here, other].map(({version, folder}) => ({version, folder})) as [PackageCopy, PackageCopy];
    const [one, two] = copies.map(({version, folder}) => `${version} in ${folder}`);
    const remedy =
      here.folder === other.folder
        ? 'The same folder was loaded twice, because the module cache was cleared in between. Load it once.'
        : 'Run `npm ls loopback-scoped-registry` to see which packages bring them, and `npm dedupe` to have one. If their version ranges ' +
          'do not overlap, change one of them.';
    super(
      'TWO_COPIES',
      `${meeting}. Two copies of loopback-scoped-registry are loaded, ${one}, and ${two}. They share no contexts and no registries. ${remedy}`,
    );
    this.copies = copies;
  }
}

/** The causes of an error that are looked at: a chain may be endless, or a cycle. */
const MOST_CAUSES = 100;

/**
 * `BINDING_ORDER`: a LoopBack 4 application has bound a key of TenantComponent too late, so that the component has not read it, or has
 * bound a key that the component binds itself.
 */
export class BindingOrderError extends ScopedRegistryError {
  /** @param advice what the application must do: whole sentences, the end of the message */
  constructor(key: string, advice: string) {
    super('BINDING_ORDER', `The binding ${JSON.stringify(key)} of the application is not used. ${advice}`);
  }
}

/**
 * Reads the stacks of an error and of its causes, so that code that keeps the error keeps no model class alive. Until a stack is read
 * for the first time, V8 keeps the receivers and the functions of its frames. Never throws.
 */
export function settleStack<T>(error: T): T {
  try {
    let link: unknown = error;
    for (let count = 0; count < MOST_CAUSES && link instanceof Error; count++, link = link.cause) void link.stack;
  } catch {
    // a getter of user code, or a revoked proxy
  }
  return error;
}

/** Returns what `print` returns, or `otherwise` if it throws. User code throws anything: reading it may throw, and so may turning it into a string. */
export function printed(print: () => string, otherwise = 'an error that cannot be printed'): string {
  try {
    return print();
  } catch {
    return otherwise;
  }
}
