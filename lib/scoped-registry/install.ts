import {AlreadyInstalledError, InvalidOptionError} from './errors';
import {got} from './got';
import {commonJsModule, type Juggler, type StockModelBuilder} from './juggler/types';
import {assertRegistries, type RegistryOptions, type RegistrySource} from './binding/registry-binding';
import {assertFunction, assertKnownNames} from './option-checks';
import {assertOfThisCopy} from './package-copy';
import {ScopedJuggler} from './scoped-juggler';

/** The options of `install`. */
export interface InstallOptions {
  /** The registries for every builder and datasource whose options name no others. */
  readonly registries: RegistrySource;
  /**
   * Returns the options for each ModelBuilder that is made without options, also for one that a DataSource makes for itself.
   * @default none: while no tenant runs, such a builder keeps its own models, as in juggler; a model that is defined while a tenant runs
   * belongs to that tenant
   */
  readonly defaults?: () => RegistryOptions;
  /**
   * The builder on which the application defines its models for all tenants. Its models, those that it has already and those that it
   * defines while no tenant runs, go to the shared registry, and all tenants see them. A model that it defines while a tenant runs belongs
   * to that tenant.
   * @default none: the own models of a builder without options are visible on that builder only
   */
  readonly shared?: object;
}

const INSTALLED_TWICE = 'install() was called for a juggler into which another copy is installed';

/** The ModelBuilder of each copy of juggler that `install` is in effect for. */
const installed = new WeakSet<object>();

/**
 * Makes juggler's own ModelBuilder and DataSource accept the registry options, for applications that construct these classes
 * themselves: `new juggler.ModelBuilder({registries, tenant})`, and `modelRegistry` in the settings of a datasource. Subclasses of
 * juggler's classes accept them too. Builders and datasources that exist already take part from their next use on. An argument of
 * `new juggler.ModelBuilder()` without `registry`, `registries` and `tenant` is ignored, as in juggler. Classes are apart, rows are
 * the datasource's: a datasource that several tenants use has one table for their models of one name (docs/rows.md).
 * @returns undoes the installation; builders and datasources that were used in the meantime keep their registries
 * @throws AlreadyInstalledError `ALREADY_INSTALLED`, UnsupportedJugglerError `UNSUPPORTED_JUGGLER`, InvalidOptionError
 * `INVALID_OPTION`, TwoCopiesError `TWO_COPIES`
 */
export function install(copy: Juggler, options: InstallOptions): () => void {
  const juggler = commonJsModule(copy);
  const {registries, defaults, shared} = resolveInstallOptions(options);
  const scoped = new ScopedJuggler(juggler, () => registries, defaults);
  const {ModelBuilder} = juggler;
  assertOfThisCopy((ModelBuilder.prototype as StockModelBuilder).define, INSTALLED_TWICE);
  if (installed.has(ModelBuilder)) throw new AlreadyInstalledError();
  installed.add(ModelBuilder);

  // juggler's constructor takes no arguments, so this proxy reads the options after juggler has constructed the builder
  const optionReader = new Proxy(ModelBuilder, {
    construct(target, args: unknown[], newTarget: Function) {
      const builder = Reflect.construct(target, args, newTarget) as StockModelBuilder;
      return choosesRegistry(args[0]) ? scoped.bind(builder, args[0]) : builder;
    },
    // called as a function by the constructor of a subclass that was made with util.inherits
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
  setExports(optionReader);
  installed.add(optionReader);
  const restore = scoped.replaceMethods();
  if (shared) scoped.share(shared as StockModelBuilder);

  return function uninstall() {
    if (!installed.delete(ModelBuilder)) return;
    setExports(ModelBuilder);
    restore();
  };
}

/** Whether a constructor argument is registry options. It may be a subclass's own argument, which is left alone. */
function choosesRegistry(argument: unknown): argument is RegistryOptions {
  return (
    typeof argument === 'object' &&
    argument !== null &&
    ['registry', 'registries', 'tenant'].some(name => Object.hasOwn(argument, name))
  );
}

function resolveInstallOptions(options: InstallOptions): InstallOptions {
  if (typeof options !== 'object' || options === null)
    throw new InvalidOptionError(`install takes {registries}, ${got(options)}.`);
  assertKnownNames(options, ['registries', 'defaults', 'shared'], 'install takes registries, defaults and shared.');
  const {registries, defaults, shared} = options;
  assertRegistries(registries);
  if (defaults !== undefined) assertFunction('defaults', defaults);
  if (shared !== undefined && typeof (shared as Partial<StockModelBuilder> | null)?.define !== 'function')
    throw new InvalidOptionError(`shared must be a ModelBuilder, ${got(shared)}.`);
  return {registries, defaults, shared};
}
