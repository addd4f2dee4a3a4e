import type {ConnectorEntry, ModelClass} from '../juggler/types';
import type {NamedClassRecord} from '../classes/named-class-record';

const STRUCTURE = Symbol('structure');

/** One for all entries: V8 keeps an object with accessors of its own as a hash table. */
const PROPERTIES: PropertyDescriptor & ThisType<{[STRUCTURE]: NamedClassRecord}> = {
  get() {
    return this[STRUCTURE].firstProperties;
  },
  set(properties: unknown) {
    Object.defineProperty(this, 'properties', {value: properties, writable: true, enumerable: true, configurable: true});
  },
  enumerable: true,
  configurable: true,
};

/** A plain object; as an instance of a function it has no room for more properties than it has. */
function Entry(this: ConnectorEntry, model: ModelClass, settings: unknown, structure: NamedClassRecord): void {
  this.model = model;
  Object.defineProperty(this, 'properties', PROPERTIES);
  this.settings = settings;
  Object.defineProperty(this, STRUCTURE, {value: structure});
}
Entry.prototype = Object.prototype;

/** What a connector is told of a class: its properties as they are at first, when somebody looks at them. */
export function lazyConnectorEntry(model: ModelClass, settings: unknown, structure: NamedClassRecord): ConnectorEntry {
  return new (Entry as unknown as new (...args: Parameters<typeof lazyConnectorEntry>) => ConnectorEntry)(
    model,
    settings,
    structure,
  );
}
