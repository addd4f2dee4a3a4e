import type {MixinProvider, ModelClass, StockModelBuilder} from '../juggler/types';
import {guardMixins} from '../classes/class-mixin';
import {defaultBaseOf, setDefaultBase} from '../classes/default-base-class';
import {REFUSALS, showDictionary} from '../registry/dictionaries';
import type {ModelRegistry} from '../registry/model-registry';
import type {TenantOwned} from '../ownership/running-tenants';
import {defineOwn} from '../primitives/own-property';
import {haveSameItems} from '../primitives/same-items';
import {TenantBinding, type RegistryBinding} from './registry-binding';

type ProviderOf = MixinProvider & {modelBuilder: StockModelBuilder};

/** The binding of a builder that forwards: it finds its registry again at each use. */
class Forwarding {
  /**
   * @param mixins of the builder before it was bound; its builder in each registry inherits these
   */
  constructor(
    readonly binding: RegistryBinding,
    readonly mixins: MixinProvider,
  ) {}
}

/** The registry that each builder writes to, or how the builder finds it. */
const bindings = new WeakMap<StockModelBuilder, ModelRegistry | Forwarding>();

/** The registry of a builder that always writes to one registry. */
function fixedRegistryOf(builder: StockModelBuilder): ModelRegistry | undefined {
  const bound = bindings.get(builder);
  return bound instanceof Forwarding ? undefined : bound;
}

function forwardingOf(builder: StockModelBuilder): Forwarding | undefined {
  const bound = bindings.get(builder);
  return bound instanceof Forwarding ? bound : undefined;
}

/**
 * Binds a builder for good. With `registry` the builder writes to that registry. Without it the builder forwards: in each registry that
 * it finds, another builder stands for it (`builderIn`), with this builder as its prototype, and that one is the `modelBuilder` of the
 * classes. So a class never changes its registry with the running tenant, and the builder that the application holds refers to no tenant.
 */
export function bindBuilder(builder: StockModelBuilder, binding: RegistryBinding, registry?: ModelRegistry): void {
  const {mixins, defaultModelBaseClass} = builder;
  setDefaultBase(builder, defaultModelBaseClass);
  Object.defineProperty(builder, 'defaultModelBaseClass', DEFAULT_BASE);
  guardMixins(mixins);
  if (registry) {
    registry.builders.add(builder);
    showDictionary(builder, 'models', registry.models);
    showDictionary(builder, 'definitions', registry.definitions);
    bindings.set(builder, registry);
    return;
  }
  bindings.set(builder, new Forwarding(binding, mixins));
  Object.defineProperties(builder, FORWARDING_ACCESSORS);
}

/**
 * The property `defaultModelBaseClass` of a builder (see default-base-class.ts). On juggler's prototype it serves builders that are
 * constructed from then on: juggler's constructor assigns the property.
 */
export const DEFAULT_BASE: PropertyDescriptor & ThisType<StockModelBuilder> = {
  get() {
    return defaultBaseOf(forwardingOf(this) ? builderOf(this) : this);
  },
  set(base: ModelClass) {
    const builder = forwardingOf(this) ? builderOf(this) : this;
    setDefaultBase(builder, base);
    // the builder keeps it when juggler's prototype loses it
    if (!bindings.has(builder)) Object.defineProperty(builder, 'defaultModelBaseClass', DEFAULT_BASE);
  },
  enumerable: true,
  configurable: true,
};

/** All builders that forward share these accessors: closures for each builder would weigh more than the builder. */
const FORWARDING_ACCESSORS: PropertyDescriptorMap & ThisType<StockModelBuilder> = {
  models: {
    get() {
      return builderOf(this).models;
    },
    set: REFUSALS.models,
    enumerable: true,
    configurable: true,
  },
  definitions: {
    get() {
      return builderOf(this).definitions;
    },
    set: REFUSALS.definitions,
    enumerable: true,
    configurable: true,
  },
  mixins: lazyProperty('mixins', builder => {
    // the provider forwards too: user code may keep it and use it while another tenant runs
    const {mixins} = forwardingOf(builder)!;
    return Object.create(mixins, {mixins: {get: () => builderOf(builder).mixins.mixins, enumerable: true}}) as MixinProvider;
  }),
};

/** The mixins of a builder that `builderIn` made. They inherit; a mixin that is added or replaced stays in the builder's registry. */
const REGISTRY_MIXINS = lazyProperty('mixins', builder => {
  const above = Object.getPrototypeOf(builder) as StockModelBuilder;
  const {mixins: inherited} = forwardingOf(above) ?? above;
  const mixins = Object.create(inherited) as ProviderOf;
  mixins.modelBuilder = builder;
  defineOwn(mixins, 'mixins', Object.create(inherited.mixins), true);
  return mixins;
});

/** A property whose value `make` makes on first use; it can be assigned. */
function lazyProperty<Name extends keyof StockModelBuilder>(
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

/** Whether `bindBuilder` was called for a builder. */
export function isBound(builder: StockModelBuilder): boolean {
  return bindings.has(builder);
}

/** Whether all models of a builder belong to one tenant or to one registry. A datasource on such a builder ends with it. */
export function isExclusive(builder: StockModelBuilder): boolean {
  const registry = fixedRegistryOf(builder);
  return registry ? registry.tenantRegistries === undefined : forwardingOf(builder)!.binding.exclusive;
}

/** Whether no other builder writes to a builder's registries: it was made without options, and is as apart from others as in juggler. */
export function isAlone(builder: StockModelBuilder): boolean {
  return forwardingOf(builder)?.binding.alone === true;
}

/** The binding of a builder that is bound to a tenant by `{registries, tenant}`. */
export function tenantBindingOf(builder: StockModelBuilder): TenantBinding | undefined {
  const binding = forwardingOf(builder)?.binding;
  return binding instanceof TenantBinding ? binding : undefined;
}

/**
 * Returns the tenant that owns everything a builder makes, also when the tenant has ended. Returns undefined if the builder follows the
 * running tenant or has a registry of no tenant.
 */
export function tenantOf(builder: StockModelBuilder): string | undefined {
  return tenantOwnedOf(builder)?.tenant;
}

/** To which tenant a builder belongs. Undefined if it follows the running tenant or is not bound. */
export function tenantOwnedOf(builder: StockModelBuilder): TenantOwned | undefined {
  return tenantBindingOf(builder) ?? fixedRegistryOf(builder);
}

/** See `RegistrySource`. */
export function keepContext<Work extends (...args: never[]) => unknown>(builder: StockModelBuilder, work: Work): Work {
  return forwardingOf(builder)?.binding.keepContext(work) ?? work;
}

/** The scope of a builder: two builders whose scopes have equal items always write to the same registry. */
export function scopeOf(builder: StockModelBuilder): readonly unknown[] {
  return forwardingOf(builder)?.binding.scope ?? [fixedRegistryOf(builder)];
}

/**
 * The registry that a builder writes to now.
 * @throws the error of an ended registry, and what the look-up of the tenant's registry throws
 */
export function registryOf(builder: StockModelBuilder): ModelRegistry {
  const bound = bindings.get(builder)!;
  const registry = bound instanceof Forwarding ? currentRegistry(bound.binding) : bound;
  registry.assertUsable();
  return registry;
}

function currentRegistry(binding: RegistryBinding): ModelRegistry {
  const found = binding.registry();
  const {redirection} = found.journal.frame;
  return redirection && haveSameItems(binding.scope, redirection.scope) ? (redirection.to as ModelRegistry) : found;
}

/**
 * Runs `work`, which is synchronous. What it writes through `builder`, or through another builder of the same scope, goes to `registry`
 * in place of the running tenant's. If a listener that `work` calls does something for another tenant, that is not redirected.
 */
export function redirectingTo<T>(registry: ModelRegistry, builder: StockModelBuilder, work: () => T): T {
  const binding = forwardingOf(builder)?.binding;
  // a builder that is bound to one registry writes there anyway
  if (!binding) return work();
  return binding.registry().journal.within({redirection: {scope: binding.scope, to: registry}}, work);
}

/**
 * The registry that lists a class when the class is attached to a datasource on `builder`. A datasource that follows the running tenant
 * serves all tenants, so the owner of the class decides and not the running tenant: a tenant's class is listed for its tenant, and a class
 * of no tenant is listed for all tenants.
 */
export function registryForAttaching(builder: StockModelBuilder, owner: ModelRegistry | undefined): ModelRegistry {
  const registry = registryOf(builder);
  if (!owner || fixedRegistryOf(builder) || isExclusive(builder)) return registry;
  const outside = registry.shared ?? registry;
  if (owner.tenant === undefined) return outside;
  return owner.tenant === registry.tenant ? registry : owner.guestPart(outside);
}

/** The builder that writes to `registryOf(builder)`. juggler's own methods get it as `this`. */
export function builderOf(builder: StockModelBuilder): StockModelBuilder {
  const bound = bindings.get(builder)!;
  if (!(bound instanceof Forwarding)) {
    bound.assertUsable();
    bound.catalogue.prepare(builder);
    return builder;
  }
  const registry = currentRegistry(bound.binding);
  registry.assertUsable();
  const made = registry.forwarded?.get(builder) ?? builderIn(registry, builder);
  registry.catalogue.prepare(made);
  return made;
}

/**
 * The builder that stands for `builder` in `registry`. It inherits the settings, mixins and base class of `builder`. A tenant's builder
 * inherits from the shared registry's builder, and what a tenant's work adds or replaces on it stays with the tenant.
 */
export function builderIn(registry: ModelRegistry, builder: StockModelBuilder): StockModelBuilder {
  const bound = bindings.get(builder);
  if (bound === registry) return builder;
  let made = registry.forwarded?.get(builder);
  if (!made) {
    const isForwarding = bound instanceof Forwarding;
    const outer = registry.shared && !(isForwarding && bound.binding.exclusive) ? builderIn(registry.shared, builder) : undefined;
    const {models, definitions} = registry;
    // a literal: an object that gets its prototype and its properties one by one takes three times the memory
    made = {__proto__: outer ?? builder, models, definitions} as unknown as StockModelBuilder;
    Object.defineProperty(made, 'mixins', REGISTRY_MIXINS);
    registry.builders.add(made);
    bindings.set(made, registry);
    (registry.forwarded ??= new WeakMap()).set(builder, made);
  }
  return made;
}

/**
 * The builder that defines a subclass of a class of `builder`. If the class is shared, this is the running tenant's builder, because a
 * class that is defined while a tenant runs belongs to that tenant.
 */
export function builderForSubclass(builder: StockModelBuilder): StockModelBuilder {
  const registry = registryOf(builder);
  if (registry.tenant !== undefined) return builder;
  const above = Object.getPrototypeOf(builder) as StockModelBuilder;
  if (forwardingOf(above)) return builderOf(above);
  return registry.tenantRegistries ? builderIn(registry.tenantRegistries.current(), builder) : builder;
}
