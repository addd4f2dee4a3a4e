import {isOrdinaryName} from '../structure/deferred-class';
import type {Dictionary, Juggler, Properties, StockModelBuilder} from '../juggler/types';
import type {PrivateCopies} from '../structure/private-copies';
import {LiveValueTypes} from '../juggler/value-types';

/** What a builder's introspection reads. */
interface Introspecting {
  introspect(document: unknown): unknown;
  readonly Any: Function;
  readonly schemaTypes: Dictionary<Function>;
}

/**
 * juggler's `buildModelFromInstance`, faster: juggler asks each value of a document for each of its value types whether it is
 * an instance. Here juggler sees only what is neither a primitive nor a plain object. What is made of a document nobody else has,
 * so it need not be copied before it is defined from.
 * @param copiesOf the copies of the registry that a builder or datasource defines in; undefined where it is none of ours
 * @param definesHere whether it goes from here to this library's `define`, past nobody who could change the properties
 */
export function modelFromDocumentMethods(
  {ModelBuilder}: Juggler,
  define: 'define' | 'createModel',
  copiesOf: (maker: object) => PrivateCopies | undefined,
  definesHere: (maker: object) => boolean = () => false,
): FromInstance {
  const juggler = ModelBuilder as unknown as Introspecting;
  const {introspect} = juggler;
  const valueTypes = new LiveValueTypes(juggler.schemaTypes);
  return {
    buildModelFromInstance(name, json, options) {
      const isFast =
        juggler.introspect === introspect &&
        TYPES.every(name => valueTypes.now.named(name)) &&
        isDataOfNoType(juggler.schemaTypes);
      const properties = isFast
        ? new Introspection(juggler, copiesOf(this), definesHere(this)).propertiesOf(json)
        : juggler.introspect(json);
      return this[define](name, properties as Properties, options);
    },
  };
}

type Define = StockModelBuilder['define'];

type FromInstance = Pick<StockModelBuilder, 'buildModelFromInstance'> & ThisType<Record<'define' | 'createModel', Define>>;

/** What is read from JSON. */
const TYPES = ['string', 'number', 'boolean', 'array', 'object'];

/** Whether no primitive and no plain object is an instance of a value type. */
function isDataOfNoType(valueTypes: Dictionary<Function>): boolean {
  for (const name in valueTypes) {
    const type = valueTypes[name];
    if (type === Object || type === Array) continue;
    if (type[Symbol.hasInstance] !== Function.prototype[Symbol.hasInstance]) return false;
    if (type.prototype === Object.prototype || type.prototype === Array.prototype) return false;
  }
  return true;
}

class Introspection {
  /** Whether all that was read since it was set can wait: see `isDeferrable`. */
  #isPlain = true;

  constructor(
    private readonly juggler: Introspecting,
    private readonly copies: PrivateCopies | undefined,
    private readonly definesHere: boolean,
  ) {}

  /** The properties of a model for a document. */
  propertiesOf(document: unknown): unknown {
    const properties = this.#typeOf(document);
    if (!this.copies || typeof properties !== 'object' || properties === null || Array.isArray(properties)) return properties;
    // the key __proto__ gives it another prototype, as on stock: a copy has the keys of both
    return Object.getPrototypeOf(properties) === Object.prototype ? this.copies.adopt(properties) : properties;
  }

  #typeOf(value: unknown, isWithin = false): unknown {
    switch (typeof value) {
      case 'string':
      case 'number':
      case 'boolean':
        return typeof value;
      case 'object': {
        if (value === null) return this.juggler.Any;
        if (Array.isArray(value) && Object.getPrototypeOf(value) === Array.prototype) return this.#list(value);
        if (Object.getPrototypeOf(value) === Object.prototype) return this.#properties(value as Dictionary<unknown>, isWithin);
      }
    }
    this.#isPlain = false;
    return this.juggler.introspect(value);
  }

  /** The first item that tells. */
  #list(items: readonly unknown[]): unknown {
    for (const item of items) {
      const type = item !== null && item !== undefined && this.#typeOf(item, true);
      if (!type) continue;
      if (Array.isArray(type)) this.#isPlain = false;
      return [type];
    }
    return 'array';
  }

  #properties(values: Dictionary<unknown>, isWithin: boolean): unknown {
    const properties: Dictionary<unknown> = {};
    let isEmpty = true;
    for (const name in values) {
      if (!isWithin) this.#isPlain = true;
      const type = this.#typeOf(values[name], true);
      if (!type) continue;
      properties[name] = type;
      isEmpty &&= name === '__proto__';
      if (!isWithin) this.#note(type);
      else if (!isOrdinaryName(name) || UNUSUAL.has(name)) this.#isPlain = false;
    }
    return isEmpty ? 'object' : properties;
  }

  #note(type: unknown): void {
    if (typeof type !== 'object' || type === null) return;
    const shape = (Array.isArray(type) ? type[0] : type) as Dictionary<unknown> | string;
    const waits = this.#isPlain && this.definesHere && typeof shape === 'object' && !shape.type;
    if (waits) this.copies?.noteDeferrable(type);
    else this.copies?.adoptWithin(type);
  }
}

/** Keys by which juggler may take a nested object for more than that. */
const UNUSUAL = new Set(['required', 'generated']);
