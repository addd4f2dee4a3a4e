/** Runs `Model.extend` so that a subclass is defined in the right registry and the caller's objects stay unchanged. */
import {ownerOf} from '../ownership/class-owner';
import type {Dictionary, Extend, ModelClass, Settings, StockModelBuilder} from '../juggler/types';

/**
 * Runs juggler's `extend` of `base` so that `builder` defines the subclass. juggler's `extend` is a closure that calls `define`
 * of the builder that made the base. Without this, a tenant's model that extends a shared model would be listed in the shared
 * registry, where all tenants would see it and where it would outlive its tenant.
 */
export function extendOnBuilder<T>(base: ModelClass, builder: StockModelBuilder, extend: () => T): T {
  const owner = ownerOf(base);
  const run = owner ? () => owner.journal.within({extending: base}, extend) : extend;
  const baseBuilder = base.definition?.modelBuilder;
  if (!baseBuilder || baseBuilder === builder) return run();
  const ownDefine = Object.getOwnPropertyDescriptor(baseBuilder, 'define');
  // read before the replacement, because `builder` may inherit `define` from `baseBuilder`
  const {define} = builder;
  baseBuilder.define = (...args) => define.apply(builder, args);
  try {
    return run();
  } finally {
    if (ownDefine) Object.defineProperty(baseBuilder, 'define', ownDefine);
    else delete (baseBuilder as Partial<StockModelBuilder>).define;
  }
}

/** Replaces a class's own `extend`, which user code calls, by a guarded one (see `guardedExtend`). */
export function guardExtend(model: ModelClass, builderFor: () => StockModelBuilder): void {
  model.extend = guardedExtend(model, model.extend!, builderFor);
}

/**
 * Makes an `extend` for calls by user code. The subclass of a shared class belongs to the running tenant's registry. The
 * caller's objects are copied, because juggler's `extend` writes the resolved properties of the base into them.
 * @param builderFor returns the builder that defines the subclass
 */
export function guardedExtend(model: ModelClass, extend: Extend, builderFor: () => StockModelBuilder): Extend {
  return (name, properties, settings) => {
    const {copies, journal} = ownerOf(model)!;
    // juggler's `define` calls `extend` of the base; it passes private copies and the right builder already (see extendOnBuilder)
    if (journal.frame.extending === model)
      return journal.within({extending: undefined}, () => extend(name, properties, settings));
    const builder = builderFor();
    const ownSettings = settings && {...copies.settings(settings)};
    const policy = mergePolicy(settings);
    // not copied: the class may override getMergePolicy, and that override may compare the object by identity
    if (policy) ownSettings!.configureModelMerge = policy;
    const addedKeys = policy ? watchAddedKeys(policy) : () => [];
    try {
      return extendOnBuilder(model, builder, () => extend(name, properties && copies.properties(properties), ownSettings));
    } finally {
      // juggler's mergeSettings adds a default to the policy for each setting that the policy does not mention
      for (const key of addedKeys()) delete policy![key];
    }
  };
}

/**
 * Gives a class copies of the scopes that it inherits from a class of another registry. In juggler a class and its base share
 * one object with the scopes of both. Sharing it between registries would show a tenant's scopes to other tenants, and the end
 * of the tenant's registry would empty the scopes of the base.
 */
export function giveOwnScopes(model: ModelClass): void {
  const {base, scopes, _scopeMeta} = model;
  if (!base || ownerOf(base) === ownerOf(model)) return;
  if (scopes && scopes === base.scopes) model.scopes = {...scopes};
  if (_scopeMeta && _scopeMeta === base._scopeMeta) model._scopeMeta = {..._scopeMeta};
}

/** Returns the merge policy object of the settings, if juggler can add keys to it. */
function mergePolicy(settings: Settings | undefined): Dictionary<unknown> | undefined {
  const policy = settings?.configureModelMerge;
  return typeof policy === 'object' && policy !== null && Object.isExtensible(policy)
    ? (policy as Dictionary<unknown>)
    : undefined;
}

/** Returns a function that lists the keys added to an object since this call. */
function watchAddedKeys(object: object): () => string[] {
  const before = new Set(Object.keys(object));
  return () => Object.keys(object).filter(key => !before.has(key));
}
