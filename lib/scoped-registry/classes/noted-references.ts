/** Records which classes of other registries a class mentions, when it is defined and when a static adds a reference. */
import {ownerOf} from '../ownership/class-owner';
import {ownValue} from '../primitives/own-property';
import {definitionSourceOf, isUnreadDefinition, madeTypesOf} from './lazy-definition';
import {DeferredClass} from '../structure/deferred-class';
import {visitFunctions} from '../structure/mentions';
import type {OwningRegistry} from '../ownership/owning-registry';
import type {Dictionary, ModelClass, ModelDefinition, Relation} from '../juggler/types';
import {ownStateOf} from '../ownership/class-record';
import {withOwnThroughModel} from './own-through-model';
import {separateRelationCaches} from './relation-caches';

/**
 * The statics by which a class gets relations, scopes, mixins, and validations with any values in their options. juggler mixes those for
 * relations and scopes into a class when the class is attached to a datasource.
 */
const REFERENCING_STATICS = [
  'hasMany',
  'belongsTo',
  'hasOne',
  'hasAndBelongsToMany',
  'embedsOne',
  'embedsMany',
  'referencesMany',
  'scope',
  'mixin',
  'validatesInclusionOf',
  'validatesExclusionOf',
] as const;

/**
 * Records what a model mentions of other registries: in its relations, scopes, validations, mixins, base classes, properties and
 * settings, at any depth. Each is recorded at the registry that is referred to, unless that registry outlives the tenants.
 */
export function noteForeignReferences(holder: ModelClass): void {
  visitMentions(holder, mentioned => foreignOwnerOf(mentioned, holder)?.foreignReferences.addHolder(holder));
}

/** The registry to which a mention by `holder` is recorded; undefined if none need know of it. */
function foreignOwnerOf(mentioned: unknown, holder: ModelClass): OwningRegistry | undefined {
  const target = ownerOf(mentioned);
  return target && target !== ownerOf(holder) && !target.outlivesTenants ? target : undefined;
}

/** Calls `visit` for everything that a class mentions and that may be another class. Makes no deferred class. */
export function visitMentions(holder: ModelClass, visit: (mentioned: unknown) => void): void {
  const seen = new Set<object>();
  for (const relations of [ownStateOf<Dictionary<Relation>>(holder, 'relations'), holder.scopes]) {
    for (const name in relations) for (const part of Object.values(relations[name])) visitFunctions(part, visit, seen);
  }
  for (const base of basesOf(holder)) visit(base);
  holder._mixins?.forEach(visit);
  for (const name of ['_scopeMeta', 'validations']) visitFunctions(ownStateOf(holder, name), visit, seen);
  visitDefinition(holder, visit, seen);
}

/** The classes that a class extends, nearest first. */
export function basesOf(model: ModelClass): ModelClass[] {
  const bases: ModelClass[] = [];
  // juggler's copy of a class has no base of its own
  const above = Object.getPrototypeOf(model) as unknown;
  let base = ownerOf(above) ? (above as ModelClass) : (model.base ?? model.super_);
  for (; base; base = base.base ?? base.super_) bases.push(base);
  return bases;
}

/** Calls `visit` for each function in the properties and settings of a class, and for the base of a deferred class. */
function visitDefinition(model: ModelClass, visit: (mentioned: unknown) => void, seen: Set<object>): void {
  const definition = ownValue<ModelDefinition>(model, 'definition');
  const source = definitionSourceOf(definition);
  visitFunctions(madeTypesOf(definition), visit, seen);
  if (source && isUnreadDefinition(definition)) {
    const {raw, settings, typesWithDeferred} = source;
    Object.keys(raw).forEach((name, index) => {
      const type = typesWithDeferred[index];
      if (type instanceof DeferredClass) visit(type.base);
      else visitFunctions(raw[name], visit, seen);
    });
    visitFunctions(settings, visit, seen);
  } else if (definition) {
    const {rawProperties, properties, settings} = definition;
    for (const part of [rawProperties, properties, settings]) visitFunctions(part, visit, seen);
  }
}

/**
 * A copy of an argument that mentions a class of another registry. juggler keeps the argument, and the mention is replaced when that
 * registry ends, which must not change the caller's object.
 */
function withoutCallersObjects(holder: ModelClass, argument: unknown): unknown {
  if (typeof argument !== 'object' || argument === null) return argument;
  let isForeign = false;
  visitFunctions(argument, mentioned => (isForeign ||= foreignOwnerOf(mentioned, holder) !== undefined));
  return isForeign ? (ownerOf(holder)?.copies.settings(argument) ?? argument) : argument;
}

/** The watched version of each static. */
const watchedVersions = new WeakMap<Function, Function>();

/**
 * Replaces the statics of a class that make references, so that new references are recorded (see noteForeignReferences), and related
 * instances are cached for each tenant apart.
 */
export function watchForeignReferences(model: ModelClass): void {
  const statics = model as unknown as Dictionary<Function | undefined>;
  for (const name of REFERENCING_STATICS) {
    const method = statics[name];
    if (typeof method !== 'function') continue;
    let watched = watchedVersions.get(method);
    if (!watched) {
      watched = function (this: ModelClass, ...args: unknown[]): unknown {
        const given = args.map(argument => withoutCallersObjects(this, argument));
        const result: unknown = method.apply(this, name === 'hasAndBelongsToMany' ? withOwnThroughModel(this, given) : given);
        noteForeignReferences(this);
        separateRelationCaches(this);
        return result;
      };
      Object.defineProperty(watched, 'name', {value: method.name});
      Object.assign(watched, method);
      watchedVersions.set(method, watched);
      // a subclass gets the watched version from its base, and it must not be wrapped again
      watchedVersions.set(watched, watched);
    }
    if (watched !== method) statics[name] = watched;
  }
}
