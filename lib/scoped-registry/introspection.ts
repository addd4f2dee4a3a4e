import type {Dictionary, Juggler, Properties, StockModelBuilder} from './juggler';
import type {OwnCopies} from './own-copy';

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
 */
export function modelsFromInstances(
  {ModelBuilder}: Juggler,
  define: 'define' | 'createModel',
  copiesOf: (maker: object) => OwnCopies | undefined,
): FromInstance {
  const juggler = ModelBuilder as unknown as Introspecting;
  const {introspect} = juggler;
  return {
    buildModelFromInstance(name, json, options) {
      const isFast = juggler.introspect === introspect && isDataOfNoType(juggler.schemaTypes);
      const properties = isFast ? new Introspection(juggler, copiesOf(this)).typeOf(json) : juggler.introspect(json);
      return this[define](name, properties as Properties, options);
    },
  };
}

type Define = StockModelBuilder['define'];

type FromInstance = Pick<StockModelBuilder, 'buildModelFromInstance'> & ThisType<Record<'define' | 'createModel', Define>>;

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
  constructor(
    private readonly juggler: Introspecting,
    private readonly copies: OwnCopies | undefined,
  ) {}

  typeOf(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
      case 'number':
      case 'boolean':
        return typeof value;
      case 'object': {
        if (value === null) return this.juggler.Any;
        if (Array.isArray(value) && Object.getPrototypeOf(value) === Array.prototype) return this.#list(value);
        if (Object.getPrototypeOf(value) === Object.prototype) return this.#properties(value as Dictionary<unknown>);
      }
    }
    return this.juggler.introspect(value);
  }

  /** The first item that tells. */
  #list(items: readonly unknown[]): unknown {
    for (const item of items) {
      const type = item !== null && item !== undefined && this.typeOf(item);
      if (type) return this.#own([type]);
    }
    return 'array';
  }

  #properties(values: Dictionary<unknown>): unknown {
    const properties: Dictionary<unknown> = {};
    for (const name in values) {
      const type = this.typeOf(values[name]);
      if (type) properties[name] = type;
    }
    if (Object.keys(properties).length === 0) return 'object';
    // the key __proto__ gives it another prototype, as on stock: a copy has the keys of both
    return Object.getPrototypeOf(properties) === Object.prototype ? this.#own(properties) : properties;
  }

  #own<T extends object>(object: T): T {
    return this.copies ? this.copies.adopt(object) : object;
  }
}
