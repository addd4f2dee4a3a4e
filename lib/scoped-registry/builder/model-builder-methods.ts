import {builderForSubclass, builderOf, registryOf} from '../binding/builder-binding';
import {registryOfClass} from '../registry/model-registry';
import {noteDefined, notePlaceholder} from '../ownership/class-home';
import {EmbeddedClassMaker} from './embedded-class-maker';
import {extendOnBuilder, guardExtend, giveOwnScopes} from '../classes/class-extension';
import {noteForeignReferences, watchForeignReferences} from '../classes/noted-references';
import type {Dictionary, ModelClass, ModelDefinition, Properties, Settings, StockModelBuilder} from '../juggler/types';
import {isModelClass} from '../juggler/types';
import {InvalidOptionError} from '../errors';
import {assertModelOfThisCopy} from '../package-copy';
import type {LightClasses} from '../classes/light-classes';
import {reasonForJuggler} from '../classes/named-class-record';
import {isEmbeddedShape, levelsOf} from '../juggler/property-set';
import {logJugglersDefine, type DefineReason} from '../debug-log';
import {isJugglersOwn} from '../juggler/method-replacement';

export type BuilderMethods = Pick<
  StockModelBuilder,
  | 'define'
  | 'resolveType'
  | 'getModel'
  | 'getModelDefinition'
  | 'getSchemaName'
  | 'defineProperty'
  | 'defineValueType'
  | 'deleteModelByName'
  | 'copyModel'
  | 'buildModels'
>;

/**
 * Replacements of the ModelBuilder methods that make or find classes. They work on the builder's registry. juggler itself calls all of
 * these as methods of the builder, so the replacements are reached on every path, in every major version.
 * @param stock juggler's own methods
 * @param schemaTypes juggler's value types by lower-case name. They are process-wide and may change, so they are read at each use
 * @param bind binds a builder that is not bound yet; called before each use of a builder
 */
export function builderMethods(
  stock: BuilderMethods,
  schemaTypes: Dictionary<Function>,
  bind: (builder: StockModelBuilder) => void,
  classes: LightClasses,
): BuilderMethods & ThisType<StockModelBuilder> {
  const registryBuilder = (builder: StockModelBuilder) => {
    bind(builder);
    return builderOf(builder);
  };

  // if user code has replaced juggler's `define`, the replacement must go on making the models with names
  const isJugglersDefine = isJugglersOwn(stock.define, 'createModelClassCtor');

  const embedded = new EmbeddedClassMaker(
    stock.resolveType,
    schemaTypes,
    classes,
    builder => builder.resolveType === methods.resolveType,
  );

  const methods: ReturnType<typeof builderMethods> = {
    define(name: string, properties?: Properties, settings?: Settings, parent?: ModelClass): ModelClass {
      // juggler refuses it too, with a TypeError: in its dictionaries this key is the prototype
      if (name === '__proto__') throw new InvalidOptionError('A model cannot be named __proto__. Give it another name.');
      const builder = registryBuilder(this);
      const registry = registryOf(builder);
      const {copies, journal} = registry;
      const ownProperties = isObject(properties) ? copies.properties(properties) : (properties ?? {});
      const ownSettings = isObject(settings) ? copies.settings(settings) : {};
      const make = () => {
        copies.adoptDeferrable(ownProperties);
        return journal.within({byJuggler: true}, () => stock.define.call(builder, name, ownProperties, ownSettings, parent));
      };
      if (!name) return make();

      const named = ownSettings.base || ownSettings.super;
      assertModelOfThisCopy(parent ?? named, `A model of another copy is the base of ${name}`);
      const base =
        typeof named === 'string' && builder.models[named]?.settings?.unresolved
          ? registry.catalogue.lookUp(named, builder)
          : named;
      // juggler looks the name up in `models`, where an own placeholder hides a shared model that was defined later
      if (base !== named) ownSettings.base = base;
      if (Boolean(parent) !== Boolean(base)) {
        // juggler's `define` calls the base's `extend`, which calls `define` again with both `parent` and `settings.base`
        const baseClass = parent ?? (isModelClass(base) ? base : registry.catalogue.lookUp(String(base), builder));
        return baseClass ? journal.runDefine(() => extendOnBuilder(baseClass, builder, make)) : make();
      }
      const nested = journal.nested && ownSettings.anonymous === true;
      const model = registry.catalogue.defining(name, builder, nested, () => {
        const byJuggler = (reason: DefineReason, made: ModelClass) => {
          logJugglersDefine(registry.tenant, name, reason);
          return made;
        };
        const baseClass = isModelClass(base) ? base : base ? builder.models[base as string] : builder.defaultModelBaseClass;
        if (registry.maker === 'stock')
          return byJuggler({because: "the option embedded is 'stock'"}, classes.makeByJuggler(builder, name, baseClass, make));
        if (!canShareAccessors(ownProperties)) {
          const property = Object.hasOwn(ownProperties, 'constructor') ? 'constructor' : '__proto__';
          return byJuggler(
            {property, because: 'has a name that every object has'},
            classes.makeByJuggler(builder, name, baseClass, make),
          );
        }
        const reason = !baseClass
          ? {because: 'its base is not known'}
          : isJugglersDefine
            ? reasonForJuggler(ownProperties, ownSettings)
            : {because: "juggler's define is replaced"};
        const made =
          reason ??
          journal.within({byJuggler: false}, () =>
            classes.defineNamed(builder, name, ownProperties, ownSettings, baseClass, embedded.resolving(builder, registry)),
          );
        if (typeof made === 'function') return made;
        return byJuggler(made, classes.fillByJuggler(builder, name, ownSettings.unresolved ? undefined : baseClass, make));
      });
      // juggler has made the class, with an `extend` of its own; the `extend` that light classes inherit is guarded already
      if (Object.hasOwn(model, 'extend')) {
        if (registryOfClass(model) === registry) guardExtend(model, () => builderForSubclass(builder));
        watchForeignReferences(model);
      }
      giveOwnScopes(model);
      if (ownSettings.unresolved) notePlaceholder(model, builder);
      else noteDefined(model);
      registry.catalogue.sweep();
      if (!journal.running) copies.forgetCopies();
      return model;
    },

    resolveType(type: unknown, isSubProperty = false): unknown {
      const builder = registryBuilder(this);
      const registry = registryOf(builder);
      if (typeof type === 'string' && type) {
        const known = schemaTypes[type.toLowerCase()] ?? registry.catalogue.lookUp(type, builder);
        return known ?? builder.define(type, {}, {unresolved: true});
      }
      if (typeof type === 'object' && type && isEmbeddedShape(type, isSubProperty)) {
        return embedded.classOf(builder, registry, type, isSubProperty);
      }
      // what a define resolves is a copy, whose levels were counted
      if (!registry.journal.running) registry.copies.assertDepth(levelsOf(type, isSubProperty));
      return stock.resolveType.call(builder, type, isSubProperty);
    },

    getModel(name: string, forceCreate?: boolean): ModelClass | undefined {
      const builder = registryBuilder(this);
      return (
        registryOf(builder).catalogue.lookUp(name, builder) ??
        (forceCreate ? builder.define(name, {}, {unresolved: true}) : undefined)
      );
    },

    getModelDefinition(name: string): ModelDefinition | undefined {
      const builder = registryBuilder(this);
      const {definitions} = builder;
      return Object.hasOwn(definitions, name) || registryOf(builder).catalogue.lookUp(name) ? definitions[name] : undefined;
    },

    getSchemaName(name?: string | null): string {
      return name || registryOf(registryBuilder(this)).catalogue.nextAnonymousName();
    },

    /**
     * The property goes to the registry that owns the model, and not to the running tenant's: a tenant's relation may add a foreign key
     * to a shared model.
     */
    defineProperty(modelName: string, property: string, definition: unknown): void {
      const builder = registryBuilder(this);
      const model = builder.models[modelName];
      const owner = registryOfClass(model) ?? registryOf(builder);
      owner.journal.runDefine(() => {
        owner.journal.note({undo: undoOfDefineProperty(model, builder.definitions[modelName], property)});
        owner.journal.within({byJuggler: true}, () =>
          stock.defineProperty.call(builder, modelName, property, owner.copies.property(definition)),
        );
      });
      if (model) {
        owner.embeddedIndex.forget(model);
        noteForeignReferences(model);
      }
      owner.catalogue.sweep();
      if (!owner.journal.running) owner.copies.forgetCopies();
    },

    /** Value types are process-wide. A model class that is registered as one is removed again when its registry ends. */
    defineValueType(type: Function, aliases?: string[]): void {
      const names = [type.name, ...(aliases ?? [])].map(name => name.toLowerCase());
      for (const name of names) registryOfClass(type)?.foreignReferences.addDictionaryEntry(schemaTypes, name);
      stock.defineValueType.call(this, type, aliases);
    },

    deleteModelByName(name: string): void {
      const builder = registryBuilder(this);
      registryOf(builder).catalogue.delete(name, builder);
    },

    copyModel(master: ModelClass): ModelClass {
      const builder = registryBuilder(this);
      const copy = stock.copyModel.call(builder, master);
      registryOf(builder).takeOwnership(copy);
      noteForeignReferences(copy);
      return copy;
    },

    buildModels(schemas: unknown, createModel?: Function): Dictionary<ModelClass> {
      const builder = registryBuilder(this);
      // juggler writes the model names into the schemas, so it gets copies of the caller's objects
      const copy = (schema: unknown) => (isObject(schema) ? {...schema} : schema);
      return stock.buildModels.call(builder, Array.isArray(schemas) ? schemas.map(copy) : copy(schemas), createModel);
    },
  };
  return methods;
}

/** Whether a class can use the accessors that light classes share: these find the class of an instance by its `constructor`. */
function canShareAccessors(properties: Properties): boolean {
  return !Object.hasOwn(properties, 'constructor') && !Object.hasOwn(properties, '__proto__');
}

function isObject(value: unknown): value is Dictionary<unknown> {
  return typeof value === 'object' && value !== null;
}

/** Returns what undoes a `defineProperty`: it may fail halfway, or belong to a define that fails. */
function undoOfDefineProperty(
  model: ModelClass | undefined,
  definition: ModelDefinition | undefined,
  property: string,
): () => void {
  if (!model || !definition) return () => {};
  const {properties, relations, _ids, json, rawProperties} = definition;
  const connector = model.dataSource?.connector;
  const entry = connector && registryOfClass(model)?.tables.tableOf(connector)[model.modelName];
  const places = [rawProperties, properties, entry?.properties as Properties | undefined, model.prototype as Properties];
  const restore = places.flatMap(place =>
    place ? [property, `$${property}`].map(name => [place, name, Object.getOwnPropertyDescriptor(place, name)] as const) : [],
  );
  // a property named __proto__ replaces the prototype
  const prototype = Object.getPrototypeOf(rawProperties) as object | null;
  return () => {
    Object.assign(definition, {properties, relations, _ids, json});
    Object.setPrototypeOf(rawProperties, prototype);
    for (const [place, name, descriptor] of restore) {
      if (descriptor) Object.defineProperty(place, name, descriptor);
      else Reflect.deleteProperty(place, name);
    }
  };
}
