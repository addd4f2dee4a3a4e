import {constructorName, makeConstructor, makePlaceholderConstructor} from './class-constructor';
import {DataAccessLayers} from './data-access-layer';
import type {EmbeddedClassRecord} from './embedded-class-record';
import type {Dictionary, ModelClass, Settings, StockModelBuilder} from '../juggler/types';
import {lazyDefinitions, type LazyDefinitions} from './lazy-definition';
import {lazyStatics, OWN_VALIDATIONS, restPathsOf, VALIDATIONS} from './lazy-statics';
import {NamedClassRecord} from './named-class-record';
import type {JugglerTypes} from './property-accessors';
import {SharedPrototypes, type VirtualId} from './shared-prototype';
import {CLASS_RECORD, FilledClassRecord, fillingIn} from '../ownership/class-record';
import {notePlaceholder} from '../ownership/class-home';
import {defineOwn, ownValue} from '../primitives/own-property';
import {ownerOf} from '../ownership/class-owner';
import {stockPlaceholder} from './stock-placeholder';
import {idsOf} from '../juggler/id-properties';
import {StaticLayerTable, type StaticLayer} from './static-layer';
import {isLightClass} from './change-detection';
import type {DefineReason} from '../debug-log';

/**
 * Makes light classes: model classes that behave like those of juggler's `define` and take a fraction of the memory. Light
 * classes share the statics of their base, the data access methods and the accessors of properties. What juggler makes for each
 * class itself (the definition, hooks, validations and so on) is made on first use. There is one LightClasses for each copy of
 * juggler.
 */
export class LightClasses {
  #sharedParts: SharedParts | undefined;

  /**
   * @param stockBuilder makes a builder with juggler's own methods, also while this library is installed into juggler
   * @param builderForSubclass returns the builder that defines a subclass of a class made by the given builder
   */
  constructor(
    private readonly stockBuilder: () => StockModelBuilder,
    private readonly builderForSubclass: (builder: StockModelBuilder) => StockModelBuilder,
  ) {}

  /** Returns the layer from which classes on `base` inherit their statics at present. */
  staticLayerOf(base: ModelClass): StaticLayer {
    (base as {__rank?: number}).__rank ||= 1;
    return this.#shared.layers.layerOf(base);
  }

  /**
   * Makes an embedded class. Does not list it in the builder.
   * @param layer the static layer of `base`
   */
  makeEmbedded(
    builder: StockModelBuilder,
    name: string,
    record: EmbeddedClassRecord,
    base: ModelClass,
    layer: StaticLayer,
  ): ModelClass {
    const {prototypes, definitions} = this.#shared;
    (base as {__rank?: number}).__rank ||= 1;
    const model = makeConstructor(constructorName(name)!, base);

    const definition = definitions.makeDefinition(builder, name, record);
    record.definition = definition;
    Object.setPrototypeOf(model, record.rules.length > 0 ? layer.validated : layer.statics);
    Object.defineProperty(model, CLASS_RECORD, {value: record, configurable: true});
    defineOwn(model, 'definition', definition, true);
    givePrototype(model, prototypes.prototypeFor(base.prototype as object, Object.keys(record.raw), virtualIdOf(record.raw)));
    return model;
  }

  /**
   * Defines a named class as juggler's `define` does, for properties and settings that have no `reasonForJuggler`.
   * @param raw a private copy of the properties
   * @param settings a private copy of the settings
   * @param resolve resolves the type of a property
   * @returns the class, or the reason why juggler's own `define` must make it; a half-made class may be listed under the name then
   */
  defineNamed(
    builder: StockModelBuilder,
    name: string,
    raw: Dictionary<unknown>,
    settings: Settings,
    base: ModelClass,
    resolve: (property: unknown) => unknown,
  ): ModelClass | DefineReason {
    const {layers, prototypes, definitions, areDefinitionsUntouched} = this.#shared;
    const {models} = builder;
    const constructor = constructorName(name);
    const isPlaceholder = models[name]?.settings?.unresolved;
    if (!constructor) return {because: "its name is no identifier, or means something else in juggler's constructor"};
    if (isPlaceholder) return {because: 'a placeholder has its name'};
    if (!('getMergePolicy' in base)) return {because: "its base is none of juggler's classes"};
    if (!areDefinitionsUntouched()) return {because: "a method of juggler's ModelDefinition is replaced"};
    (base as {__rank?: number}).__rank ||= 1;
    settings.strict ??= false;
    const baseName = settings.base || settings.super;
    if (baseName) {
      settings.base = baseName;
      delete settings.super;
    }
    const model = makeConstructor(constructor, base);
    const record = new NamedClassRecord(raw, settings);
    Object.setPrototypeOf(model, layers.layerOf(base).statics);
    Object.defineProperty(model, CLASS_RECORD, {value: record, configurable: true});
    defineOwn(model, 'modelName', name);
    defineOwn(model, 'modelBuilder', builder);
    defineOwn(model, 'dataSource', null);
    defineOwn(model, 'settings', settings, true);
    defineOwn(model, '__rank', (base as {__rank?: number}).__rank! + 1, true);
    // listed before its properties are resolved, because they may refer to the class itself
    models[name] = model;
    const untyped = record.resolve(resolve);
    if (untyped !== undefined) return {property: untyped, because: 'has no type'};
    const definition = definitions.makeDefinition(builder, name, record);
    record.definition = definition;
    builder.definitions[name] = definition;
    defineOwn(model, 'definition', definition, true);
    if (record.hasRules) Object.defineProperty(model, 'validations', OWN_VALIDATIONS);
    givePrototype(model, prototypes.prototypeFor(base.prototype as object, Object.keys(raw), virtualIdOf(raw)));
    if (settings.plural || settings.http) restPathsOf(model, this.stockBuilder, settings);
    // when user code has replaced a validation method of juggler, `define` must call the replacement now and not on first use
    if (VALIDATION_METHODS.some(method => staticsOf(base)[method] !== staticsOf(this.#shared.jugglersBase)[method]))
      void model.validations;
    return model;
  }

  /**
   * Runs juggler's `define` of a named class so that it fills in a light class. juggler fills in a class that it finds listed
   * as a placeholder. So a light placeholder is listed first. It inherits already what juggler would otherwise copy into it.
   * @param base undefined when `define` makes a placeholder
   * @param define juggler's own
   */
  fillByJuggler(builder: StockModelBuilder, name: string, base: ModelClass | undefined, define: () => ModelClass): ModelClass {
    const {models} = builder;
    const known = Object.hasOwn(models, name) ? models[name] : undefined;
    const isPlaceholder = Boolean(known?.settings?.unresolved);
    const model = isPlaceholder ? known! : this.#placeholder(builder, name, base);
    if (!model || !isLightClass(model)) return this.makeByJuggler(builder, name, base ?? builder.defaultModelBaseClass, define);
    models[name] = model;
    if (base) Object.setPrototypeOf(model, this.#shared.layers.layerOf(base).statics);
    return fillingIn(model, define);
  }

  /**
   * Runs juggler's `define` so that juggler makes all of a class but its constructor, if the base may end while code keeps the class:
   * juggler's constructor keeps the base alive.
   * @param define juggler's own
   */
  makeByJuggler(builder: StockModelBuilder, name: string, base: ModelClass | undefined, define: () => ModelClass): ModelClass {
    const {models} = builder;
    const owner = ownerOf(base);
    if (owner && !owner.outlivesTenants && !ownValue<ModelClass>(models, name)?.settings?.unresolved)
      models[name] = stockPlaceholder(name, base!) ?? models[name];
    return define();
  }

  #placeholder(
    builder: StockModelBuilder,
    name: string,
    base: ModelClass = builder.defaultModelBaseClass,
  ): ModelClass | undefined {
    const constructor = constructorName(name);
    if (!constructor) return undefined;
    const model = makePlaceholderConstructor(constructor, base);
    Object.setPrototypeOf(model, this.#shared.layers.placeholder);
    Object.defineProperty(model, CLASS_RECORD, {value: new FilledClassRecord(), configurable: true});
    defineOwn(model, 'modelName', name);
    defineOwn(model, 'settings', {unresolved: true}, true);
    notePlaceholder(model, builder);
    return model;
  }

  /** The layers with the data access methods that light classes share. */
  get dataAccess(): DataAccessLayers {
    return this.#shared.dataAccess;
  }

  get #shared(): SharedParts {
    return (this.#sharedParts ??= this.#makeSharedParts());
  }

  #makeSharedParts(): SharedParts {
    const stock = this.stockBuilder();
    const donor = stock.define('Donor', {list: ['any']}, {idInjection: false}) as ModelClass &
      (new (data: object) => {list: {parent: unknown}});
    const instance = new donor({list: []});
    const stockDefinitions = Object.getPrototypeOf(donor.definition) as object;
    const definitions = lazyDefinitions(stockDefinitions);
    const prototypes = new SharedPrototypes({
      List: instance.list.constructor as JugglerTypes['List'],
      isJuggler3: instance.list.parent !== instance,
      resolveType: (model, name) => model.modelBuilder!.resolveType(name),
    });
    return {
      prototypes,
      definitions,
      dataAccess: new DataAccessLayers(prototypes),
      layers: new StaticLayerTable(lazyStatics(prototypes, this.stockBuilder, this.builderForSubclass), VALIDATIONS),
      jugglersBase: stock.defaultModelBaseClass,
      areDefinitionsUntouched: watchMethods(stockDefinitions),
    };
  }
}

/**
 * The prototype of a class. V8 reserves no space for further properties in an instance of a class; in an object of
 * Object.create it does.
 */
class OwnPrototype {
  constructor(model: ModelClass) {
    defineOwn(this, 'constructor', model);
  }
}

function givePrototype(model: ModelClass, sharedPrototype: object): void {
  const prototype = Object.setPrototypeOf(new OwnPrototype(model), sharedPrototype) as object;
  model.prototype = prototype;
  compactPrototype(prototype);
}

/**
 * V8 turns an object that becomes a prototype into a hash table of several times its size. The first look-up through it
 * reverses that.
 */
function compactPrototype(prototype: object): void {
  void {__proto__: prototype}.constructor;
}

/** Returns which virtual `id` juggler's `define` puts on the prototype of a class, or undefined for none (see VirtualId). */
function virtualIdOf(raw: Dictionary<unknown>): VirtualId | undefined {
  const ids = idsOf(raw);
  if (ids.length !== 1) return 'composite';
  return ids[0].name === 'id' ? undefined : 'other';
}

/** What all light classes on one copy of juggler share. Made on first use, because importing this library must do nothing. */
interface SharedParts {
  readonly dataAccess: DataAccessLayers;
  readonly layers: StaticLayerTable;
  readonly prototypes: SharedPrototypes;
  readonly definitions: LazyDefinitions;
  readonly jugglersBase: ModelClass;
  /** Whether the methods of juggler's ModelDefinition are still juggler's own. A light class would bypass a replacement. */
  readonly areDefinitionsUntouched: () => boolean;
}

/** Returns a function that tells whether the methods of juggler's ModelDefinition are the same as at this call. */
function watchMethods(prototype: object): () => boolean {
  const methods = {...prototype} as Dictionary<unknown>;
  return () =>
    ['build', 'defineProperty', 'ids', 'idName', 'idNames'].every(
      name => (prototype as Dictionary<unknown>)[name] === methods[name],
    );
}

/** The methods by which a define adds validations. */
const VALIDATION_METHODS = ['validatesPresenceOf', 'validatesAbsenceOf', 'validatesDateOf'];

function staticsOf(model: ModelClass): Dictionary<unknown> {
  return model as unknown as Dictionary<unknown>;
}
