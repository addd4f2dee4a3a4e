import {constructorName, constructorOf, placeholderConstructorOf} from './class-constructor';
import {DataAccessLayers} from './data-access-layer';
import type {EmbeddedClassRecord} from './embedded-class-record';
import type {Dictionary, ModelClass, Settings, StockModelBuilder} from '../juggler/types';
import {lazyDefinitions, type LazyDefinitions} from './lazy-definition';
import {lazyStatics, OWN_VALIDATIONS, restPathsOf, VALIDATIONS} from './lazy-statics';
import {NamedClassRecord} from './named-class-record';
import type {JugglerTypes} from './property-accessors';
import {SharedPrototypes, type VirtualId} from './shared-prototype';
import {CLASS_RECORD, FilledClassRecord, fillingIn} from '../ownership/class-record';
import {defineOwn} from '../primitives/own-property';
import {idsOf} from '../juggler/id-properties';
import {StaticLayerTable, type StaticLayer} from './static-layer';
import {isLightClass} from './change-detection';

/**
 * Makes embedded classes that behave as those of juggler's `define`, and share what is equal for all: the statics of the
 * base, the accessors of properties. What juggler gives each class for itself comes to be on first use.
 */
export class LightClasses {
  #parts: Parts | undefined;

  /**
   * @param stockBuilder makes a builder with juggler's own methods, whatever is installed
   * @param builderForSubclass the builder that makes a subclass of a class of another builder's
   */
  constructor(
    private readonly stockBuilder: () => StockModelBuilder,
    private readonly builderForSubclass: (builder: StockModelBuilder) => StockModelBuilder,
  ) {}

  /** What classes on a base inherit now. */
  statics(base: ModelClass): StaticLayer {
    (base as {__rank?: number}).__rank ||= 1;
    return this.#ours.layers.layerOf(base);
  }

  /** @param layer of `base` */
  makeEmbedded(
    builder: StockModelBuilder,
    name: string,
    structure: EmbeddedClassRecord,
    base: ModelClass,
    layer: StaticLayer,
  ): ModelClass {
    const {prototypes, definitions} = this.#ours;
    (base as {__rank?: number}).__rank ||= 1;
    const model = constructorOf(constructorName(name)!, base);

    const definition = definitions.makeDefinition(builder, name, structure);
    structure.definition = definition;
    Object.setPrototypeOf(model, structure.rules.length > 0 ? layer.validated : layer.statics);
    Object.defineProperty(model, CLASS_RECORD, {value: structure, configurable: true});
    defineOwn(model, 'definition', definition, true);
    givePrototype(
      model,
      prototypes.prototypeFor(base.prototype as object, Object.keys(structure.raw), virtualIdOf(structure.raw)),
    );
    return model;
  }

  /**
   * Does as juggler's `define` for a class with a name, for properties and settings that are `isOrdinaryModel`.
   * @param raw an own copy
   * @param base the class that it inherits from
   * @returns undefined where it is left to juggler's own
   */
  defineNamed(
    builder: StockModelBuilder,
    name: string,
    raw: Dictionary<unknown>,
    settings: Settings,
    base: ModelClass,
    resolve: (property: unknown) => unknown,
  ): ModelClass | undefined {
    const {layers, prototypes, definitions, areDefinitionsUntouched} = this.#ours;
    const {models} = builder;
    const constructor = constructorName(name);
    const isPlaceholder = models[name]?.settings?.unresolved;
    if (!constructor || isPlaceholder || !('getMergePolicy' in base) || !areDefinitionsUntouched()) return undefined;
    (base as {__rank?: number}).__rank ||= 1;
    settings.strict ??= false;
    const baseName = settings.base || settings.super;
    if (baseName) {
      settings.base = baseName;
      delete settings.super;
    }
    const model = constructorOf(constructor, base);
    const structure = new NamedClassRecord(raw, settings);
    Object.setPrototypeOf(model, layers.layerOf(base).statics);
    Object.defineProperty(model, CLASS_RECORD, {value: structure, configurable: true});
    defineOwn(model, 'modelName', name);
    defineOwn(model, 'modelBuilder', builder);
    defineOwn(model, 'dataSource', null);
    defineOwn(model, 'settings', settings, true);
    defineOwn(model, '__rank', (base as {__rank?: number}).__rank! + 1, true);
    // its properties may refer to it
    models[name] = model;
    if (!structure.resolve(resolve)) return undefined;
    const definition = definitions.makeDefinition(builder, name, structure);
    structure.definition = definition;
    builder.definitions[name] = definition;
    defineOwn(model, 'definition', definition, true);
    if (structure.hasRules) Object.defineProperty(model, 'validations', OWN_VALIDATIONS);
    givePrototype(model, prototypes.prototypeFor(base.prototype as object, Object.keys(raw), virtualIdOf(raw)));
    if (settings.plural || settings.http) restPathsOf(model, this.stockBuilder, settings);
    // somebody's in place of juggler's is called now, as on stock
    if (VALIDATING.some(rule => statics(base)[rule] !== statics(this.#ours.jugglersBase)[rule])) void model.validations;
    return model;
  }

  /**
   * Runs juggler's `define` of a class by name. juggler fills in what it finds as a placeholder: one of ours inherits already
   * what juggler would copy into it.
   * @param base undefined for a placeholder that is to stay one
   */
  defineByJuggler(builder: StockModelBuilder, name: string, base: ModelClass | undefined, define: () => ModelClass): ModelClass {
    const {models} = builder;
    const known = Object.hasOwn(models, name) ? models[name] : undefined;
    const isPlaceholder = Boolean(known?.settings?.unresolved);
    const model = isPlaceholder ? known! : this.#placeholder(builder, name, base);
    if (!model || !isLightClass(model)) return define();
    models[name] = model;
    if (base) Object.setPrototypeOf(model, this.#ours.layers.layerOf(base).statics);
    return fillingIn(model, define);
  }

  #placeholder(
    builder: StockModelBuilder,
    name: string,
    base: ModelClass = builder.defaultModelBaseClass,
  ): ModelClass | undefined {
    const constructor = constructorName(name);
    if (!constructor) return undefined;
    const model = placeholderConstructorOf(constructor, base);
    Object.setPrototypeOf(model, this.#ours.layers.placeholder);
    Object.defineProperty(model, CLASS_RECORD, {value: new FilledClassRecord(), configurable: true});
    defineOwn(model, 'modelName', name);
    defineOwn(model, 'settings', {unresolved: true}, true);
    return model;
  }

  /** The data access methods of classes of ours. */
  get dataAccess(): DataAccessLayers {
    return this.#ours.dataAccess;
  }

  get #ours(): Parts {
    return (this.#parts ??= this.#makeParts());
  }

  #makeParts(): Parts {
    const stock = this.stockBuilder();
    const donor = stock.define('Donor', {list: ['any']}, {idInjection: false}) as ModelClass &
      (new (data: object) => {list: {parent: unknown}});
    const instance = new donor({list: []});
    const stockDefinitions = Object.getPrototypeOf(donor.definition) as object;
    const definitions = lazyDefinitions(stockDefinitions);
    const prototypes = new SharedPrototypes({
      List: instance.list.constructor as JugglerTypes['List'],
      isOld: instance.list.parent !== instance,
      resolveType: (model, name) => model.modelBuilder!.resolveType(name),
    });
    return {
      prototypes,
      definitions,
      dataAccess: new DataAccessLayers(prototypes),
      layers: new StaticLayerTable(lazyStatics(prototypes, this.stockBuilder, this.builderForSubclass), VALIDATIONS),
      jugglersBase: stock.defaultModelBaseClass,
      areDefinitionsUntouched: whetherUntouched(stockDefinitions),
    };
  }
}

/** The prototype of a class. As an instance of something, it has no room for more properties than it has. */
class OwnPrototype {
  constructor(model: ModelClass) {
    defineOwn(this, 'constructor', model);
  }
}

function givePrototype(model: ModelClass, shared: object): void {
  const prototype = Object.setPrototypeOf(new OwnPrototype(model), shared) as object;
  model.prototype = prototype;
  settle(prototype);
}

/** V8 keeps an object that has become a prototype as a hash table, of several times its size, until a look-up comes by it. */
function settle(prototype: object): void {
  void {__proto__: prototype}.constructor;
}

function virtualIdOf(raw: Dictionary<unknown>): VirtualId | undefined {
  const ids = idsOf(raw);
  if (ids.length !== 1) return 'composite';
  return ids[0].name === 'id' ? undefined : 'other';
}

interface Parts {
  readonly dataAccess: DataAccessLayers;
  readonly layers: StaticLayerTable;
  readonly prototypes: SharedPrototypes;
  readonly definitions: LazyDefinitions;
  readonly jugglersBase: ModelClass;
  /** Whether nobody has replaced what makes juggler's definitions. */
  readonly areDefinitionsUntouched: () => boolean;
}

function whetherUntouched(definitions: object): () => boolean {
  const methods = {...definitions} as Dictionary<unknown>;
  return () =>
    ['build', 'defineProperty', 'ids', 'idName', 'idNames'].every(
      name => (definitions as Dictionary<unknown>)[name] === methods[name],
    );
}

const VALIDATING = ['validatesPresenceOf', 'validatesAbsenceOf', 'validatesDateOf'];

function statics(model: ModelClass): Dictionary<unknown> {
  return model as unknown as Dictionary<unknown>;
}
