import {defineOwn} from '../primitives/own-property';
import {guardedExtend} from './class-extension';
import {recordOf, isBeingFilledIn, definitionMadeWith, lightClassOf, makeOnce} from '../ownership/class-record';
import type {Dictionary, Extend, ModelClass, ModelDefinition, Settings, StockModelBuilder} from '../juggler/types';
import {GETTERS, SETTERS} from './property-accessors';
import type {SharedPrototypes} from './shared-prototype';
import type {LazyStatic} from './static-layer';

/** What juggler's `define` gives each class for itself. */
export function lazyStatics(
  prototypes: SharedPrototypes,
  stockBuilder: () => StockModelBuilder,
  builderForSubclass: (builder: StockModelBuilder) => StockModelBuilder,
): Dictionary<LazyStatic> {
  const hidden = (make: LazyStatic['makeFor']): LazyStatic => ({makeFor: make});
  const kept = (name: string, make: (model: ModelClass) => unknown): LazyStatic => ({
    makeFor: model => makeOnce(model, name, () => make(model)),
  });
  const bound = (name: string, make: (model: ModelClass) => unknown, stays = true): LazyStatic => ({
    enumerable: true,
    stays,
    makeFor: model => makeOnce(model, name, () => make(model)),
  });
  const map = (name: string, symbol: symbol) =>
    bound(name, model => {
      const values = {};
      Object.defineProperty(model, symbol, {value: values, configurable: true, writable: true});
      return values;
    });
  return {
    modelName: hidden(model => definitionMadeWith(model)!.name),
    modelBuilder: hidden(model => definitionMadeWith(model)!.modelBuilder),
    dataSource: hidden(() => null),
    pluralModelName: hidden(model => restPathsOf(model, stockBuilder).pluralModelName),
    relations: kept('relations', () => ({})),
    http: hidden(model => restPathsOf(model, stockBuilder).http),
    _observers: kept('_observers', () => ({})),
    _warned: kept('_warned', () => ({})),
    getter: map('getter', GETTERS),
    setter: map('setter', SETTERS),
    settings: {enumerable: true, makeFor: model => model.definition!.settings},
    forEachProperty: bound('forEachProperty', model => (callback: (name: string, property: unknown) => void) => {
      const {properties} = model.definition!;
      for (const name of Object.keys(properties)) callback(name, properties[name]);
    }),
    attachTo: {enumerable: true, stays: true, makeFor: () => attachTo},
    extend: bound(
      'extend',
      model => guardedExtend(model, extendOf(model, stockBuilder), () => builderForSubclass(model.definition!.modelBuilder)),
      false,
    ),
    registerProperty: {
      enumerable: true,
      stays: true,
      makeFor: model =>
        isBeingFilledIn(model)
          ? registerFirst
          : makeOnce(model, 'registerProperty', () => (name: string) => {
              void model.validations;
              registerProperty(model, name);
              prototypes.registerAccessors(model.prototype as object, name);
            }),
    },
  };

  /** While juggler fills in a class: all of its accessors at once, which it shares with others. */
  function registerFirst(this: ModelClass, name: string): void {
    const prototype = this.prototype as object;
    registerProperty(this, name);
    // juggler may have given it an id of its own making
    const names = Object.keys(this.definition!.properties).filter(key => !Object.hasOwn(prototype, key));
    prototypes.shareAccessors(prototype, names);
    prototypes.registerAccessors(prototype, name);
  }
}

/**
 * juggler's names for a class in REST: of a class that is dropped again.
 * @param settings those that give it others than its name does, when it is defined
 */
export function restPathsOf(
  model: ModelClass,
  stockBuilder: () => StockModelBuilder,
  {plural, http: path}: Settings = {},
): Pick<ModelClass, 'pluralModelName' | 'http'> {
  return makeOnce(model, 'paths', () => {
    const {pluralModelName, http} = stockBuilder().define(model.definition!.name, {}, {idInjection: false, plural, http: path});
    return {pluralModelName, http};
  });
}

function attachTo(this: ModelClass, dataSource: {attach(model: ModelClass): void}): void {
  dataSource.attach(this);
}

interface Validates {
  validatesAbsenceOf(name: string, options: unknown): void;
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

/** The validations that come with the properties. */
export const VALIDATIONS: LazyStatic = {makeFor: validate};

/** The same, for a class that has some: its own property, as on stock. */
export const OWN_VALIDATIONS: PropertyDescriptor & ThisType<ModelClass> = {
  get() {
    const model = lightClassOf(this);
    return model && validate(model);
  },
  set(validations: unknown) {
    defineOwn(this, 'validations', validations);
  },
  enumerable: false,
  configurable: true,
};

/** Undefined where there are none, as on stock. */
function validate(model: ModelClass): unknown {
  return makeOnce(model, 'validations', () => {
    const {rules} = recordOf(model);
    if (rules.length === 0) return undefined;
    const validations = defineOwn(model, 'validations', {});
    for (const {name, type, required, generated} of rules) {
      if (generated) (model as unknown as Validates).validatesAbsenceOf(name, {if: 'isNewRecord'});
      else validateProperty(model, name, type, required);
    }
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
