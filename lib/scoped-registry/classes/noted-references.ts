/** Records which classes of other registries a class mentions, when it is defined and when a static adds a reference. */
import {ownerOf} from '../ownership/class-owner';
import {ownValue} from '../primitives/own-property';
import {definitionSourceOf, isUnreadDefinition, madeTypesOf} from './lazy-definition';
import {DeferredClass} from '../structure/deferred-class';
import {visitFunctions} from '../structure/mentions';
import type {Dictionary, ModelClass, ModelDefinition, Relation} from '../juggler/types';
import {ownStateOf} from '../ownership/class-record';
import {withOwnThroughModel} from './own-through-model';
import {separateRelationCaches} from './relation-caches';

/**
 * The statics by which a class gets relations, scopes and mixins. juggler mixes all of them except `mixin` into a class when
 * the class is attached to a datasource.
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
] as const;

/**
 * Records what a model mentions of other registries: in its relations, scopes, mixins, base classes, properties and settings, at any
 * depth. Each is recorded at the registry that is referred to, unless that registry outlives the tenants.
 */
export function noteForeignReferences(holder: ModelClass): void {
  const owner = ownerOf(holder);
  const note = (mentioned: unknown) => {
    const target = ownerOf(mentioned);
    if (target && target !== owner && !target.outlivesTenants) target.foreignReferences.addHolder(holder);
  };
  for (const relations of [ownStateOf<Dictionary<Relation>>(holder, 'relations'), holder.scopes]) {
    for (const name in relations) {
      note(relations[name].modelTo);
      note(relations[name].modelThrough);
    }
  }
  for (let {base} = holder; base; base = base.base) note(base);
  holder._mixins?.forEach(note);
  visitDefinition(holder, note);
}

/** Calls `visit` for each function in the properties and settings of a class. Makes no deferred class: it mentions no class. */
function visitDefinition(model: ModelClass, visit: (mentioned: Function) => void): void {
  const definition = ownValue<ModelDefinition>(model, 'definition');
  const source = definitionSourceOf(definition);
  const seen = new Set<object>();
  visitFunctions(madeTypesOf(definition), visit, seen);
  if (source && isUnreadDefinition(definition)) {
    const {raw, settings, typesWithDeferred} = source;
    Object.keys(raw).forEach((name, index) => {
      if (!(typesWithDeferred[index] instanceof DeferredClass)) visitFunctions(raw[name], visit, seen);
    });
    visitFunctions(settings, visit, seen);
  } else if (definition) {
    const {rawProperties, properties, settings} = definition;
    for (const part of [rawProperties, properties, settings]) visitFunctions(part, visit, seen);
  }
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
        const result: unknown = method.apply(this, name === 'hasAndBelongsToMany' ? withOwnThroughModel(this, args) : args);
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
