import {typesAlreadyMade} from '../structure/deferred-class';
import {defineOwn, ownValue} from '../primitives/own-property';
import type {Dictionary, ModelClass, ModelDefinition, StockModelBuilder} from '../juggler/types';
import type {DefinitionContent} from '../juggler/definition-content';
import {EmbeddedClassRecord} from './embedded-class-record';
import {isRemoved} from '../juggler/property-set';
import {itemType} from '../juggler/item-type';

const STRUCTURE = Symbol('structure');

/** What a definition is filled from. */
export interface DefinitionSource {
  /** What the properties resolve to, in their order. */
  readonly types: readonly unknown[];
  /** The same, without making what is deferred. */
  readonly typesSoFar: readonly unknown[];
  content(): DefinitionContent;
  /** Whether what it is made of is part of what is around it. */
  readonly isNested: boolean;
  /** Lets somebody see what it is made of, who may write to it from now on. Left out where nothing is made from it later than that. */
  show?(): void;
  /** Refers to nothing from now on. */
  forget(): void;
}

type Lazy = ModelDefinition & {[STRUCTURE]?: DefinitionSource};

/** Definitions whose content comes to be at the first look into it. */
export interface LazyDefinitions {
  makeDefinition(builder: StockModelBuilder, name: string, structure: DefinitionSource): ModelDefinition;
}

/** @param stock the prototype of juggler's definitions */
export function lazyDefinitions(stock: object): LazyDefinitions {
  const prototype = Object.create(stock) as object;
  for (const name of ['rawProperties', 'settings', 'relations', 'properties', '_ids', 'json'] as const) {
    Object.defineProperty(prototype, name, {
      get(this: Lazy) {
        // of this prototype itself
        if (!definitionSourceOf(this)) return undefined;
        if (isUnreadDefinition(this)) fill(this);
        // json is there once it was asked for
        return ownValue<unknown>(this, name);
      },
      set(this: Lazy, value: unknown) {
        if (isUnreadDefinition(this)) fill(this);
        defineOwn(this, name, value, true);
      },
      enumerable: true,
      configurable: true,
    });
  }
  // juggler's test for an embedded model: its definition has properties of its own
  Object.defineProperty(prototype, 'hasOwnProperty', {
    value(this: Lazy, name: PropertyKey) {
      if (!Object.hasOwn(this, 'properties')) fill(this);
      return Object.hasOwn(this, name);
    },
    writable: true,
    configurable: true,
  });
  // an instance of a function has no room for more properties than it has
  function LazyDefinition(this: Lazy, modelBuilder: StockModelBuilder, name: string, structure: DefinitionSource): void {
    this.modelBuilder = modelBuilder;
    this.name = name;
    Object.defineProperty(this, STRUCTURE, {value: structure, configurable: true});
  }
  LazyDefinition.prototype = prototype;
  const Definition = LazyDefinition as unknown as new (...args: Parameters<LazyDefinitions['makeDefinition']>) => ModelDefinition;
  return {makeDefinition: (modelBuilder, name, structure) => new Definition(modelBuilder, name, structure)};
}

export function definitionSourceOf(definition: ModelDefinition | undefined): DefinitionSource | undefined {
  return (definition as {[STRUCTURE]?: DefinitionSource} | undefined)?.[STRUCTURE];
}

/** The types of a class's properties that are made, without a look into a definition that is still empty. */
export function madeTypesOf(definition: ModelDefinition | undefined): readonly unknown[] {
  const structure = definitionSourceOf(definition);
  if (structure && isUnreadDefinition(definition)) return typesAlreadyMade(structure.typesSoFar);
  return Object.values(definition?.properties ?? {}).map(({type}) => type);
}

/** Nothing to be seen in it yet, so nobody can have changed it. */
export function isUnreadDefinition(definition: ModelDefinition | undefined): boolean {
  return Boolean(definitionSourceOf(definition)) && !Object.hasOwn(definition!, 'properties');
}

/**
 * Whether a definition is what was filled in.
 * @param validations those of the class
 */
export function isUnchangedDefinition(
  definition: ModelDefinition | undefined,
  validations: Dictionary<unknown[]> | undefined,
): boolean {
  const structure = definitionSourceOf(definition);
  if (!(structure instanceof EmbeddedClassRecord) || !definition) return false;
  if (validations) {
    const {rules} = structure;
    const counts = new Map<string, number>();
    for (const {name, type, required} of rules)
      counts.set(name, (counts.get(name) ?? 0) + Number(Boolean(required)) + Number(type === Date));
    const names = Object.keys(validations);
    if (names.length !== counts.size || names.some(name => validations[name].length !== counts.get(name))) return false;
  }
  if (!Object.hasOwn(definition, 'properties')) return true;
  const {settings, properties, rawProperties, relations} = definition;
  const expected = structure.expected();
  const {strict, anonymous, idInjection, forceId, ...others} = settings;
  if (strict !== structure.typeContext.strict || anonymous !== true || idInjection !== false || forceId !== undefined)
    return false;
  // juggler writes two of them later, as empty maps
  if (Object.values(others).some(value => typeof value !== 'object' || value === null || Object.keys(value).length > 0))
    return false;
  if (!isShallowEqual(withoutRemoved(rawProperties), structure.pristine) || relations.length > 0) return false;
  const names = Object.keys(properties);
  if (names.length !== Object.keys(expected.properties).length) return false;
  return names.every(name => isShallowEqual(properties[name], expected.properties[name]));
}

/** juggler writes `updateOnly: false` into shapes that have an id, and takes such out again when it reads them. */
function withoutRemoved(raw: Dictionary<unknown>): Dictionary<unknown> {
  return Object.fromEntries(Object.entries(raw).filter(([, property]) => !isRemoved(property)));
}

function isShallowEqual(a: Dictionary<unknown> | undefined, b: Dictionary<unknown> | undefined): boolean {
  if (!a || !b) return a === b;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every(name => Object.hasOwn(b, name) && Object.is(a[name], b[name]));
}

/** As juggler's ModelDefinition and ModelBuilder.resolveType make them, in their order. */
function fill(definition: Lazy): void {
  const structure = definition[STRUCTURE]!;
  structure.show?.();
  const content = structure.content();
  for (const name of Object.keys(content) as (keyof typeof content)[]) defineOwn(definition, name, content[name], true);
  exposeParts(structure);
}

/** Somebody gets to see what an embedded class was made of, or is about to write to it: what it is, it is from before. */
export function exposeStructure(model: ModelClass): void {
  const definition = ownValue<ModelDefinition>(model, 'definition');
  const structure = definitionSourceOf(definition);
  if (!structure?.isNested) return;
  if (!structure.show) {
    if (isUnreadDefinition(definition)) fill(definition as Lazy);
    return;
  }
  structure.show();
  exposeParts(structure);
}

/** The raw properties lead to those of the embedded classes. */
function exposeParts({types}: DefinitionSource): void {
  for (const type of types) {
    const part = itemType(type);
    if (typeof part === 'function') exposeStructure(part as ModelClass);
  }
}
