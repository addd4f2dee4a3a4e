import {builderForSubclass} from './builder-binding';
import {constructorName, constructorOf, placeholderConstructorOf} from './class-constructor';
import {DataAccessLayers} from './data-access-layer';
import type {EmbeddedStructure} from './embedded-structure';
import {guardedExtend} from './extension';
import type {Dictionary, Extend, ModelClass, ModelDefinition, StockModelBuilder} from './juggler';
import {lazyDefinitions, type LazyDefinitions} from './lazy-definition';
import {GETTERS, SETTERS, type JugglerTypes} from './property-accessors';
import {SharedPrototypes, type VirtualId} from './shared-prototype';
import {FIRST_USES, FirstUses, filling, isFilling, madeWith, once} from './first-use';
import {own} from './dictionary';
import {idsOf} from './structure-ids';
import {StaticLayers, type LazyStatic} from './static-layer';
import {isLight} from './untouched';

/**
 * Makes embedded classes that behave as those of juggler's `define`, and share what is equal for all: the statics of the
 * base, the accessors of properties. What juggler gives each class for itself comes to be on first use.
 */
export class LightClasses {
  #parts: Parts | undefined;

  /** @param stockBuilder makes a builder with juggler's own methods, whatever is installed */
  constructor(private readonly stockBuilder: () => StockModelBuilder) {}

  make(builder: StockModelBuilder, name: string, structure: EmbeddedStructure): ModelClass {
    const {layers, prototypes, definitions} = this.#ours;
    const base = builder.defaultModelBaseClass;
    (base as {__rank?: number}).__rank ||= 1;
    const model = constructorOf(constructorName(name)!, base);

    const definition = definitions.make(builder, name, structure);
    structure.definition = definition;
    Object.setPrototypeOf(model, layers.of(base, definitions.rulesOf(definition).length > 0));
    Object.defineProperty(model, FIRST_USES, {value: structure, configurable: true});
    own(model, 'definition', definition, true);
    const prototype = Object.create(
      prototypes.of(base.prototype as object, Object.keys(structure.raw), virtualIdOf(structure.raw)),
    ) as object;
    own(prototype, 'constructor', model);
    model.prototype = prototype;
    settle(prototype);
    return model;
  }

  /**
   * Runs juggler's `define` of a class by name. juggler fills in what it finds as a placeholder: one of ours inherits already
   * what juggler would copy into it.
   * @param base undefined for a placeholder that is to stay one
   */
  defining(builder: StockModelBuilder, name: string, base: ModelClass | undefined, define: () => ModelClass): ModelClass {
    const {models} = builder;
    const known = Object.hasOwn(models, name) ? models[name] : undefined;
    const isPlaceholder = Boolean(known?.settings?.unresolved);
    const model = isPlaceholder ? known! : this.#placeholder(builder, name, base);
    if (!model || !isLight(model)) return define();
    models[name] = model;
    if (base) Object.setPrototypeOf(model, this.#ours.layers.of(base, false));
    return filling(model, define);
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
    Object.defineProperty(model, FIRST_USES, {value: new FirstUses(), configurable: true});
    own(model, 'modelName', name);
    own(model, 'settings', {unresolved: true}, true);
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
    const definitions = lazyDefinitions(Object.getPrototypeOf(donor.definition) as object);
    const prototypes = new SharedPrototypes({
      List: instance.list.constructor as JugglerTypes['List'],
      isOld: instance.list.parent !== instance,
      resolveType: (model, name) => model.modelBuilder!.resolveType(name),
    });
    return {
      prototypes,
      definitions,
      dataAccess: new DataAccessLayers(prototypes),
      layers: new StaticLayers(lazyStatics(prototypes, this.stockBuilder), {make: model => validate(model, definitions)}),
    };
  }
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
  readonly layers: StaticLayers;
  readonly prototypes: SharedPrototypes;
  readonly definitions: LazyDefinitions;
}

/** What juggler's `define` gives each class for itself. */
function lazyStatics(prototypes: SharedPrototypes, stockBuilder: () => StockModelBuilder): Dictionary<LazyStatic> {
  const hidden = (make: LazyStatic['make']): LazyStatic => ({make});
  const kept = (name: string, make: (model: ModelClass) => unknown): LazyStatic => ({
    make: model => once(model, name, () => make(model)),
  });
  const bound = (name: string, make: (model: ModelClass) => unknown, stays = true): LazyStatic => ({
    enumerable: true,
    stays,
    make: model => once(model, name, () => make(model)),
  });
  const map = (name: string, symbol: symbol) =>
    bound(name, model => {
      const values = {};
      Object.defineProperty(model, symbol, {value: values, configurable: true, writable: true});
      return values;
    });
  const named = (model: ModelClass) => stockBuilder().define(model.definition!.name, {}, {idInjection: false});
  return {
    modelName: hidden(model => madeWith(model)!.name),
    modelBuilder: hidden(model => madeWith(model)!.modelBuilder),
    dataSource: hidden(() => null),
    pluralModelName: kept('pluralModelName', model => (named(model) as {pluralModelName?: string}).pluralModelName),
    relations: kept('relations', () => ({})),
    http: kept('http', model => (named(model) as {http?: object}).http),
    _observers: kept('_observers', () => ({})),
    _warned: kept('_warned', () => ({})),
    getter: map('getter', GETTERS),
    setter: map('setter', SETTERS),
    settings: {enumerable: true, make: model => model.definition!.settings},
    forEachProperty: bound('forEachProperty', model => (callback: (name: string, property: unknown) => void) => {
      const {properties} = model.definition!;
      for (const name of Object.keys(properties)) callback(name, properties[name]);
    }),
    attachTo: {enumerable: true, stays: true, make: () => attachTo},
    extend: bound(
      'extend',
      model => guardedExtend(model, extendOf(model, stockBuilder), () => builderForSubclass(model.definition!.modelBuilder)),
      false,
    ),
    registerProperty: {
      enumerable: true,
      stays: true,
      make: model =>
        isFilling(model)
          ? registerFirst
          : once(model, 'registerProperty', () => (name: string) => {
              void model.validations;
              registerProperty(model, name);
              prototypes.register(model.prototype as object, name);
            }),
    },
  };

  /** While juggler fills in a class: all of its accessors at once, which it shares with others. */
  function registerFirst(this: ModelClass, name: string): void {
    const prototype = this.prototype as object;
    registerProperty(this, name);
    // juggler may have given it an id of its own making
    const names = Object.keys(this.definition!.properties).filter(key => !Object.hasOwn(prototype, key));
    prototypes.share(prototype, names);
    prototypes.register(prototype, name);
  }
}

function attachTo(this: ModelClass, dataSource: {attach(model: ModelClass): void}): void {
  dataSource.attach(this);
}

interface Validates {
  validatesPresenceOf(name: string, options?: unknown): void;
  validatesDateOf(name: string): void;
}

function registerProperty(model: ModelClass, name: string): void {
  const property = (model.definition as ModelDefinition).build()[name] as {type?: unknown} & Dictionary<unknown>;
  if (!property.type) throw new Error(`Invalid type for property ${name}`);
  validateProperty(model, name, property.type, property.required);
}

/** As juggler's `registerProperty`. */
function validateProperty(model: ModelClass, name: string, type: unknown, required: unknown): void {
  const validating = model as unknown as Validates;
  if (required) validating.validatesPresenceOf(name, typeof required === 'object' ? required : undefined);
  if (type === Date) validating.validatesDateOf(name);
}

/** The validations that come with the properties; undefined where there are none, as on stock. */
function validate(model: ModelClass, definitions: LazyDefinitions): unknown {
  return once(model, 'validations', () => {
    const definition = madeWith(model);
    const rules = definition ? definitions.rulesOf(definition) : [];
    if (rules.length === 0) return undefined;
    const validations = own(model, 'validations', {});
    for (const {name, type, required} of rules) validateProperty(model, name, type, required);
    return validations;
  });
}

/**
 * juggler's `extend` is a closure of the class that it was made for, so a class that juggler has made lends its own: for as
 * long as that runs, it passes for the class that is extended.
 */
function extendOf(model: ModelClass, stockBuilder: () => StockModelBuilder): Extend {
  return (name, properties, settings) => {
    const maker = stockBuilder();
    maker.defaultModelBaseClass = model.base!;
    const donor = maker.define('Donor', {}, {idInjection: false});
    type Merging = {getMergePolicy: (options: unknown) => unknown};
    const lent = donor as ModelClass & Merging;
    donor.definition = model.definition;
    lent.getMergePolicy = (options: unknown) => (model as unknown as Merging).getMergePolicy(options);
    const builder = model.definition!.modelBuilder;
    maker.define = (name, properties, settings, parent) => {
      if (settings?.base === donor) settings.base = model;
      return builder.define(name, properties, settings, parent === donor ? model : parent);
    };
    return donor.extend!(name, properties, settings);
  };
}
