import {InvalidOptionError} from '../errors';
import type {MixinProvider, ModelClass, StockModelBuilder} from '../juggler/types';
import type {ModelRegistry} from '../registry/model-registry';
import {defineOwn} from '../primitives/own-property';
import {haveSameItems} from '../primitives/same-items';
import {TenantBinding, type RegistryBinding} from './registry-binding';

type ProviderOf = MixinProvider & {modelBuilder: StockModelBuilder};

/** Of a builder that finds its registry anew at each use. */
class Forwarding {
  constructor(
    readonly binding: RegistryBinding,
    /** What the builder had before it was bound: its registries inherit that. */
    readonly mixins: MixinProvider,
    readonly defaultModelBaseClass: ModelClass,
  ) {}
}

/** By builder: the registry that it writes to, or how to find it. Weak: a builder that the application drops is gone. */
const bindings = new WeakMap<StockModelBuilder, ModelRegistry | Forwarding>();

function pinned(builder: StockModelBuilder): ModelRegistry | undefined {
  const bound = bindings.get(builder);
  return bound instanceof Forwarding ? undefined : bound;
}

function forwarding(builder: StockModelBuilder): Forwarding | undefined {
  const bound = bindings.get(builder);
  return bound instanceof Forwarding ? bound : undefined;
}

/**
 * Binds a builder, for good. With `registry` it writes to that one. Otherwise it only forwards: for each registry that
 * it meets there is a builder of that registry's, with this one for its prototype, and classes belong to that one. So
 * a class never changes registries with the tenant that happens to run, and the builder in the application's hands
 * refers to no tenant.
 */
export function bindBuilder(builder: StockModelBuilder, binding: RegistryBinding, registry?: ModelRegistry): void {
  if (registry) {
    registry.builders.add(builder);
    defineOwn(builder, 'models', registry.models, true);
    defineOwn(builder, 'definitions', registry.definitions, true);
    bindings.set(builder, registry);
    return;
  }
  bindings.set(builder, new Forwarding(binding, builder.mixins, builder.defaultModelBaseClass));
  Object.defineProperties(builder, FORWARDED);
}

const refuse = (name: string) => () => {
  throw new InvalidOptionError(`The ${name} of a ModelBuilder with a registry are the registry's and cannot be replaced.`);
};

// accessors for all builders: one closure for each would weigh more than the builder
const FORWARDED: PropertyDescriptorMap & ThisType<StockModelBuilder> = {
  models: {
    get() {
      return builderOf(this).models;
    },
    set: refuse('models'),
    enumerable: true,
    configurable: true,
  },
  definitions: {
    get() {
      return builderOf(this).definitions;
    },
    set: refuse('definitions'),
    enumerable: true,
    configurable: true,
  },
  defaultModelBaseClass: {
    get() {
      return builderOf(this).defaultModelBaseClass;
    },
    set(base: ModelClass) {
      builderOf(this).defaultModelBaseClass = base;
    },
    enumerable: true,
    configurable: true,
  },
  mixins: madeOnFirstUse('mixins', builder => {
    // the provider forwards too, for whoever keeps it while another tenant runs
    const {mixins} = forwarding(builder)!;
    return Object.create(mixins, {mixins: {get: () => builderOf(builder).mixins.mixins, enumerable: true}}) as MixinProvider;
  }),
};

/** Of a builder in a registry: what is added to it or replaced is the registry's. */
const OWN_MIXINS = madeOnFirstUse('mixins', builder => {
  const above = Object.getPrototypeOf(builder) as StockModelBuilder;
  const {mixins: before} = forwarding(above) ?? above;
  const mixins = Object.create(before) as ProviderOf;
  mixins.modelBuilder = builder;
  defineOwn(mixins, 'mixins', Object.create(before.mixins), true);
  return mixins;
});

function madeOnFirstUse<Name extends keyof StockModelBuilder>(
  name: Name,
  make: (builder: StockModelBuilder) => StockModelBuilder[Name],
): PropertyDescriptor & ThisType<StockModelBuilder> {
  return {
    get() {
      const value = make(this);
      defineOwn(this, name, value, true);
      return value;
    },
    set(value) {
      defineOwn(this, name, value, true);
    },
    enumerable: true,
    configurable: true,
  };
}

export function isBound(builder: StockModelBuilder): boolean {
  return bindings.has(builder);
}

/** Whether all that a builder makes belongs to one tenant or registry, so that a datasource on it ends with that. */
export function isExclusive(builder: StockModelBuilder): boolean {
  const registry = pinned(builder);
  return registry ? registry.tenantRegistries === undefined : forwarding(builder)!.binding.exclusive;
}

/** How a builder finds its registry, where all that it makes belongs to one tenant. */
export function tenantBindingOf(builder: StockModelBuilder): TenantBinding | undefined {
  const binding = forwarding(builder)?.binding;
  return binding instanceof TenantBinding ? binding : undefined;
}

/** See `RegistrySource`. */
export function keepContext<Work extends (...args: never[]) => unknown>(builder: StockModelBuilder, work: Work): Work {
  return forwarding(builder)?.binding.keepContext(work) ?? work;
}

/** It has the same items for two builders that always write to the same registry. */
export function scopeOf(builder: StockModelBuilder): readonly unknown[] {
  return forwarding(builder)?.binding.scope ?? [pinned(builder)];
}

/**
 * The registry that a builder writes to now.
 * @throws what the use of an ended registry throws
 */
export function registryOf(builder: StockModelBuilder): ModelRegistry {
  const bound = bindings.get(builder)!;
  const registry = bound instanceof Forwarding ? current(bound.binding) : bound;
  registry.assertUsable();
  return registry;
}

function current(binding: RegistryBinding): ModelRegistry {
  const found = binding.registry();
  const {redirection} = found.journal.frame;
  return redirection && haveSameItems(binding.scope, redirection.scope) ? (redirection.to as ModelRegistry) : found;
}

/**
 * What `work`, synchronous, writes through the builder and its like goes to `registry` in place of the running tenant's. A
 * listener that `work` calls may run something for another tenant: that stays there.
 */
export function redirectingTo<T>(registry: ModelRegistry, builder: StockModelBuilder, work: () => T): T {
  const binding = forwarding(builder)?.binding;
  // a builder that is bound to one registry writes there anyway
  if (!binding) return work();
  return binding.registry().journal.within({redirection: {scope: binding.scope, to: registry}}, work);
}

/**
 * Where a class is kept that is attached to a datasource on `builder`. One that follows the running tenant serves all, so
 * there it is with the class, not with the moment: a tenant's stays with its tenant, one of no tenant is for everybody.
 */
export function registryForAttaching(builder: StockModelBuilder, owner: ModelRegistry | undefined): ModelRegistry {
  const registry = registryOf(builder);
  if (!owner || pinned(builder) || isExclusive(builder)) return registry;
  const outside = registry.shared ?? registry;
  if (owner.tenant === undefined) return outside;
  return owner.tenant === registry.tenant ? registry : owner.guestPart(outside);
}

/** The builder that writes to `registryOf(builder)`: the one to hand to juggler's own methods as `this`. */
export function builderOf(builder: StockModelBuilder): StockModelBuilder {
  const bound = bindings.get(builder)!;
  if (!(bound instanceof Forwarding)) {
    bound.assertUsable();
    return builder;
  }
  const registry = current(bound.binding);
  registry.assertUsable();
  return registry.forwarded.get(builder) ?? builderIn(registry, builder);
}

/**
 * The builder in `registry` that stands for `builder`, with its settings, mixins and base class. A tenant's inherits those
 * of the shared registry's; what a tenant's work adds or replaces is the tenant's.
 */
export function builderIn(registry: ModelRegistry, builder: StockModelBuilder): StockModelBuilder {
  const bound = bindings.get(builder);
  if (bound === registry) return builder;
  let made = registry.forwarded.get(builder);
  if (!made) {
    const isForwarding = bound instanceof Forwarding;
    const outer = registry.shared && !(isForwarding && bound.binding.exclusive) ? builderIn(registry.shared, builder) : undefined;
    const {models, definitions} = registry;
    // a literal: what is added one by one to an object with a prototype of its own weighs three times as much
    made = (outer
      ? {__proto__: outer, models, definitions}
      : // on a builder that forwards it is an accessor
        {
          __proto__: builder,
          models,
          definitions,
          defaultModelBaseClass: (isForwarding ? bound : builder).defaultModelBaseClass,
        }) as unknown as StockModelBuilder;
    Object.defineProperty(made, 'mixins', OWN_MIXINS);
    registry.builders.add(made);
    bindings.set(made, registry);
    registry.forwarded.set(builder, made);
  }
  return made;
}

/**
 * The builder for a subclass of one of `builder`'s classes: that of the running tenant where the class is shared, for
 * what a tenant's work makes is the tenant's.
 */
export function builderForSubclass(builder: StockModelBuilder): StockModelBuilder {
  const registry = registryOf(builder);
  if (registry.tenant !== undefined) return builder;
  const forwards = Object.getPrototypeOf(builder) as StockModelBuilder;
  if (forwarding(forwards)) return builderOf(forwards);
  return registry.tenantRegistries ? builderIn(registry.tenantRegistries.current(), builder) : builder;
}
