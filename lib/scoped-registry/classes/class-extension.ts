import {ownerOf} from '../ownership/class-owner';
import type {Dictionary, Extend, ModelClass, Settings, StockModelBuilder} from '../juggler/types';

/**
 * Runs juggler's `extend` of `base` so that the subclass is defined by `builder`. juggler's own closure defines it on
 * the builder that made the base: a tenant's model that extends a shared one would land in the shared dictionaries,
 * for every tenant to see and for ever.
 */
export function extendOnBuilder<T>(base: ModelClass, builder: StockModelBuilder, extend: () => T): T {
  const owner = ownerOf(base);
  const run = owner ? () => owner.journal.within({extending: base}, extend) : extend;
  const maker = base.definition?.modelBuilder;
  if (!maker || maker === builder) return run();
  const own = Object.getOwnPropertyDescriptor(maker, 'define');
  // taken before it is replaced: the builder may inherit from the maker
  const {define} = builder;
  maker.define = (...args) => define.apply(builder, args);
  try {
    return run();
  } finally {
    if (own) Object.defineProperty(maker, 'define', own);
    else delete (maker as Partial<StockModelBuilder>).define;
  }
}

/**
 * Replaces a class's own `extend`, for calls by user code: the subclass goes to the running tenant's registry where the
 * class is shared, and the caller's objects stay as they are (juggler writes the base's resolved properties into them).
 */
export function guardExtend(model: ModelClass, builderFor: () => StockModelBuilder): void {
  model.extend = guardedExtend(model, model.extend!, builderFor);
}

export function guardedExtend(model: ModelClass, extend: Extend, builderFor: () => StockModelBuilder): Extend {
  return (name, properties, settings) => {
    const {copies, journal} = ownerOf(model)!;
    if (journal.frame.extending === model)
      return journal.within({extending: undefined}, () => extend(name, properties, settings));
    const builder = builderFor();
    const ownSettings = settings && {...copies.settings(settings)};
    const policy = mergePolicy(settings);
    // by reference: juggler hands it to the class's own getMergePolicy, which may know it
    if (policy) ownSettings!.configureModelMerge = policy;
    const added = policy ? keysAddedTo(policy) : () => [];
    try {
      return extendOnBuilder(model, builder, () => extend(name, properties && copies.properties(properties), ownSettings));
    } finally {
      // and fills it up with a default for each setting it meets
      for (const key of added()) delete policy![key];
    }
  };
}

/**
 * juggler lists the scopes of a class with those of its base, in one object. A class that extends another registry's gets
 * a list of its own: what is added to it, others do not see, and what is there does not end with it.
 */
export function giveOwnScopes(model: ModelClass): void {
  const {base, scopes, _scopeMeta} = model;
  if (!base || ownerOf(base) === ownerOf(model)) return;
  if (scopes && scopes === base.scopes) model.scopes = {...scopes};
  if (_scopeMeta && _scopeMeta === base._scopeMeta) model._scopeMeta = {..._scopeMeta};
}

function mergePolicy(settings: Settings | undefined): Dictionary<unknown> | undefined {
  const policy = settings?.configureModelMerge;
  return typeof policy === 'object' && policy !== null && Object.isExtensible(policy)
    ? (policy as Dictionary<unknown>)
    : undefined;
}

function keysAddedTo(object: object): () => string[] {
  const before = new Set(Object.keys(object));
  return () => Object.keys(object).filter(key => !before.has(key));
}
