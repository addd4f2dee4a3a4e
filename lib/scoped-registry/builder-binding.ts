import {InvalidOptionError} from './errors';
import type {MixinProvider, ModelClass, StockModelBuilder} from './juggler';
import type {ModelRegistry} from './model-registry';
import type {RegistryBinding} from './registry-binding';

type ProviderOf = MixinProvider & {modelBuilder: StockModelBuilder};

/** With what the builder had before it was bound: its registries inherit that. */
interface Bound extends Pick<StockModelBuilder, 'mixins' | 'defaultModelBaseClass'> {
  readonly binding: RegistryBinding;
}

/** Builders that find their registry anew at each use. Weak: a builder that the application drops is gone. */
const forwarding = new WeakMap<StockModelBuilder, Bound>();
/** Builders that write to one registry. */
const pinned = new WeakMap<StockModelBuilder, ModelRegistry>();

/** See `writingTo`. */
let redirection: {readonly scope: readonly unknown[]; readonly from: ModelRegistry; readonly to: ModelRegistry} | undefined;

/**
 * Binds a builder, for good. With `registry` it writes to that one. Otherwise it only forwards: for each registry that
 * it meets there is a builder of that registry's, with this one for its prototype, and classes belong to that one. So
 * a class never changes registries with the tenant that happens to run, and the builder in the application's hands
 * refers to no tenant.
 */
export function bindBuilder(builder: StockModelBuilder, binding: RegistryBinding, registry?: ModelRegistry): void {
  if (registry) {
    registry.builders.add(builder);
    pin(builder, registry);
    return;
  }
  const {mixins, defaultModelBaseClass} = builder;
  forwarding.set(builder, {binding, mixins, defaultModelBaseClass});
  for (const name of ['models', 'definitions'] as const) {
    Object.defineProperty(builder, name, {
      get: () => builderOf(builder)[name],
      set() {
        throw new InvalidOptionError(`The ${name} of a ModelBuilder with a registry are the registry's and cannot be replaced.`);
      },
      enumerable: true,
      configurable: true,
    });
  }
  Object.defineProperty(builder, 'defaultModelBaseClass', {
    get: () => builderOf(builder).defaultModelBaseClass,
    set: (base: ModelClass) => (builderOf(builder).defaultModelBaseClass = base),
    enumerable: true,
    configurable: true,
  });
  // the provider forwards too, for whoever keeps it while another tenant runs
  define(builder, 'mixins', Object.create(mixins, {mixins: {get: () => builderOf(builder).mixins.mixins, enumerable: true}}));
}

export function isBound(builder: StockModelBuilder): boolean {
  return pinned.has(builder) || forwarding.has(builder);
}

/** Whether all that a builder makes belongs to one tenant or registry, so that a datasource on it ends with that. */
export function isExclusive(builder: StockModelBuilder): boolean {
  const registry = pinned.get(builder);
  return registry ? registry.source === undefined : forwarding.get(builder)!.binding.exclusive;
}

/** See `RegistrySource`. */
export function keepContext<Work extends (...args: never[]) => unknown>(builder: StockModelBuilder, work: Work): Work {
  return forwarding.get(builder)?.binding.keepContext(work) ?? work;
}

/** Equal for two builders that always write to the same registry. */
export function scopeOf(builder: StockModelBuilder): readonly unknown[] {
  return forwarding.get(builder)?.binding.scope ?? [pinned.get(builder)];
}

export function isSameScope(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((part, index) => part === b[index]);
}

/**
 * The registry that a builder writes to now.
 * @throws what the use of an ended registry throws
 */
export function registryOf(builder: StockModelBuilder): ModelRegistry {
  const registry = pinned.get(builder) ?? bound(forwarding.get(builder)!.binding);
  registry.assertUsable();
  return registry;
}

function bound({scope, registry}: RegistryBinding): ModelRegistry {
  const current = registry();
  return current === redirection?.from && isSameScope(scope, redirection.scope) ? redirection.to : current;
}

/**
 * What `work`, synchronous, writes through the builder and its like goes to `registry` in place of the running tenant's. A
 * listener that `work` calls may run something for another tenant: that stays there.
 */
export function writingTo<T>(registry: ModelRegistry, builder: StockModelBuilder, work: () => T): T {
  const outer = redirection;
  redirection = {scope: scopeOf(builder), from: registryOf(builder), to: registry};
  try {
    return work();
  } finally {
    redirection = outer;
  }
}

/**
 * Where a class is kept that is attached to a datasource on `builder`. One that follows the running tenant serves all, so
 * there it is with the class, not with the moment: a tenant's stays with its tenant, one of no tenant is for everybody.
 */
export function registryForAttaching(builder: StockModelBuilder, owner: ModelRegistry | undefined): ModelRegistry {
  const registry = registryOf(builder);
  if (!owner || pinned.has(builder) || isExclusive(builder)) return registry;
  const outside = registry.shared ?? registry;
  if (owner.tenant === undefined) return outside;
  return owner.tenant === registry.tenant ? registry : owner.beside(outside);
}

/** The builder that writes to `registryOf(builder)`: the one to hand to juggler's own methods as `this`. */
export function builderOf(builder: StockModelBuilder): StockModelBuilder {
  return builderIn(registryOf(builder), builder);
}

/**
 * The builder in `registry` that stands for `builder`, with its settings, mixins and base class. A tenant's inherits those
 * of the shared registry's; what a tenant's work adds or replaces is the tenant's.
 */
export function builderIn(registry: ModelRegistry, builder: StockModelBuilder): StockModelBuilder {
  if (pinned.get(builder) === registry) return builder;
  let own = registry.forwarded.get(builder);
  if (!own) {
    const outer = registry.shared && builderIn(registry.shared, builder);
    const before = outer ?? forwarding.get(builder) ?? builder;
    own = Object.create(outer ?? builder) as StockModelBuilder;
    const mixins = Object.create(before.mixins) as ProviderOf;
    mixins.modelBuilder = own;
    define(mixins, 'mixins', Object.create(before.mixins.mixins));
    define(own, 'mixins', mixins);
    // on a builder that forwards it is an accessor
    if (!outer) define(own, 'defaultModelBaseClass', before.defaultModelBaseClass);
    registry.builders.add(own);
    pin(own, registry);
    registry.forwarded.set(builder, own);
  }
  return own;
}

/**
 * The builder for a subclass of one of `builder`'s classes: that of the running tenant where the class is shared, for
 * what a tenant's work makes is the tenant's.
 */
export function builderForSubclass(builder: StockModelBuilder): StockModelBuilder {
  const registry = registryOf(builder);
  if (registry.tenant !== undefined) return builder;
  const forwards = Object.getPrototypeOf(builder) as StockModelBuilder;
  if (forwarding.has(forwards)) return builderOf(forwards);
  return registry.source ? builderIn(registry.source.current(), builder) : builder;
}

function pin(builder: StockModelBuilder, registry: ModelRegistry): void {
  define(builder, 'models', registry.models);
  define(builder, 'definitions', registry.definitions);
  pinned.set(builder, registry);
}

function define(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, {value, enumerable: true, writable: true, configurable: true});
}
