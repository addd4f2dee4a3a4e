import {builderForSubclass} from './builder-binding';
import {guardedExtend} from './extension';
import type {Dictionary, Extend, ModelClass, ModelDefinition, StockModelBuilder} from './juggler';
import {lazyDefinitions, type LazyDefinitions} from './lazy-definition';
import {GETTERS, SETTERS, SharedPrototypes} from './shared-prototype';
import {FIRST_USES, madeWith, once, own, StaticLayers, type LazyStatic} from './static-layer';

/** A structure as a class is made from it: an own copy that nobody else writes to, and what its types resolve to. */
export interface EmbeddedStructure {
  /** As the definition shows it; juggler and user code may write to it later. */
  readonly raw: Dictionary<unknown>;
  /** Its properties as they are now. */
  readonly pristine: Dictionary<unknown>;
  /** Of the properties, in their order. */
  readonly types: readonly unknown[];
  readonly strict: unknown;
}

/**
 * Makes embedded classes that behave as those of juggler's `define`, and share what is equal for all: the statics of the
 * base, the accessors of properties. What juggler gives each class for itself comes to be on first use.
 */
export class LightClasses {
  #parts: Parts | undefined;

  /** @param stockBuilder makes a builder with juggler's own methods, whatever is installed */
  constructor(private readonly stockBuilder: () => StockModelBuilder) {}

  make(builder: StockModelBuilder, name: string, structure: EmbeddedStructure): ModelClass {
    const {layers, prototypes, definitions} = (this.#parts ??= this.#makeParts());
    const base = builder.defaultModelBaseClass;
    (base as {__rank?: number}).__rank ||= 1;
    const model = constructorOf(name, base);

    const definition = definitions.make(builder, name, structure);
    Object.setPrototypeOf(model, layers.of(base, definitions.rulesOf(definition).length > 0));
    Object.defineProperty(model, FIRST_USES, {value: {definition, made: undefined}, configurable: true});
    Object.defineProperty(model, 'definition', {
      value: definition,
      writable: true,
      enumerable: true,
      configurable: true,
    });
    model.prototype = Object.create(prototypes.of(base.prototype as object, Object.keys(structure.raw)), {
      constructor: {value: model, writable: true, configurable: true, enumerable: false},
    });
    return model;
  }

  #makeParts(): Parts {
    const stock = this.stockBuilder();
    const donor = stock.define('Donor', {list: ['any']}, {idInjection: false}) as ModelClass &
      (new (data: object) => {list: object});
    const definitions = lazyDefinitions(Object.getPrototypeOf(donor.definition) as object);
    const prototypes = new SharedPrototypes({
      List: new donor({list: []}).list.constructor,
      resolveType: (model, name) => model.modelBuilder!.resolveType(name),
    });
    return {
      prototypes,
      definitions,
      layers: new StaticLayers(lazyStatics(prototypes, this.stockBuilder), {make: model => validate(model, definitions)}),
    };
  }
}

interface Parts {
  readonly layers: StaticLayers;
  readonly prototypes: SharedPrototypes;
  readonly definitions: LazyDefinitions;
}

/** juggler's constructor, without compiling one for each class. Its name is the class's name. */
function constructorOf(name: string, base: ModelClass): ModelClass {
  const named = {
    [name]: function (this: unknown, data: unknown, options: unknown) {
      if (!(this instanceof model))
        return new (model as unknown as new (data: unknown, options: unknown) => object)(data, options);
      // eslint-disable-next-line prefer-rest-params -- as many as were given, as juggler does
      base.apply(this, arguments);
    },
  };
  const model = named[name] as unknown as ModelClass;
  return model;
}

/** What juggler's `define` gives each class for itself. */
function lazyStatics(prototypes: SharedPrototypes, stockBuilder: () => StockModelBuilder): Dictionary<LazyStatic> {
  const hidden = (make: LazyStatic['make']): LazyStatic => ({make});
  const kept = (name: string, make: (model: ModelClass) => unknown): LazyStatic => ({
    make: model => own(model, name, make(model)),
  });
  const bound = (name: string, make: (model: ModelClass) => unknown): LazyStatic => ({
    enumerable: true,
    make: model => once(model, name, () => make(model)),
  });
  const map = (name: string, symbol: symbol): LazyStatic => ({
    enumerable: true,
    make: model =>
      once(model, name, () => {
        const values = {};
        Object.defineProperty(model, symbol, {value: values, configurable: true, writable: true});
        return values;
      }),
  });
  const named = (model: ModelClass) => stockBuilder().define(model.definition!.name, {}, {idInjection: false});
  return {
    modelName: hidden(model => madeWith(model).name),
    modelBuilder: hidden(model => madeWith(model).modelBuilder),
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
    attachTo: {
      enumerable: true,
      make: () => attachTo,
    },
    extend: bound('extend', model =>
      guardedExtend(model, extendOf(model, stockBuilder), () => builderForSubclass(model.definition!.modelBuilder)),
    ),
    registerProperty: bound('registerProperty', model => (name: string) => {
      const property = (model.definition as ModelDefinition).build()[name] as {type?: unknown} & Dictionary<unknown>;
      if (!property.type) throw new Error(`Invalid type for property ${name}`);
      void model.validations;
      validateProperty(model, name, property.type, property.required);
      prototypes.register(model.prototype as object, name);
    }),
  };
}

function attachTo(this: ModelClass, dataSource: {attach(model: ModelClass): void}): void {
  dataSource.attach(this);
}

interface Validates {
  validatesPresenceOf(name: string, options?: unknown): void;
  validatesDateOf(name: string): void;
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
    const rules = definitions.rulesOf(madeWith(model));
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
    const lent = donor as ModelClass & {getMergePolicy: Function};
    donor.definition = model.definition;
    lent.getMergePolicy = (options: unknown) =>
      (model as unknown as {getMergePolicy: Function}).getMergePolicy(options) as unknown;
    const builder = model.definition!.modelBuilder;
    maker.define = (name, properties, settings, parent) => {
      if (settings?.base === donor) settings.base = model;
      return builder.define(name, properties, settings, parent === donor ? model : parent);
    };
    return donor.extend!(name, properties, settings);
  };
}
