import {builderForSubclass, builderOf, registryOf} from '../binding/builder-binding';
import {registryOfClass} from '../registry/model-registry';
import {EmbeddedClassMaker} from './embedded-class-maker';
import {extendOnBuilder, guardExtend, giveOwnScopes} from '../classes/class-extension';
import {noteForeignReferences, watchForeignReferences} from '../classes/foreign-references';
import type {Dictionary, ModelClass, ModelDefinition, Properties, Settings, StockModelBuilder} from '../juggler/types';
import {isModelClass} from '../juggler/types';
import type {LightClasses} from '../classes/light-classes';
import {isOrdinaryModel} from '../classes/named-class-record';
import {isEmbeddedShape} from '../juggler/property-set';
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
 * The methods of juggler's ModelBuilder through which everything that makes or finds a class goes, made to work on the
 * builder's registry. juggler calls all of them as methods of the builder, also from inside, so overriding them reaches
 * every path in every major.
 * @param stock juggler's own methods
 * @param schemaTypes juggler's value types by lower-case name: process-wide, and read anew each time, as juggler does
 * @param bind called for each builder before it is used: binds one that is not bound yet
 */
export function builderMethods(
  stock: BuilderMethods,
  schemaTypes: Dictionary<Function>,
  bind: (builder: StockModelBuilder) => void,
  classes: LightClasses,
): BuilderMethods & ThisType<StockModelBuilder> {
  const scoped = (builder: StockModelBuilder) => {
    bind(builder);
    return builderOf(builder);
  };

  // somebody's in its place is to go on making the models with names
  const isJugglersDefine = isJugglersOwn(stock.define, 'createModelClassCtor');

  const embedded = new EmbeddedClassMaker(
    stock.resolveType,
    schemaTypes,
    classes,
    builder => builder.resolveType === methods.resolveType,
  );

  const methods: ReturnType<typeof builderMethods> = {
    define(name: string, properties?: Properties, settings?: Settings, parent?: ModelClass): ModelClass {
      const builder = scoped(this);
      const registry = registryOf(builder);
      const {copies, journal} = registry;
      const own = isObject(properties) ? copies.properties(properties) : (properties ?? {});
      const ownSettings = isObject(settings) ? copies.settings(settings) : {};
      const make = () => {
        copies.adoptDeferrable(own);
        return journal.within({byJuggler: true}, () => stock.define.call(builder, name, own, ownSettings, parent));
      };
      if (!name) return make();

      const named = ownSettings.base || ownSettings.super;
      const base =
        typeof named === 'string' && builder.models[named]?.settings?.unresolved ? registry.catalogue.lookUp(named) : named;
      // juggler looks into the dictionary, where a placeholder hides a shared model that came later
      if (base !== named) ownSettings.base = base;
      if (Boolean(parent) !== Boolean(base)) {
        // juggler calls the base's `extend`, which comes back here with both
        const from = parent ?? (isModelClass(base) ? base : registry.catalogue.lookUp(String(base)));
        return from ? journal.runDefine(() => extendOnBuilder(from, builder, make)) : make();
      }
      const nested = journal.nested && ownSettings.anonymous === true;
      const model = registry.catalogue.defining(name, nested, () => {
        if (registry.maker === 'stock' || !isShareable(own)) return make();
        const from = isModelClass(base) ? base : base ? builder.models[base as string] : builder.defaultModelBaseClass;
        const isOurs = from && isJugglersDefine && isOrdinaryModel(own, ownSettings);
        const made =
          isOurs &&
          journal.within({byJuggler: false}, () =>
            classes.defineNamed(builder, name, own, ownSettings, from, embedded.resolving(builder, registry)),
          );
        return made || classes.defineByJuggler(builder, name, ownSettings.unresolved ? undefined : from, make);
      });
      // of juggler's making; what ours inherits is guarded
      if (Object.hasOwn(model, 'extend')) {
        if (registryOfClass(model) === registry) guardExtend(model, () => builderForSubclass(builder));
        watchForeignReferences(model);
      }
      giveOwnScopes(model);
      registry.catalogue.sweep();
      if (!journal.running) copies.forget();
      return model;
    },

    resolveType(type: unknown, isSubProperty = false): unknown {
      const builder = scoped(this);
      const registry = registryOf(builder);
      if (typeof type === 'string' && type) {
        const known = schemaTypes[type.toLowerCase()] ?? registry.catalogue.lookUp(type);
        return known ?? builder.define(type, {}, {unresolved: true});
      }
      if (typeof type === 'object' && type && isEmbeddedShape(type, isSubProperty)) {
        return embedded.classOf(builder, registry, type, isSubProperty);
      }
      return stock.resolveType.call(builder, type, isSubProperty);
    },

    getModel(name: string, forceCreate?: boolean): ModelClass | undefined {
      const builder = scoped(this);
      return (
        registryOf(builder).catalogue.lookUp(name) ?? (forceCreate ? builder.define(name, {}, {unresolved: true}) : undefined)
      );
    },

    getModelDefinition(name: string): ModelDefinition | undefined {
      const builder = scoped(this);
      const {definitions} = builder;
      return Object.hasOwn(definitions, name) || registryOf(builder).catalogue.lookUp(name) ? definitions[name] : undefined;
    },

    getSchemaName(name?: string | null): string {
      return name || registryOf(scoped(this)).catalogue.nextAnonymousName();
    },

    /** A definition belongs to one registry, also where a tenant's relation adds a foreign key to a shared model. */
    defineProperty(modelName: string, property: string, definition: unknown): void {
      const builder = scoped(this);
      const model = builder.models[modelName];
      const owner = registryOfClass(model) ?? registryOf(builder);
      owner.journal.runDefine(() => {
        owner.journal.note({undo: redefinition(model, builder.definitions[modelName], property)});
        owner.journal.within({byJuggler: true}, () =>
          stock.defineProperty.call(builder, modelName, property, owner.copies.property(definition)),
        );
      });
      if (model) {
        owner.embeddedIndex.forget(model);
        noteForeignReferences(model);
      }
      owner.catalogue.sweep();
      if (!owner.journal.running) owner.copies.forget();
    },

    /** Value types are the process's. A model class among them goes with its registry. */
    defineValueType(type: Function, aliases?: string[]): void {
      const names = [type.name, ...(aliases ?? [])].map(name => name.toLowerCase());
      for (const name of names) registryOfClass(type)?.foreignReferences.addSlot(schemaTypes, name);
      stock.defineValueType.call(this, type, aliases);
    },

    deleteModelByName(name: string): void {
      registryOf(scoped(this)).catalogue.delete(name);
    },

    copyModel(master: ModelClass): ModelClass {
      const builder = scoped(this);
      const copy = stock.copyModel.call(builder, master);
      registryOf(builder).own(copy);
      return copy;
    },

    buildModels(schemas: unknown, createModel?: Function): Dictionary<ModelClass> {
      const builder = scoped(this);
      // juggler writes the names into the schemas
      const copy = (schema: unknown) => (isObject(schema) ? {...schema} : schema);
      return stock.buildModels.call(builder, Array.isArray(schemas) ? schemas.map(copy) : copy(schemas), createModel);
    },
  };
  return methods;
}

/** Accessors that classes share find the class by the instance, as its constructor. */
function isShareable(properties: Properties): boolean {
  return !Object.hasOwn(properties, 'constructor') && !Object.hasOwn(properties, '__proto__');
}

function isObject(value: unknown): value is Dictionary<unknown> {
  return typeof value === 'object' && value !== null;
}

/** Remembers what a `defineProperty` that fails, or is part of a define that fails, leaves half rebuilt. */
function redefinition(model: ModelClass | undefined, definition: ModelDefinition | undefined, property: string): () => void {
  if (!model || !definition) return () => {};
  const {properties, relations, _ids, json, rawProperties} = definition;
  const connector = model.dataSource?.connector;
  const entry = connector && registryOfClass(model)?.tables.tableOf(connector)[model.modelName];
  const places = [rawProperties, properties, entry?.properties as Properties | undefined, model.prototype as Properties];
  const restore = places.flatMap(place =>
    place ? [property, `$${property}`].map(name => [place, name, Object.getOwnPropertyDescriptor(place, name)] as const) : [],
  );
  // the key __proto__ changes it
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
