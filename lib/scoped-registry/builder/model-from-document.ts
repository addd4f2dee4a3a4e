import {isOrdinaryName} from '../structure/deferred-class';
import type {Dictionary, Juggler, Properties, StockModelBuilder} from '../juggler/types';
import type {PrivateCopies} from '../structure/private-copies';
import {isPlainData} from '../juggler/property-set';
import {LiveValueTypes} from '../juggler/value-types';

/** The statics of juggler's ModelBuilder that its introspection of documents uses. */
interface Introspecting {
  introspect(document: unknown): unknown;
  readonly Any: Function;
  readonly schemaTypes: Dictionary<Function>;
}

/**
 * A faster replacement of juggler's `buildModelFromInstance`. juggler's `introspect` checks each value of a document against every value
 * type. Here only values that are neither primitives nor plain objects are passed to it. The properties are made from the document and no
 * other code has them, so they need not be copied for the define.
 * @param copiesOf the PrivateCopies of the registry in which a builder or datasource defines; undefined if it has none
 * @param callsOurDefine whether `define` or `createModel` of a builder or datasource is this library's, so that no replacement by user
 * code can see or change the properties first
 */
export function modelFromDocumentMethods(
  {ModelBuilder}: Juggler,
  define: 'define' | 'createModel',
  copiesOf: (definer: object) => PrivateCopies | undefined,
  callsOurDefine: (definer: object) => boolean = () => false,
): FromInstance {
  const juggler = ModelBuilder as unknown as Introspecting;
  const {introspect} = juggler;
  const valueTypes = new LiveValueTypes(juggler.schemaTypes);
  return {
    buildModelFromInstance(name, json, options) {
      const copies = copiesOf(this);
      const isFast =
        juggler.introspect === introspect &&
        JSON_TYPES.every(name => valueTypes.now.named(name)) &&
        areOnlyForInstances(juggler.schemaTypes);
      const properties = isFast
        ? new Introspection(juggler, copies, callsOurDefine(this)).propertiesOf(json)
        : introspectWithin(copies, juggler, json);
      return this[define](name, properties as Properties, options);
    },
  };
}

type Define = StockModelBuilder['define'];

type FromInstance = Pick<StockModelBuilder, 'buildModelFromInstance'> & ThisType<Record<'define' | 'createModel', Define>>;

/** The names of the types that JSON values have. */
const JSON_TYPES = ['string', 'number', 'boolean', 'array', 'object'];

/** Whether no primitive, plain object or array is an instance of a value type, besides Object and Array. */
function areOnlyForInstances(valueTypes: Dictionary<Function>): boolean {
  for (const name in valueTypes) {
    const type = valueTypes[name];
    if (type === Object || type === Array) continue;
    if (type[Symbol.hasInstance] !== Function.prototype[Symbol.hasInstance]) return false;
    if (type.prototype === Object.prototype || type.prototype === Array.prototype) return false;
  }
  return true;
}

/** Reads the properties of a model from one document, as juggler's `introspect` does. */
class Introspection {
  /** Whether the class of the property that is being read can be deferred: see `isDeferrable` in deferred-class.ts. */
  #canBeDeferred = true;

  constructor(
    private readonly juggler: Introspecting,
    private readonly copies: PrivateCopies | undefined,
    private readonly callsOurDefine: boolean,
  ) {}

  /** The properties of a model for a document. */
  propertiesOf(document: unknown): unknown {
    const properties = this.#typeOf(document);
    if (!this.copies || typeof properties !== 'object' || properties === null || Array.isArray(properties)) return properties;
    // a key __proto__ in the document has set the prototype, as in juggler; `define` then copies the properties, inherited ones included
    return Object.getPrototypeOf(properties) === Object.prototype ? this.copies.adopt(properties) : properties;
  }

  /** @param level the number of objects and arrays around the value */
  #typeOf(value: unknown, level = 0): unknown {
    switch (typeof value) {
      case 'string':
      case 'number':
      case 'boolean':
        return typeof value;
      case 'object': {
        if (value === null) return this.juggler.Any;
        this.copies?.assertDepth(level + 1);
        if (Array.isArray(value) && Object.getPrototypeOf(value) === Array.prototype) return this.#list(value, level + 1);
        if (Object.getPrototypeOf(value) === Object.prototype) return this.#properties(value as Dictionary<unknown>, level + 1);
      }
    }
    this.#canBeDeferred = false;
    return this.juggler.introspect(value);
  }

  /** A list has the type of its first item that has a type. */
  #list(items: readonly unknown[], level: number): unknown {
    for (const item of items) {
      const type = item !== null && item !== undefined && this.#typeOf(item, level);
      if (!type) continue;
      if (Array.isArray(type)) this.#canBeDeferred = false;
      return [type];
    }
    return 'array';
  }

  #properties(values: Dictionary<unknown>, level: number): unknown {
    const isWithin = level > 1;
    const properties: Dictionary<unknown> = {};
    let isEmpty = true;
    for (const name in values) {
      if (!isWithin) this.#canBeDeferred = true;
      const type = this.#typeOf(values[name], level);
      if (!type) continue;
      properties[name] = type;
      isEmpty &&= name === '__proto__';
      if (!isWithin) this.#noteType(type);
      else if (!isOrdinaryName(name) || ATTRIBUTES_OF_JUGGLER.has(name)) this.#canBeDeferred = false;
    }
    return isEmpty ? 'object' : properties;
  }

  /** Tells the registry that the type of a property is private to the define, so that it is not copied. */
  #noteType(type: unknown): void {
    if (typeof type !== 'object' || type === null) return;
    const shape = (Array.isArray(type) ? type[0] : type) as Dictionary<unknown> | string;
    const isDeferrable = this.#canBeDeferred && this.callsOurDefine && typeof shape === 'object' && !shape.type;
    if (isDeferrable) this.copies?.noteDeferrable(type);
    else this.copies?.adoptWithin(type);
  }
}

/**
 * juggler's own introspection, which knows no limit.
 * @throws StructureTooDeepError `STRUCTURE_TOO_DEEP`
 */
function introspectWithin(copies: PrivateCopies | undefined, juggler: Introspecting, document: unknown): unknown {
  if (copies) assertNoDeeper(copies, document, 1);
  return juggler.introspect(document);
}

function assertNoDeeper(copies: PrivateCopies, value: unknown, level: number): void {
  if (typeof value !== 'object' || value === null || !isPlainData(value)) return;
  copies.assertDepth(level);
  for (const part of Object.values(value)) assertNoDeeper(copies, part, level + 1);
}

/** Keys of a nested object that juggler reads as attributes of the property, too. */
const ATTRIBUTES_OF_JUGGLER = new Set(['required', 'generated']);
