import {InvalidOptionError} from '../errors';
import {got} from '../got';
import {ModelRegistry} from '../registry/model-registry';
import {assertKnownNames} from '../option-checks';
import {assertOfThisCopy} from '../package-copy';
import {noteOutsideRegistry} from './outside-registries';
import type {RunningTenants} from '../ownership/running-tenants';
import {tenantCode} from '../tenant-code';

/** The part of TenantRegistries that builders and datasources need. */
export interface RegistrySource {
  /** The registry of the models of no tenant. */
  readonly shared: ModelRegistry;
  /** The tenant's registry, which is made on first use. */
  for(tenant: string): ModelRegistry;
  /** The running tenant's registry; the shared one if no tenant is running. */
  current(): ModelRegistry;
  /** Wraps a callback so that it runs for the tenant that is running now, whenever it is called. */
  keepContext<Work extends (...args: never[]) => unknown>(work: Work): Work;
  /** @internal */
  readonly runningTenants?: RunningTenants;
}

/**
 * Chooses the registry that keeps the models of a builder or of a datasource.
 * - `{registry}`: this registry.
 * - `{registries, tenant}`: the tenant's registry, looked up at each use.
 * - `{registries}`: the running tenant's registry at each use; the shared one if no tenant is running.
 *
 * Classes are apart, rows are the datasource's: a datasource with `{registries}` has one table for all models of one name, whichever tenants'
 * they are. docs/rows.md shows how to keep rows apart.
 *
 * If `registry` and `registries` are left out, `registries` is `TenantRegistries.default`; for juggler's own classes after `install`, it is
 * the `registries` that were passed to `install`.
 */
export type RegistryOptions =
  | {readonly registry: ModelRegistry; readonly registries?: undefined; readonly tenant?: undefined}
  | {readonly registries?: RegistrySource; readonly tenant?: string; readonly registry?: undefined};

/** Finds the registry of a builder at each use. */
export interface RegistryBinding {
  /** The registry now. */
  registry(): ModelRegistry;
  /** See `RegistrySource`. */
  keepContext: RegistrySource['keepContext'];
  /** Two bindings whose scopes have equal items always find the same registry. */
  readonly scope: readonly unknown[];
  /** The registry, if it is always the same one. */
  readonly fixed?: ModelRegistry;
  /** Whether every model of the binding belongs to one tenant or to one registry. */
  readonly exclusive: boolean;
  /** Whether no other binding finds these registries. */
  readonly alone?: boolean;
}

/**
 * Makes the binding for a builder's options.
 * @param defaults returns the registries for options that name none, as in a datasource's JSON settings
 * @throws InvalidOptionError `INVALID_OPTION`, InvalidTenantCodeError `INVALID_TENANT_CODE`, TwoCopiesError `TWO_COPIES`
 */
export function bindRegistry(options: RegistryOptions, defaults: () => RegistrySource): RegistryBinding {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidOptionError(`A registry is chosen by {registry} or {registries, tenant}, ${got(options)}.`);
  }
  assertKnownNames(options, ['registry', 'registries', 'tenant'], 'A registry is chosen by {registry} or {registries, tenant}.');
  const {registry, registries: named, tenant} = options;
  if (registry !== undefined) {
    assertOfThisCopy(registry, 'A builder or a datasource gets the registry of another copy');
    if (!(registry instanceof ModelRegistry)) throw new InvalidOptionError(`registry must be a ModelRegistry, ${got(registry)}.`);
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

/** The binding to one tenant: finds the tenant's registry at each use. */
export class TenantBinding implements RegistryBinding {
  readonly exclusive = true;
  readonly scope: readonly unknown[];
  /**
   * The registry during a connector call. A connector reads its table of models and their ids many times in one call, some connectors for
   * each record, so the registry is looked up once for the whole call.
   */
  #held: ModelRegistry | undefined;

  constructor(
    private readonly registries: RegistrySource,
    readonly tenant: string,
  ) {
    this.scope = [registries, tenant];
  }

  get runningTenants(): RunningTenants | undefined {
    return this.registries.runningTenants;
  }

  registry(): ModelRegistry {
    const held = this.#held;
    return held && !held.disposed ? held : this.registries.for(this.tenant);
  }

  keepContext<Work extends (...args: never[]) => unknown>(work: Work): Work {
    return this.registries.keepContext(work);
  }

  /**
   * Runs `work`, which is synchronous, with `registry` as the tenant's registry. If `registry` is undefined, the registry is looked up at
   * each use again.
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

/** @throws InvalidOptionError `INVALID_OPTION` if `registries` is not a TenantRegistries, TwoCopiesError `TWO_COPIES` */
export function assertRegistries(registries: RegistrySource | undefined): void {
  assertOfThisCopy(registries, 'A builder, a datasource or install() gets the TenantRegistries of another copy');
  if (!(['for', 'current', 'keepContext'] as const).every(method => typeof registries?.[method] === 'function')) {
    throw new InvalidOptionError(`registries must be a TenantRegistries, ${got(registries)}.`);
  }
}

/**
 * Makes the binding for a builder without options. While no tenant runs, the builder keeps its own models in `outside`, as in juggler.
 * While a tenant runs, it writes to a part of the tenant's registry that only this builder sees.
 */
export function bindGuest(registries: () => RegistrySource, outside: ModelRegistry): RegistryBinding {
  outside.guestOf = registries;
  noteOutsideRegistry(outside);
  return {
    registry() {
      const current = registries().current();
      return current.tenant === undefined ? outside : current.guestPart(outside);
    },
    keepContext: work => registries().keepContext(work),
    scope: [outside],
    exclusive: false,
    alone: true,
  };
}
