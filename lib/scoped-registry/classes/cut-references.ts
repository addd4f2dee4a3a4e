import {ownerOf} from '../ownership/class-owner';
import {itemType} from '../juggler/item-type';
import {type Dictionary, type ModelClass, type ModelDefinition, type Relation} from '../juggler/types';
import type {OwningRegistry} from '../ownership/owning-registry';
import {replaceFunctions} from '../structure/mentions';
import {CLASS_RECORD} from '../ownership/class-record';
import {endedType, refuseNewValues} from './ended-type';
import {isEndedMixin} from './class-mixin';
import {definitionSourceOf} from './lazy-definition';
import {basesOf, visitMentions} from './noted-references';
import {DeferredClass} from '../structure/deferred-class';
import {inheritFrom, removeAccessors} from './shared-prototype';
import {forgetStatics, leaveStatics} from './static-layer';
import {replaceBaseConstructor} from './class-constructor';
import {clearDictionary, ownValue} from '../primitives/own-property';

type NamedRelation = readonly [name: string, relation: Relation];

/** Relations whose values are kept in a property of the model. The property is the relation's, and goes with it. */
const EMBEDDING = new Set<unknown>(['embedsOne', 'embedsMany']);

/**
 * Cuts the references to the classes of a registry that ends from models of other registries. Relations, scopes and mixins go, and so do subclasses. A
 * property whose type ends stays, and takes no new values (see ended-type.ts). Everywhere else an ended class is replaced by a function
 * of its name.
 */
export class CutReferences {
  readonly #endedTypes = new Map<Function, Function>();
  /** The models of other registries that have ended, because they extend a class that is gone. */
  readonly #endedModels = new Set<unknown>();
  /** The properties of relations that went, with the type of the relation. A base is cut before its subclasses: it was recorded first. */
  readonly #propertiesOf = new Map<ModelClass, ReadonlyMap<string, string | undefined>>();

  /** @param error makes the error for each later use of such a property */
  constructor(
    private readonly owner: OwningRegistry,
    private readonly error: () => Error,
  ) {}

  /**
   * Cuts all references of the models that mention a class, and of their builders. A model that extends a class that is gone ends as well.
   * @param noted the models that mention a class of the registry. It may grow during the call
   * @param attempt runs one step; a step that fails must not stop the others
   */
  cutFrom(noted: Iterable<ModelClass>, attempt: (step: () => void) => void): void {
    const isGone = (value: unknown) => this.#isGone(value);
    for (const holder of noted) attempt(() => makeDeferredOn(holder, isGone));
    const holders = [...noted].filter(holder => !ownerOf(holder)?.disposed);
    // read before the first change: a subclass that has ended leads to no base
    const basesOfAll = new Map(holders.map(holder => [holder, basesOf(holder)]));
    const living = new Set<ModelClass>();
    const registries = new Set([this.owner]);
    for (const [holder, bases] of basesOfAll) {
      const lastGone = bases.findLast(isGone);
      if (!lastGone || holder.settings.unresolved) living.add(holder);
      else {
        const registry = ownerOf(holder);
        if (registry) registries.add(registry);
        attempt(() => this.#endSubclass(holder, bases, lastGone));
      }
    }
    for (const registry of registries) {
      attempt(() => registry.foreignReferences.release(isGone, this.error));
      if (registry === this.owner) continue;
      // what mentions a model that has ended may be of that model's registry, and is not noted then
      for (const model of [...registry.ownClasses(), ...registry.foreignReferences.holders])
        if (mentions(model, isGone)) living.add(model);
    }
    const order = [...living].map(holder => ({holder, bases: basesOfAll.get(holder) ?? basesOf(holder)}));
    // a base is cut before its subclasses
    order.sort((a, b) => a.bases.length - b.bases.length);
    for (const {holder, bases} of order) attempt(() => this.#cutFromLiving(holder, bases));
  }

  #endSubclass(holder: ModelClass, bases: readonly ModelClass[], lastGone: ModelClass): void {
    const isGone = (value: unknown) => this.#isGone(value);
    const refuse = refusalWith(this.error);
    this.#endedModels.add(holder);
    ownerOf(holder)?.endClass(holder, this.error, () => {
      leaveStatics(holder, isGone, refuse);
      // juggler's copy of a class inherits its statics from that class
      if (isGone(Object.getPrototypeOf(holder))) Object.setPrototypeOf(holder, Function.prototype);
      for (const name of ['base', 'super_']) Reflect.deleteProperty(holder, name);
      if (Object.hasOwn(holder, 'extend')) holder.extend = refuse;
      inheritFrom(holder.prototype as object, Object.getPrototypeOf(lastGone.prototype) as object);
    });
    for (const base of [holder, ...bases]) if (base === holder || isGone(base)) replaceBaseConstructor(base, refuse);
  }

  #cutFromLiving(holder: ModelClass, bases: readonly ModelClass[]): void {
    if (holder.settings.unresolved) return leaveBases(holder, bases, base => this.#isGone(base));
    const relations = this.#removeRelations(holder);
    removeMixins(holder, mixin => this.#isGone(mixin));
    for (const name of Object.getOwnPropertyNames(holder)) {
      const {value, configurable} = Object.getOwnPropertyDescriptor(holder, name) as {value: unknown; configurable: boolean};
      if (configurable && this.#isGone(value)) delete (holder as unknown as Dictionary<unknown>)[name];
    }
    forgetStatics(holder, value => this.#isGone(value));
    // this fills a definition that is not read yet
    const {definition} = holder;
    if (definition?.properties) this.#cutDefinition(holder, definition, relations, bases);
    ownerOf(holder)?.embeddedIndex.forgetStructure(holder);
  }

  #isGone(mentioned: unknown): boolean {
    return ownerOf(mentioned) === this.owner || this.#endedModels.has(mentioned);
  }

  #removeRelations(holder: ModelClass): NamedRelation[] {
    const isGone = ([, {modelTo, modelThrough}]: NamedRelation) => this.#isGone(modelTo) || this.#isGone(modelThrough);
    const relations = Object.entries(holder.relations ?? {}).filter(isGone);
    for (const [name] of relations) {
      delete holder.relations![name];
      // relations with embedded or referenced models add a validation under their name
      delete holder.validations?.[name];
      removeScope(holder, name, holder.prototype as object);
    }
    for (const [name] of Object.entries(holder.scopes ?? {}).filter(isGone)) removeScope(holder, name, holder);
    return relations;
  }

  #cutDefinition(
    holder: ModelClass,
    definition: ModelDefinition,
    relations: readonly NamedRelation[],
    bases: readonly ModelClass[],
  ): void {
    const {properties, rawProperties, settings, _ids} = definition;
    // a connector keeps the property set and the settings of the time when the model was attached
    const entries = [...(ownerOf(holder)?.tables.tablesWith(holder) ?? [])].map(table => table[holder.modelName]);
    const sets = [rawProperties, properties, ...entries.map(entry => entry.properties)] as Dictionary<Dictionary<unknown>>[];
    const allSettings = [settings, holder.settings, ...entries.map(entry => entry.settings)];
    for (const each of allSettings) this.#removeRelationSettings(each as Dictionary<unknown> | undefined);

    const typed = Object.keys(properties).filter(name => this.#isGone(itemType(properties[name]?.type)));
    const ofRelations = new Map(relations.map(([, {type, keyFrom}]) => [keyFrom!, type]));
    // a subclass has inherited the properties, and not the relations
    for (const base of bases) for (const [name, type] of this.#propertiesOf.get(base) ?? []) ofRelations.set(name, type);
    this.#propertiesOf.set(holder, ofRelations);
    const gone = typed.filter(name => EMBEDDING.has(ofRelations.get(name)));
    const ended = typed.filter(name => !gone.includes(name));
    for (const name of gone) {
      for (const set of sets) {
        // emptied as well, because connectors and juggler's setters hold the property itself
        if (set?.[name]) clearDictionary(set[name]);
        delete set?.[name];
      }
      delete holder.validations?.[name];
      removeAccessors(holder.prototype as object, name);
    }
    // juggler's default of such a property is a closure of the relation
    const keyLists = [...ofRelations.keys()].filter(name => ofRelations.get(name) === 'referencesMany' && name in properties);
    for (const name of keyLists) for (const set of sets) if (set?.[name]) set[name].default = emptyList;

    const replaced = (value: unknown) => replaceFunctions(value, mentioned => this.#replacementOf(mentioned));
    definitionSourceOf(definition)?.replaceMentions(replaced);
    for (const object of [...sets, ...allSettings, _ids, holder.validations, holder._scopeMeta]) replaced(object);
    for (const each of [...Object.values(holder.relations ?? {}), ...Object.values(holder.scopes ?? {})])
      Object.values(each).forEach(part => typeof part === 'object' && replaced(part));
    for (const each of allSettings) removeMixinSettings(definition, each as Dictionary<unknown> | undefined);
    definition.json = undefined;
    // a type that was named would be looked up again, and the name means something else by now
    for (const name of ended) setRawType(rawProperties, name, properties[name].type);
    if (typed.length + keyLists.length > 0 || !Object.hasOwn(holder, CLASS_RECORD)) registerAgain(holder);
    if (ended.length > 0) refuseNewValues(holder, ended, this.error);
  }

  #removeRelationSettings(settings: Dictionary<unknown> | undefined): void {
    for (const key of ['relations', 'relationships']) {
      const relations = settings?.[key] as Dictionary<{model?: unknown; through?: unknown} | undefined> | undefined;
      for (const name in relations) {
        const {model, through} = relations[name] ?? {};
        if (this.#isGone(model) || this.#isGone(through)) delete relations[name];
      }
    }
  }

  #replacementOf(mentioned: Function): Function {
    if (!this.#isGone(mentioned)) return mentioned;
    let type = this.#endedTypes.get(mentioned);
    if (!type) this.#endedTypes.set(mentioned, (type = endedType(mentioned.name)));
    return type;
  }
}

/** The model keeps it. A closure that is made during the cut would keep the classes that are gone. */
function emptyList(): unknown[] {
  return [];
}

/** Made here, so that it closes over nothing else: a subclass keeps it. */
function refusalWith(error: () => Error): () => never {
  return () => {
    throw error();
  };
}

/** Makes the deferred classes of a model that would extend a class that is gone. Each of them is noted, and ends as all such do. */
function makeDeferredOn(holder: ModelClass, isGone: (base: unknown) => boolean): void {
  const definition = ownValue<ModelDefinition>(holder, 'definition');
  const isOnGone = (type: unknown) => type instanceof DeferredClass && isGone(type.base);
  if (definitionSourceOf(definition)?.typesWithDeferred.some(isOnGone)) void definition!.properties;
}

function mentions(model: ModelClass, isGone: (mentioned: unknown) => boolean): boolean {
  let found = false;
  visitMentions(model, mentioned => (found ||= isGone(mentioned)));
  return found;
}

/** Lets a placeholder, which no code has defined yet, extend the nearest of its bases that is not gone. */
function leaveBases(placeholder: ModelClass, bases: readonly ModelClass[], isGone: (base: unknown) => boolean): void {
  const base = bases.find(each => !isGone(each))!;
  placeholder.super_ = base;
  Object.setPrototypeOf(placeholder.prototype, base.prototype as object);
}

function setRawType(rawProperties: Dictionary<unknown>, name: string, type: unknown): void {
  const raw = rawProperties[name];
  if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) (raw as {type: unknown}).type = type;
  else rawProperties[name] = type;
}

/**
 * Registers all properties again, because each accessor of juggler closes over the property set at the time of its registration.
 * That adds the validations of the properties again, so the lists of validations are cut back to their former lengths.
 */
function registerAgain(model: ModelClass): void {
  const {validations} = model;
  const counts = new Map(Object.entries(validations ?? {}).map(([name, list]) => [name, list.length]));
  for (const name of Object.keys(model.definition!.build())) model.registerProperty?.(name);
  for (const name in model.validations) model.validations[name].length = counts.get(name) ?? 0;
}

/**
 * Removes everything that juggler's defineScope has added: the entries in `scopes` and `_scopeMeta`, the accessor, and methods
 * such as `__get__orders`.
 * @param place the object with the accessor: the prototype for a relation, the class for a scope of the class. Only this object
 * may be searched, because a relation may have the name of a static, such as `settings`.
 */
function removeScope(model: ModelClass, name: string, place: object): void {
  delete model.scopes?.[name];
  delete model._scopeMeta?.[name];
  delete (place as Dictionary<unknown>)[name];
  removeScopeMethods(name, place);
}

function removeScopeMethods(name: string, place: object): void {
  const isMethod = (key: string) =>
    key.startsWith('__') && key.endsWith(`__${name}`) && !key.slice(2, -name.length - 2).includes('__');
  for (const key of Object.getOwnPropertyNames(place)) if (isMethod(key)) delete (place as Dictionary<unknown>)[key];
}

/** Removes the names of mixins that have ended: a model that extends this one would be refused. */
function removeMixinSettings({modelBuilder}: ModelDefinition, settings: Dictionary<unknown> | undefined): void {
  const names = settings?.mixins as Dictionary<unknown> | undefined;
  for (const name in names) if (isEndedMixin(modelBuilder.mixins.mixins[name])) delete names[name];
}

/**
 * Removes mixins that are gone. Of the members that a mixin has copied into the class, only the methods of its
 * relations and scopes refer to other classes, so only these are removed.
 */
function removeMixins(holder: ModelClass, isGone: (mixin: unknown) => boolean): void {
  const {_mixins: mixins = [], relations = {}, scopes = {}} = holder;
  const gone = mixins.filter((mixin): mixin is ModelClass => isGone(mixin));
  for (const mixin of gone) {
    mixins.splice(mixins.indexOf(mixin), 1);
    for (const name in mixin.relations) if (!(name in relations)) removeScopeMethods(name, holder.prototype as object);
    for (const name in mixin.scopes) if (!(name in scopes)) removeScopeMethods(name, holder);
  }
}
