import type {Dictionary, RemoteOperation, StockDataSource} from '../juggler/types';

type Methods = Dictionary<unknown>;
type DataAccess = Pick<Parts, 'DataAccessObject' | '_operations'>;

interface DataAccessObject extends Function {
  readonly prototype: Methods;
}

/** What juggler's constructor of DataSource makes for each datasource: copies of the data access methods, and a description of each. */
interface Parts {
  DataAccessObject: DataAccessObject;
  _operations: Dictionary<RemoteOperation>;
}

/** By the object that the methods come from, the parts of the first datasource that had it. They refer to no tenant. */
const templates = new WeakMap<Function, DataAccess>();

/**
 * Lets a new datasource make its `DataAccessObject` and its operations when they are read: when a model is attached to it. juggler makes
 * them at once, some 11,000 bytes for each tenant. A tenant whose models are everybody's models never reads them. Does nothing for a
 * datasource that has methods or operations of its own.
 */
export function makeDataAccessLazy(dataSource: StockDataSource): void {
  const {connector, constructor} = dataSource as StockDataSource & {constructor: {DataAccessObject?: Function}};
  const source = connector?.DataAccessObject ?? constructor.DataAccessObject;
  const own = dataSource as unknown as Parts;
  if (!source || !Object.hasOwn(own, 'DataAccessObject')) return;
  const template = templates.get(source);
  if (!template) {
    const {DataAccessObject, _operations} = own;
    templates.set(source, copyOf({DataAccessObject, _operations}));
  } else if (!isLike(template, own)) return;
  for (const name of ['DataAccessObject', '_operations'] as const)
    Object.defineProperty(dataSource, name, {get: READ[name], set: WRITE[name], enumerable: true, configurable: true});
  lazy.set(dataSource, source);
}

/** By datasource, where its parts come from. */
const lazy = new WeakMap<object, Function>();

/** The accessors are the same for all datasources. */
const READ = {
  DataAccessObject(this: Parts) {
    return made(this).DataAccessObject;
  },
  _operations(this: Parts) {
    return made(this)._operations;
  },
};
const WRITE = {
  DataAccessObject(this: Parts, value: Parts['DataAccessObject']) {
    made(this).DataAccessObject = value;
  },
  _operations(this: Parts, value: Parts['_operations']) {
    made(this)._operations = value;
  },
};

/** Makes the parts of a datasource, or of the one that `reader` inherits from. */
function made(reader: Parts): Parts {
  let dataSource: object = reader;
  while (!Object.hasOwn(dataSource, 'DataAccessObject')) dataSource = Object.getPrototypeOf(dataSource) as object;
  const source = lazy.get(dataSource);
  if (source) {
    lazy.delete(dataSource);
    for (const [name, value] of Object.entries(copyOf(templates.get(source)!)))
      Object.defineProperty(dataSource, name, {value: value, writable: true, enumerable: true, configurable: true});
  }
  return dataSource as Parts;
}

function copyOf({DataAccessObject: methods, _operations: operations}: DataAccess): DataAccess {
  const DataAccessObject = function () {} as unknown as DataAccessObject;
  Object.assign(DataAccessObject, methods);
  Object.assign(DataAccessObject.prototype, methods.prototype);
  const _operations: Parts['_operations'] = {};
  for (const [name, operation] of Object.entries(operations)) {
    const scope: unknown = operation.prototype ? DataAccessObject.prototype : DataAccessObject;
    _operations[name] = {...operation, scope: scope as RemoteOperation['scope']};
  }
  return {DataAccessObject, _operations};
}

/** Whether a datasource has the same methods and operations. */
function isLike({DataAccessObject, _operations}: DataAccess, own: DataAccess): boolean {
  return (
    hasSame(DataAccessObject, own.DataAccessObject) &&
    hasSame(DataAccessObject.prototype, own.DataAccessObject.prototype) &&
    haveSameNames(_operations, own._operations) &&
    Object.entries(own._operations).every(([name, operation]) =>
      hasSame({..._operations[name], scope: operation.scope}, operation),
    )
  );
}

function hasSame(known: object, other: object): boolean {
  return haveSameNames(known, other) && Object.entries(other).every(([name, value]) => (known as Methods)[name] === value);
}

function haveSameNames(known: object, other: object): boolean {
  return Object.keys(known).length === Object.keys(other).length && Object.keys(other).every(name => Object.hasOwn(known, name));
}
