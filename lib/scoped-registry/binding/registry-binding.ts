import {InvalidOptionError} from '../errors';
import {ModelRegistry} from '../registry/model-registry';
import {assertKnownNames} from '../option-checks';
import {tenantCode} from '../tenant-code';

/** What a builder or datasource needs to know of TenantRegistries. */
export interface RegistrySource {
  readonly shared: ModelRegistry;
  for(tenant: string): ModelRegistry;
  current(): ModelRegistry;
  /** Lets work that is done later run for the tenant that runs now. */
  keepContext<Work extends (...args: never[]) => unknown>(work: Work): Work;
}

/**
 * Where a builder or datasource puts what it makes:
 * `{registry}` one registry; `{registries, tenant}` one tenant's, whichever registry is the tenant's at the time;
 * `{registries}` the running tenant's, or the shared one where none runs.
 */
export type RegistryOptions =
  | {readonly registry: ModelRegistry; readonly registries?: undefined; readonly tenant?: undefined}
  | {readonly registries?: RegistrySource; readonly tenant?: string; readonly registry?: undefined};

/** Finds the registry of the moment. */
export interface RegistryBinding {
  registry(): ModelRegistry;
  /** See `RegistrySource`. */
  keepContext: RegistrySource['keepContext'];
  /** Bindings whose scopes have equal items always find the same registry. */
  readonly scope: readonly unknown[];
  /** The registry, where it is one and the same for ever. */
  readonly fixed?: ModelRegistry;
  /** Whether everything made through this binding belongs to one tenant or registry. */
  readonly exclusive: boolean;
}

/**
 * @param defaults the registries for options that name none, as the plain JSON of a datasource's settings does
 * @throws InvalidOptionError `INVALID_OPTION`, or InvalidTenantCodeError
 */
export function bindRegistry(options: RegistryOptions, defaults: () => RegistrySource): RegistryBinding {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidOptionError(`A registry is chosen by {registry} or {registries, tenant}, got ${String(options)}.`);
  }
  assertKnownNames(options, ['registry', 'registries', 'tenant'], 'A registry is chosen by {registry} or {registries, tenant}.');
  const {registry, registries: named, tenant} = options;
  if (registry !== undefined) {
    if (!(registry instanceof ModelRegistry)) throw new InvalidOptionError('registry must be a ModelRegistry.');
    if (tenant !== undefined || named !== undefined) {
      throw new InvalidOptionError('Give either registry, or registries with an optional tenant, not both.');
    }
    return {
      registry: () => registry,
      keepContext: work => work,
      scope: [registry],
      fixed: registry,
      exclusive: registry.tenantRegistries === undefined,
    };
  }
  const registries = named ?? defaults();
  assertRegistries(registries);
  if (tenant !== undefined) return new TenantBinding(registries, tenantCode(tenant));
  return {
    registry: () => registries.current(),
    keepContext: work => registries.keepContext(work),
    scope: [registries],
    exclusive: false,
  };
}

/** Finds the registry of one tenant: whichever is the tenant's at the time, or the one that a connector's turn holds. */
export class TenantBinding implements RegistryBinding {
  readonly exclusive = true;
  readonly scope: readonly unknown[];
  /**
   * A call of a connector has one registry from its beginning: a connector asks for its table of models and for their ids again and
   * again, for each record some of them.
   */
  #held: ModelRegistry | undefined;

  constructor(
    private readonly registries: RegistrySource,
    private readonly tenant: string,
  ) {
    this.scope = [registries, tenant];
  }

  registry(): ModelRegistry {
    const held = this.#held;
    return held && !held.disposed ? held : this.registries.for(this.tenant);
  }

  keepContext<Work extends (...args: never[]) => unknown>(work: Work): Work {
    return this.registries.keepContext(work);
  }

  /**
   * Runs `work`, synchronous, such that the tenant's registry is `registry` all the time, or is looked for again at each use where that
   * is undefined.
   */
  holding<T>(registry: ModelRegistry | undefined, work: () => T): T {
    const outer = this.#held;
    this.#held = registry;
    try {
      return work();
    } finally {
      this.#held = outer;
    }
  }
}

/** @throws InvalidOptionError `INVALID_OPTION` */
export function assertRegistries(registries: RegistrySource | undefined): void {
  if (!(['for', 'current', 'keepContext'] as const).every(method => typeof registries?.[method] === 'function')) {
    throw new InvalidOptionError('registries must be a TenantRegistries.');
  }
}

/**
 * For a stock builder after `install`: outside any tenant its own models, as on stock; where a tenant runs, that
 * tenant's registry, in a part that only this builder sees.
 */
export function bindGuest(registries: () => RegistrySource, outside: ModelRegistry): RegistryBinding {
  return {
    registry() {
      const current = registries().current();
      return current.tenant === undefined ? outside : current.guestPart(outside);
    },
    keepContext: work => registries().keepContext(work),
    scope: [outside],
    exclusive: false,
  };
}
