import type {ConnectorEntry, ModelClass} from '../juggler/types';
import type {NamedClassRecord} from '../classes/named-class-record';

const RECORD = Symbol('record');

/** All entries share this accessor: V8 would store an object with its own accessor functions as a hash table. */
const PROPERTIES: PropertyDescriptor & ThisType<{[RECORD]: NamedClassRecord}> = {
  get() {
    return this[RECORD].propertiesAtFirstRead;
  },
  set(properties: unknown) {
    Object.defineProperty(this, 'properties', {value: properties, writable: true, enumerable: true, configurable: true});
  },
  enumerable: true,
  configurable: true,
};

/** Makes a plain object. It is made by a constructor function, because V8 then gives it room for exactly its own properties. */
function Entry(this: ConnectorEntry, model: ModelClass, settings: unknown, record: NamedClassRecord): void {
  this.model = model;
  Object.defineProperty(this, 'properties', PROPERTIES);
  this.settings = settings;
  Object.defineProperty(this, RECORD, {value: record, configurable: true});
}
Entry.prototype = Object.prototype;

/**
 * The entry of a light class for a connector's `define`. Its `properties` are the first property set of the class. They are made when the
 * connector reads them.
 */
export function lazyConnectorEntry(model: ModelClass, settings: unknown, record: NamedClassRecord): ConnectorEntry {
  return new (Entry as unknown as new (...args: Parameters<typeof lazyConnectorEntry>) => ConnectorEntry)(
    model,
    settings,
    record,
  );
}
