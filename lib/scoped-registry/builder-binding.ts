import {InvalidOptionError} from './errors';
import type {Dictionary, MixinProvider, StockModelBuilder} from './juggler';
import type {ModelRegistry} from './model-registry';
import type {RegistryBinding} from './registry-binding';

type ProviderOf = MixinProvider & {modelBuilder: StockModelBuilder};

interface Bound {
  readonly binding: RegistryBinding;
  /** The builder's own mixins from before it was bound; its registries inherit them. */
  readonly mixins: MixinProvider;
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
  forwarding.set(builder, {binding, mixins: builder.mixins});
  for (const name of ['models', 'definitions', 'mixins'] as const) {
    Object.defineProperty(builder, name, {
      get: () => builderOf(builder)[name],
      set() {
        throw new InvalidOptionError(`The ${name} of a ModelBuilder with a registry are the registry's and cannot be replaced.`);
      },
      enumerable: true,
      configurable: true,
    });
  }
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
  const binding = forwarding.get(builder)?.binding;
  // what belongs to one tenant finds it without a context
  return binding && !binding.exclusive ? binding.keepContext(work) : work;
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

/** The builder in `registry` that stands for `builder`, with its settings and mixins. */
export function builderIn(registry: ModelRegistry, builder: StockModelBuilder): StockModelBuilder {
  if (pinned.get(builder) === registry) return builder;
  let own = registry.forwarded.get(builder);
  if (!own) {
    own = Object.create(builder) as StockModelBuilder;
    const outer = registry.shared ? builderIn(registry.shared, builder).mixins : undefined;
    const before = forwarding.get(builder)?.mixins ?? builder.mixins;
    const mixins = Object.create(before) as ProviderOf;
    mixins.modelBuilder = own;
    mixins.mixins = outer ? (Object.create(outer.mixins) as Dictionary<unknown>) : before.mixins;
    // by definition: on a builder that forwards, `mixins` is an accessor
    Object.defineProperty(own, 'mixins', {value: mixins, enumerable: true, writable: true, configurable: true});
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
  const own = (name: string, value: Dictionary<unknown>) =>
    Object.defineProperty(builder, name, {value, enumerable: true, writable: true, configurable: true});
  own('models', registry.models);
  own('definitions', registry.definitions);
  pinned.set(builder, registry);
}
