import {defineOwn} from '../primitives/own-property';
import {guardedExtend} from './class-extension';
import {recordOf, isBeingFilledIn, definitionMadeWith, lightClassOf, makeOnce} from '../ownership/class-record';
import type {Dictionary, Extend, ModelClass, ModelDefinition, Settings, StockModelBuilder} from '../juggler/types';
import {GETTERS, SETTERS} from './property-accessors';
import type {SharedPrototypes} from './shared-prototype';
import type {LazyStatic} from './static-layer';

/**
 * Describes the statics that juggler's `define` makes for each class. A light class inherits accessors for them from its static
 * layer, and each accessor makes the value on first use.
 * @param stockBuilder makes a builder with juggler's own methods
 * @param builderForSubclass returns the builder that defines a subclass of a class made by the given builder
 */
export function lazyStatics(
  prototypes: SharedPrototypes,
  stockBuilder: () => StockModelBuilder,
  builderForSubclass: (builder: StockModelBuilder) => StockModelBuilder,
): Dictionary<LazyStatic> {
  // not enumerable, computed at each read
  const computed = (make: LazyStatic['makeFor']): LazyStatic => ({makeFor: make});
  // not enumerable, made once
  const stored = (name: string, make: (model: ModelClass) => unknown): LazyStatic => ({
    makeFor: model => makeOnce(model, name, () => make(model)),
  });
  // enumerable, made once
  const listed = (name: string, make: (model: ModelClass) => unknown, ignoresDefine = true): LazyStatic => ({
    enumerable: true,
    ignoresDefine,
    makeFor: model => makeOnce(model, name, () => make(model)),
  });
  // also stored under a symbol on the class, where the shared property accessors find it
  const dictionary = (name: string, symbol: symbol) =>
    listed(name, model => {
      const values = {};
      Object.defineProperty(model, symbol, {value: values, configurable: true, writable: true});
      return values;
    });
  return {
    modelName: computed(model => definitionMadeWith(model)!.name),
    modelBuilder: computed(model => definitionMadeWith(model)!.modelBuilder),
    dataSource: computed(() => null),
    pluralModelName: computed(model => restPathsOf(model, stockBuilder).pluralModelName),
    relations: stored('relations', () => ({})),
    http: computed(model => restPathsOf(model, stockBuilder).http),
    _observers: stored('_observers', () => ({})),
    _warned: stored('_warned', () => ({})),
    getter: dictionary('getter', GETTERS),
    setter: dictionary('setter', SETTERS),
    settings: {enumerable: true, makeFor: model => model.definition!.settings},
    forEachProperty: listed('forEachProperty', model => (callback: (name: string, property: unknown) => void) => {
      const {properties} = model.definition!;
      for (const name of Object.keys(properties)) callback(name, properties[name]);
    }),
    attachTo: {enumerable: true, ignoresDefine: true, makeFor: () => attachTo},
    extend: listed(
      'extend',
      model => guardedExtend(model, extendOf(model, stockBuilder), () => builderForSubclass(model.definition!.modelBuilder)),
      false,
    ),
    registerProperty: {
      enumerable: true,
      ignoresDefine: true,
      makeFor: model =>
        isBeingFilledIn(model)
          ? registerWhileFilling
          : makeOnce(model, 'registerProperty', () => (name: string) => {
              void model.validations;
              registerProperty(model, name);
              prototypes.registerAccessors(model.prototype as object, name);
            }),
    },
  };

  /**
   * Serves as `registerProperty` while juggler's `define` fills in a class. The first call gives the class shared accessors for
   * all of its properties at once.
   */
  function registerWhileFilling(this: ModelClass, name: string): void {
    const prototype = this.prototype as object;
    registerProperty(this, name);
    // juggler may have defined its virtual `id` on the prototype; that property stays
    const names = Object.keys(this.definition!.properties).filter(key => !Object.hasOwn(prototype, key));
    prototypes.shareAccessors(prototype, names);
    prototypes.registerAccessors(prototype, name);
  }
}

/**
 * Returns the names of a class in a REST API, which juggler's `define` derives from the model name by the package inflection.
 * To get them, this defines a class of the same name with juggler and drops that class.
 * @param settings the settings `plural` and `http`, which override the derived names
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

/** Does the same as juggler's `attachTo`. juggler makes such a function for each class; light classes share this one. */
function attachTo(this: ModelClass, dataSource: {attach(model: ModelClass): void}): void {
  dataSource.attach(this);
}

interface Validates {
  validatesAbsenceOf(name: string, options: unknown): void;
  validatesPresenceOf(name: string, options?: unknown): void;
  validatesDateOf(name: string): void;
}

/** Does the first half of juggler's `registerProperty`: checks the type of the property and adds its validations. */
function registerProperty(model: ModelClass, name: string): void {
  const property = (model.definition as ModelDefinition).build()[name] as {type?: unknown} & Dictionary<unknown>;
  if (!property.type) throw new Error(`Invalid type for property ${name}`);
  validateProperty(model, name, property.type, property.required);
}

/** Adds the validations that juggler's `registerProperty` adds for a property. */
function validateProperty(model: ModelClass, name: string, type: unknown, required: unknown): void {
  const validating = model as unknown as Validates;
  if (required) validating.validatesPresenceOf(name, typeof required === 'object' ? required : undefined);
  if (type === Date) validating.validatesDateOf(name);
}

/** The static `validations` of embedded classes whose properties require validations (see StaticLayer.validated). */
export const VALIDATIONS: LazyStatic = {makeFor: validate};

/**
 * The property `validations` of a named class whose properties require validations. It is an own property of the class, because
 * juggler's `define` makes an own property when it adds a validation.
 */
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

/** Makes the validations of a class once. Returns undefined when there are none: juggler then makes no dictionary either. */
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
 * Makes juggler's `extend` for a light class. juggler's `extend` is a closure over the class for which `define` made it. So
 * juggler defines another class, the donor. The donor gets the definition and the merge policy of the light class, and the
 * donor's `extend` defines the subclass. The builder's `define` then receives the light class as the base in place of the
 * donor.
 */
function extendOf(model: ModelClass, stockBuilder: () => StockModelBuilder): Extend {
  return (name, properties, settings) => {
    const donorBuilder = stockBuilder();
    defineOwn(donorBuilder, 'defaultModelBaseClass', model.base!, true);
    const donor = donorBuilder.define('Donor', {}, {idInjection: false});
    type HasMergePolicy = {getMergePolicy: (options: unknown) => unknown};
    donor.definition = model.definition;
    (donor as ModelClass & HasMergePolicy).getMergePolicy = options =>
      (model as unknown as HasMergePolicy).getMergePolicy(options);
    const builder = model.definition!.modelBuilder;
    donorBuilder.define = (name, properties, settings, parent) => {
      if (settings?.base === donor) settings.base = model;
      return builder.define(name, properties, settings, parent === donor ? model : parent);
    };
    return donor.extend!(name, properties, settings);
  };
}
