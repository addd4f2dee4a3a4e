import {builderForSubclass, builderOf, registryOf} from './builder-binding';
import {ownerOf} from './class-owner';
import {DeferredPart, isDeferrable, partWithin, type PartMaker} from './deferred-part';
import type {Dialect} from './dialect';
import {EmbeddedStructure} from './embedded-structure';
import {extending, guardExtend, ownScopes} from './extension';
import {noteForeignHolds, watchForeignHolds} from './foreign-holds';
import type {Dictionary, ModelClass, ModelDefinition, Properties, Settings, StockModelBuilder} from './juggler';
import {isModelClass} from './juggler';
import type {LightClasses} from './light-class';
import type {ModelRegistry} from './model-registry';
import {expose} from './lazy-definition';
import {isOrdinaryModel, keepFromWriting} from './named-structure';
import {snapshot} from './own-copy';
import {mayBeWritten, isEmbeddedShape, isRemoved} from './property-shape';
import {SharedShapes} from './shared-shapes';
import type {Layer} from './static-layer';
import {isJugglers} from './stand-in';
import {idNameOf, idsOf} from './structure-ids';
import {madeFrom} from './untouched';
import {ValueTypes, type ValueTypesThen} from './value-types';

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

  const shapes = new SharedShapes(schemaTypes);
  const valueTypes = new ValueTypes(schemaTypes);
  // somebody's in its place is to go on making the models with names
  const isJugglersDefine = isJugglers(stock.define, 'createModelClassCtor');

  /** Where the embedded classes of a define belong, as it is then. */
  interface Place {
    readonly builder: StockModelBuilder;
    readonly registry: ModelRegistry;
    readonly base: ModelClass;
    readonly dialect: Dialect;
  }

  function placeOf(builder: StockModelBuilder, registry: ModelRegistry): Place {
    const base = builder.defaultModelBaseClass;
    const dialect = registry.embedded.dialect(builder.settings.strictEmbeddedModels || false, base, schemaTypes);
    return {builder, registry, base, dialect};
  }

  /** One class for one structure, made from a copy that nobody else writes to. */
  function embedded(place: Place, shape: object, isSubProperty: boolean): unknown {
    const {builder, registry, dialect} = place;
    const {journal, copies, embedded: index} = registry;
    const isJugglers = jugglerDefines;
    const known = index.find(shape, dialect);
    if (known) return known;
    const raw = copies.property(shape, isSubProperty) as object;
    // of the copy: a getter may have answered differently a second time
    const hash = dialect.hashOf(raw);
    const make = () => stock.resolveType.call(builder, raw, isSubProperty) as ModelClass;
    if (hash === undefined) return journal.run(make);
    return journal.run(() => {
      const isOurs = registry.maker === 'light' && isOrdinary(raw);
      const asked = !isOurs || mayBeWritten(raw) ? snapshot(raw) : undefined;
      const isWithin = raw === shape;
      const model = isOurs ? light(place, raw, hash, {isWithin, isNested: journal.nested}) : make();
      journal.note({undo: () => index.forget(model)});
      if (isOurs) index.add(model, asked);
      else index.addStock(model, dialect, hash, asked!, raw);
      // juggler shows it already, as a part of what is around it
      if (isOurs && isWithin && isJugglers) expose(model);
      return model;
    });
  }

  interface How {
    /** What it is made of is a part of what is around it. */
    readonly isWithin: boolean;
    /** A model uses it. */
    readonly isNested: boolean;
    readonly layer?: Layer;
    readonly resolve?: (property: unknown) => unknown;
  }

  function light(place: Place, raw: Dictionary<unknown>, hash: number, how: How): ModelClass {
    const {builder, registry, base, dialect} = place;
    const {layer = classes.statics(base), resolve = resolving(place)} = how;
    const name = builder.getSchemaName(null);
    for (const property of Object.keys(raw)) if (isRemoved(raw[property])) delete raw[property];
    return registry.catalogue.adding(name, how.isNested, () => {
      const types = defining(false, () => Object.keys(raw).map(property => resolve(raw[property])));
      noteId(raw, types);
      const shape = how.isWithin ? {raw, types} : shapes.of(hash, {raw, types});
      const structure = new EmbeddedStructure(shape.raw, shape.types, dialect, hash);
      const model = classes.make(builder, name, structure, base, layer);
      builder.models[name] = model;
      builder.definitions[name] = model.definition!;
      return model;
    });
  }

  /** Resolves properties, own copies; classes that can be made later are. */
  function resolving(place: Place): (property: unknown) => unknown {
    const {builder, registry} = place;
    // somebody's in its place is to see all
    if (builder.resolveType !== methods.resolveType || registry.maker === 'stock')
      return property => builder.resolveType(property);
    const then = valueTypes.now;
    let maker: PartMaker | undefined;
    return property => {
      const waits = isObject(property) && (registry.copies.isDeferrable(property) || isDeferrable(property, then));
      if (!waits) return builder.resolveType(property);
      registry.embedded.areDeferred = true;
      return new DeferredPart(property, (maker ??= new Parts(place, then)));
    };
  }

  /** Of a define: makes its embedded classes later. */
  class Parts implements PartMaker {
    readonly #place: Place;
    readonly #layer: Layer;

    constructor(
      place: Place,
      readonly valueTypes: ValueTypesThen,
    ) {
      this.#place = place;
      this.#layer = classes.statics(place.base);
    }

    make(shape: object, shown?: object): unknown {
      const {registry, dialect} = this.#place;
      const {journal, embedded: index} = registry;
      // what names mean by now is another structure
      const isIndexed = valueTypes.now === this.valueTypes;
      const known = isIndexed ? index.find(shape, dialect) : undefined;
      if (known) return known;
      const raw = shape as Dictionary<unknown>;
      return journal.run(() => {
        const asked = mayBeWritten(raw) ? snapshot(raw) : undefined;
        const resolve = (property: unknown) => partWithin(property, this);
        const how = {isWithin: true, isNested: true, layer: this.#layer, resolve};
        const model = light(this.#place, raw, dialect.hashOf(raw)!, how);
        if (shown) madeFrom(model)!.show(shown as Dictionary<unknown>);
        journal.note({undo: () => index.forget(model)});
        if (isIndexed) index.add(model, asked);
        index.areDeferred = true;
        return model;
      });
    }
  }

  const methods: ReturnType<typeof builderMethods> = {
    define(name: string, properties?: Properties, settings?: Settings, parent?: ModelClass): ModelClass {
      const builder = scoped(this);
      const registry = registryOf(builder);
      const {copies, journal} = registry;
      const own = isObject(properties) ? copies.properties(properties) : (properties ?? {});
      const ownSettings = isObject(settings) ? copies.settings(settings) : {};
      const make = () => defining(true, () => stock.define.call(builder, name, own, ownSettings, parent));
      if (!name) return make();

      const named = ownSettings.base || ownSettings.super;
      const base =
        typeof named === 'string' && builder.models[named]?.settings?.unresolved ? registry.catalogue.lookUp(named) : named;
      // juggler looks into the dictionary, where a placeholder hides a shared model that came later
      if (base !== named) ownSettings.base = base;
      if (Boolean(parent) !== Boolean(base)) {
        // juggler calls the base's `extend`, which comes back here with both
        const from = parent ?? (isModelClass(base) ? base : registry.catalogue.lookUp(String(base)));
        return from ? journal.run(() => extending(from, builder, make)) : make();
      }
      const nested = journal.nested && ownSettings.anonymous === true;
      const model = registry.catalogue.defining(name, nested, () => {
        if (registry.maker === 'stock' || !isShareable(own)) return make();
        const from = isModelClass(base) ? base : base ? builder.models[base as string] : builder.defaultModelBaseClass;
        const isOurs = from && isJugglersDefine && isOrdinaryModel(own, ownSettings);
        const made =
          isOurs &&
          defining(false, () => classes.define(builder, name, own, ownSettings, from, resolving(placeOf(builder, registry))));
        return made || classes.defining(builder, name, ownSettings.unresolved ? undefined : from, make);
      });
      // of juggler's making; what ours inherits is guarded
      if (Object.hasOwn(model, 'extend')) {
        if (ownerOf(model) === registry) guardExtend(model, () => builderForSubclass(builder));
        watchForeignHolds(model);
      }
      ownScopes(model);
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
        return embedded(placeOf(builder, registry), type, isSubProperty);
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
      const owner = ownerOf(model) ?? registryOf(builder);
      owner.journal.run(() => {
        owner.journal.note({undo: redefinition(model, builder.definitions[modelName], property)});
        defining(true, () => stock.defineProperty.call(builder, modelName, property, owner.copies.property(definition)));
      });
      if (model) {
        owner.embedded.forget(model);
        noteForeignHolds(model);
      }
      owner.catalogue.sweep();
    },

    /** Value types are the process's. A model class among them goes with its registry. */
    defineValueType(type: Function, aliases?: string[]): void {
      const names = [type.name, ...(aliases ?? [])].map(name => name.toLowerCase());
      for (const name of names) ownerOf(type)?.foreignHolds.addSlot(schemaTypes, name);
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

/**
 * Without what is left to juggler's `define`: generated ids, names that every object has, and what juggler writes
 * into the options of `required`.
 */
function isOrdinary(raw: object): raw is Dictionary<unknown> {
  // juggler looks names up in plain objects, where these mean something else
  if (Object.keys(raw).some(name => name in Object.prototype)) return false;
  return Object.values(raw).every(property =>
    isObject(property)
      ? !((property.id && property.generated) || isObject(property.required))
      : isRemoved(property) || typeof property === 'function' || Boolean(property),
  );
}

/** Whether it is juggler's `define` that the running one is part of: synchronous, and they nest. */
let jugglerDefines = false;

function defining<T>(byJuggler: boolean, define: () => T): T {
  const outer = jugglerDefines;
  jugglerDefines = byJuggler;
  try {
    return define();
  } finally {
    jugglerDefines = outer;
  }
}

/** juggler writes into what is the id that it may be set at any time, as it is not generated. */
function noteId(raw: Dictionary<unknown>, types: readonly unknown[]): void {
  const name = idNameOf(raw, idsOf(raw));
  if (name === undefined) return;
  keepFromWriting(types[Object.keys(raw).indexOf(name)]);
  (raw[name] as Dictionary<unknown>).updateOnly = false;
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
  const entry = connector && ownerOf(model)?.tables.of(connector)[model.modelName];
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
