import {AlreadyInstalledError, InvalidOptionError} from './errors';
import type {Juggler, StockModelBuilder} from './juggler/types';
import {assertRegistries, type RegistryOptions, type RegistrySource} from './binding/registry-binding';
import {assertFunction, assertKnownNames} from './option-checks';
import {ScopedJuggler} from './scoped-juggler';

export interface InstallOptions {
  /** The registries for everything that names none. */
  readonly registries: RegistrySource;
  /**
   * What a ModelBuilder that is made without options gets.
   * @default outside any tenant it keeps models of its own, as on stock; what a tenant's work makes goes to the tenant
   */
  readonly defaults?: () => RegistryOptions;
  /**
   * A builder that the application has for all of its models: what it has made, and makes outside any tenant, all tenants
   * see from now on, as the shared registry's; what a tenant's work makes is the tenant's.
   * @default none: models of a builder without options are seen by whoever has the builder
   */
  readonly shared?: object;
}

const installed = new WeakSet<object>();

/**
 * Makes juggler's own ModelBuilder and DataSource honour the registry options, for applications that construct them
 * themselves: `new juggler.ModelBuilder({registries, tenant})`, and `modelRegistry` in the settings of any datasource,
 * also of one made by a class that extends juggler's. Builders and datasources that exist already take part from their next
 * use on. An argument of `new juggler.ModelBuilder()` that has none of `registry`, `registries` and `tenant` is left alone.
 * @returns what undoes it; builders and datasources that were used in the time in between keep their registries
 * @throws AlreadyInstalledError `ALREADY_INSTALLED`, UnsupportedJugglerError `UNSUPPORTED_JUGGLER`, InvalidOptionError
 * `INVALID_OPTION`
 */
export function install(juggler: Juggler, options: InstallOptions): () => void {
  const {registries, defaults, shared} = resolveInstallOptions(options);
  const scoped = new ScopedJuggler(juggler, () => registries, defaults);
  const {ModelBuilder} = juggler;
  if (installed.has(ModelBuilder)) throw new AlreadyInstalledError();
  installed.add(ModelBuilder);

  // juggler's constructor takes no arguments, so the options are read around it
  const constructing = new Proxy(ModelBuilder, {
    construct(target, args: unknown[], newTarget: Function) {
      const builder = Reflect.construct(target, args, newTarget) as StockModelBuilder;
      return choosesRegistry(args[0]) ? scoped.bind(builder, args[0]) : builder;
    },
    // by a constructor that inherits in the way of util.inherits
    apply(target: Function, self: unknown, args: unknown[]) {
      const result: unknown = Reflect.apply(target, self, args);
      if (self instanceof target && choosesRegistry(args[0])) scoped.bind(self as StockModelBuilder, args[0]);
      return result;
    },
  });
  const names = (['ModelBuilder', 'LDL'] as const).filter(
    name => (juggler as unknown as Record<string, unknown>)[name] === ModelBuilder,
  );
  const setExports = (value: unknown) => {
    for (const name of names) (juggler as unknown as Record<string, unknown>)[name] = value;
  };
  setExports(constructing);
  installed.add(constructing);
  const restore = scoped.replaceMethods();
  if (shared) scoped.share(shared as StockModelBuilder);

  return function uninstall() {
    if (!installed.delete(ModelBuilder)) return;
    setExports(ModelBuilder);
    restore();
  };
}

/** Subclasses may have arguments of their own. */
function choosesRegistry(argument: unknown): argument is RegistryOptions {
  return (
    typeof argument === 'object' &&
    argument !== null &&
    ['registry', 'registries', 'tenant'].some(name => Object.hasOwn(argument, name))
  );
}

function resolveInstallOptions(options: InstallOptions): InstallOptions {
  if (typeof options !== 'object' || options === null) throw new InvalidOptionError('install takes {registries}.');
  assertKnownNames(options, ['registries', 'defaults', 'shared'], 'install takes registries, defaults and shared.');
  const {registries, defaults, shared} = options;
  assertRegistries(registries);
  if (defaults !== undefined) assertFunction('defaults', defaults);
  if (shared !== undefined && typeof (shared as Partial<StockModelBuilder> | null)?.define !== 'function')
    throw new InvalidOptionError('shared must be a ModelBuilder.');
  return {registries, defaults, shared};
}
