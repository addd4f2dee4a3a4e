/**
 * The definitions of light classes. The content of such a definition (`properties`, `settings` and so on) is made on the first
 * read, because most models are defined and never used. A definition that is not filled yet is called unread.
 */
import {typesAlreadyMade} from '../structure/deferred-class';
import {defineOwn, ownKeys, ownValue} from '../primitives/own-property';
import type {Dictionary, ModelClass, ModelDefinition, StockModelBuilder} from '../juggler/types';
import type {DefinitionContent} from '../juggler/definition-content';
import {EmbeddedClassRecord} from './embedded-class-record';
import {ClassRecord} from '../ownership/class-record';
import {isRemoved} from '../juggler/property-set';
import {itemType} from '../juggler/item-type';

const SOURCE = Symbol('definition source');

/** The source from which a definition is filled: the record of its class. */
export interface DefinitionSource {
  /** What the properties resolved to, in their order. Makes deferred classes. */
  readonly types: readonly unknown[];
  /** What the properties resolved to, in their order. A class that is not made yet is a DeferredClass in this list. */
  readonly typesWithDeferred: readonly unknown[];
  content(): DefinitionContent;
  /** Whether the raw properties are also a part of an outer class's raw properties, so that user code can reach them there. */
  readonly isNested: boolean;
  /**
   * Must be called before user code can write to the raw properties. A source that reads them at fill time and never later
   * leaves this method out.
   */
  expose?(): void;
  /** The properties from which the class was made. They are read only, unless the definition is filled. */
  readonly raw: Dictionary<unknown>;
  /** The settings from which a named class was made. */
  readonly settings?: Dictionary<unknown>;
  /**
   * Passes everything that may mention a class to `replaced`: each type on its own, and objects, which it changes in place.
   * Must not be called while a class is deferred: fill the definition first.
   */
  replaceMentions(replaced: (value: unknown) => unknown): void;
  /** Drops all references to classes and properties. The end of the registry calls this. */
  forget(): void;
}

type LazyDefinition = ModelDefinition & {[SOURCE]?: DefinitionSource};

export interface LazyDefinitions {
  makeDefinition(builder: StockModelBuilder, name: string, source: DefinitionSource): ModelDefinition;
}

/**
 * Makes the factory of lazy definitions for one copy of juggler.
 * @param stock the prototype of juggler's ModelDefinition
 */
export function lazyDefinitions(stock: object): LazyDefinitions {
  const prototype = Object.create(stock) as object;
  for (const name of ['rawProperties', 'settings', 'relations', 'properties', '_ids', 'json'] as const) {
    Object.defineProperty(prototype, name, {
      get(this: LazyDefinition) {
        // `this` is the prototype itself
        if (!definitionSourceOf(this)) return undefined;
        if (isUnreadDefinition(this)) fill(this);
        // `json` stays undefined until juggler's toJSON sets it
        return ownValue<unknown>(this, name);
      },
      set(this: LazyDefinition, value: unknown) {
        if (isUnreadDefinition(this)) fill(this);
        defineOwn(this, name, value, true);
      },
      enumerable: true,
      configurable: true,
    });
  }
  // juggler's isNestedModel (model-utils.js) calls `definition.hasOwnProperty('properties')`
  Object.defineProperty(prototype, 'hasOwnProperty', {
    value(this: LazyDefinition, name: PropertyKey) {
      if (!Object.hasOwn(this, 'properties')) fill(this);
      return Object.hasOwn(this, name);
    },
    writable: true,
    configurable: true,
  });
  // V8 reserves no space for further properties in an instance of a constructor function; in an object of Object.create it does
  function UnreadDefinition(this: LazyDefinition, modelBuilder: StockModelBuilder, name: string, source: DefinitionSource): void {
    this.modelBuilder = modelBuilder;
    this.name = name;
    Object.defineProperty(this, SOURCE, {value: source, configurable: true});
  }
  UnreadDefinition.prototype = prototype;
  const Definition = UnreadDefinition as unknown as new (
    ...args: Parameters<LazyDefinitions['makeDefinition']>
  ) => ModelDefinition;
  return {makeDefinition: (modelBuilder, name, source) => new Definition(modelBuilder, name, source)};
}

/** Returns the source of a lazy definition, or undefined for a definition of juggler's making. */
export function definitionSourceOf(definition: ModelDefinition | undefined): DefinitionSource | undefined {
  return (definition as {[SOURCE]?: DefinitionSource} | undefined)?.[SOURCE];
}

/** Returns the types of a class's properties, without deferred classes. Does not fill an unread definition. */
export function madeTypesOf(definition: ModelDefinition | undefined): readonly unknown[] {
  const source = definitionSourceOf(definition);
  if (source && isUnreadDefinition(definition)) return typesAlreadyMade(source.typesWithDeferred);
  return Object.values(definition?.properties ?? {}).map(({type}) => type);
}

/** Whether a lazy definition is not filled yet. Then no code can have changed its content. */
export function isUnreadDefinition(definition: ModelDefinition | undefined): boolean {
  return Boolean(definitionSourceOf(definition)) && !Object.hasOwn(definition!, 'properties');
}

/**
 * Whether the definition and the validations of an embedded light class are still as they were made.
 * @param validations the class's own validations; undefined when they were never made
 */
export function isUnchangedDefinition(
  definition: ModelDefinition | undefined,
  validations: Dictionary<unknown[]> | undefined,
): boolean {
  const source = definitionSourceOf(definition);
  if (!(source instanceof EmbeddedClassRecord) || !definition) return false;
  if (validations) {
    const {rules} = source;
    const counts = new Map<string, number>();
    for (const {name, type, required} of rules)
      counts.set(name, (counts.get(name) ?? 0) + Number(Boolean(required)) + Number(type === Date));
    const names = Object.keys(validations);
    if (names.length !== counts.size || names.some(name => validations[name].length !== counts.get(name))) return false;
  }
  if (!Object.hasOwn(definition, 'properties')) return true;
  const {settings, properties, rawProperties, relations} = definition;
  const expected = source.expectedContent();
  const {strict, anonymous, idInjection, forceId, ...others} = settings;
  if (strict !== source.typeContext.strict || anonymous !== true || idInjection !== false || forceId !== undefined) return false;
  // juggler itself adds two settings later, as empty maps
  if (Object.values(others).some(value => typeof value !== 'object' || value === null || Object.keys(value).length > 0))
    return false;
  if (!isShallowEqual(withoutRemoved(rawProperties), source.pristine) || relations.length > 0) return false;
  const names = Object.keys(properties);
  if (names.length !== Object.keys(expected.properties).length) return false;
  return names.every(name => isShallowEqual(properties[name], expected.properties[name]));
}

/**
 * Copies raw properties without those that juggler's `define` deletes: juggler writes `updateOnly: false` into a nested object
 * with an id.
 */
function withoutRemoved(raw: Dictionary<unknown>): Dictionary<unknown> {
  const rest = {...raw};
  for (const name of Object.keys(rest)) if (isRemoved(rest[name])) delete rest[name];
  return rest;
}

function isShallowEqual(a: Dictionary<unknown> | undefined, b: Dictionary<unknown> | undefined): boolean {
  if (!a || !b) return a === b;
  const names = ownKeys(a) as string[];
  return names.length === ownKeys(b).length && names.every(name => Object.hasOwn(b, name) && Object.is(a[name], b[name]));
}

/** Fills an unread definition with own properties, in the order in which juggler's ModelDefinition sets them. */
function fill(definition: LazyDefinition): void {
  const source = definition[SOURCE]!;
  source.expose?.();
  const content = source.content();
  for (const name of Object.keys(content) as (keyof typeof content)[]) defineOwn(definition, name, content[name], true);
  exposeEmbedded(source);
  if (source instanceof ClassRecord) source.owner?.noteRead(source);
}

/**
 * Must be called before user code can reach the raw properties of an embedded class, and before juggler writes to them. The
 * class keeps its present structure whatever is written later. Does nothing for a named model, whose raw properties are no part
 * of another model's, and for a class with a definition of juggler's making.
 */
export function exposeStructure(model: ModelClass): void {
  const definition = ownValue<ModelDefinition>(model, 'definition');
  const source = definitionSourceOf(definition);
  if (!source?.isNested) return;
  if (!source.expose) {
    if (isUnreadDefinition(definition)) fill(definition as LazyDefinition);
    return;
  }
  source.expose();
  exposeEmbedded(source);
}

/** The raw properties of a class contain those of its embedded classes, so these become reachable together. */
function exposeEmbedded({types}: DefinitionSource): void {
  for (const type of types) {
    const model = itemType(type);
    if (typeof model === 'function') exposeStructure(model as ModelClass);
  }
}
