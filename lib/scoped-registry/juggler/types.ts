/**
 * The parts of juggler that this library uses, as structural types. Any copy of any supported major of juggler matches them, so
 * the library's types do not depend on the copy that the application has installed.
 */
import type {EventEmitter} from 'node:events';

/** A plain object whose keys are model names or property names. juggler keeps its models and properties in such objects. */
export type Dictionary<T> = Record<string, T>;

/** The raw or resolved properties of a model. juggler accepts too many forms of a property for a more precise type. */
export type Properties = Dictionary<unknown>;

export type Settings = Dictionary<unknown> & {
  anonymous?: boolean;
  unresolved?: boolean;
  base?: unknown;
  super?: unknown;
};

export interface ModelDefinition {
  name: string;
  modelBuilder: StockModelBuilder;
  rawProperties: Properties;
  properties: Dictionary<{type?: unknown} & Dictionary<unknown>>;
  settings: Settings;
  relations: unknown[];
  _ids?: unknown;
  json?: unknown;
  build(forceRebuild?: boolean): Dictionary<unknown>;
}

export interface Relation {
  type?: string;
  keyFrom?: string;
  modelTo?: ModelClass | null;
  modelThrough?: ModelClass | null;
}

export interface ModelClass extends Function {
  modelName: string;
  modelBuilder?: StockModelBuilder;
  dataSource?: StockDataSource | null;
  definition?: ModelDefinition;
  settings: Settings;
  base?: ModelClass;
  /** The same as `base`, also of a placeholder. */
  super_?: ModelClass;
  relations?: Dictionary<Relation>;
  scopes?: Dictionary<Relation>;
  _scopeMeta?: Dictionary<unknown>;
  _mixins?: unknown[];
  _observers?: Dictionary<unknown[]>;
  validations?: Dictionary<unknown[]>;
  getter?: Dictionary<unknown>;
  setter?: Dictionary<unknown>;
  pluralModelName?: string;
  http?: object;
  extend?: Extend;
  registerProperty?(name: string): void;
  // juggler binds the methods of EventEmitter to a private emitter of the class
  listeners?: EventEmitter['listeners'];
  eventNames?: EventEmitter['eventNames'];
  emit?: EventEmitter['emit'];
  removeListener?: EventEmitter['removeListener'];
  removeAllListeners?: (event?: string) => unknown;
}

export type Extend = (name: string, properties?: Properties, settings?: Settings) => ModelClass;

export interface MixinProvider {
  mixins: Dictionary<unknown>;
  define(name: string, mixin: unknown): void;
  applyMixin(model: ModelClass, name: string, options?: unknown): void;
}

export interface StockModelBuilder {
  models: Dictionary<ModelClass>;
  definitions: Dictionary<ModelDefinition>;
  settings: Settings;
  mixins: MixinProvider;
  defaultModelBaseClass: ModelClass;
  define(name: string, properties?: Properties, settings?: Settings, parent?: ModelClass): ModelClass;
  resolveType(type: unknown, isSubProperty?: boolean): unknown;
  getModel(name: string, forceCreate?: boolean): ModelClass | undefined;
  getModelDefinition(name: string): ModelDefinition | undefined;
  getSchemaName(name?: string | null): string;
  defineProperty(model: string, property: string, definition: unknown): void;
  defineValueType(type: Function, aliases?: string[]): void;
  deleteModelByName(name: string): void;
  copyModel(master: ModelClass): ModelClass;
  buildModels(schemas: unknown, createModel?: Function): Dictionary<ModelClass>;
  buildModelFromInstance(name: string, json: unknown, options?: Settings): ModelClass;
}

export interface Connector {
  name?: string;
  connect?(callback: (error?: unknown, ...results: unknown[]) => void): unknown;
  disconnect?(callback: (error?: unknown) => void): unknown;
  define?(entry: ConnectorEntry, ...rest: unknown[]): unknown;
  defineProperty?(modelName: string, property: string, definition: object, ...rest: unknown[]): unknown;
  getDefaultIdType?(): unknown;
  _models?: Dictionary<ConnectorEntry>;
  /** Data access methods that the connector has in place of juggler's. */
  DataAccessObject?: Function;
}

/** What a connector stores about a model: the argument that juggler passes to the connector's `define`. */
export interface ConnectorEntry {
  model: ModelClass;
  properties: unknown;
  settings: unknown;
}

/** A data access method as `DataSource.prototype.operations` describes it for remoting. */
export interface RemoteOperation extends Dictionary<unknown> {
  enabled?: boolean;
  scope: Dictionary<Dictionary<unknown>>;
  fnName: string;
}

export interface StockDataSource extends EventEmitter {
  name?: string;
  connected?: boolean;
  connecting?: boolean;
  settings?: Dictionary<unknown>;
  modelBuilder: StockModelBuilder;
  models: Dictionary<ModelClass>;
  definitions: Dictionary<ModelDefinition>;
  connector?: Connector;
  /** The data access methods that the datasource mixes into its models. Each datasource has an object of its own. */
  DataAccessObject: Function;
  isTransaction?: boolean;
  /** Set on the datasource of a transaction: the datasource that began the transaction. */
  origin?: StockDataSource;
  pendingConnectCallbacks?: unknown[];
  connect(callback?: (error?: unknown) => void): unknown;
  disconnect(callback?: (error?: unknown) => void): unknown;
  define(name: string, properties?: Properties, settings?: Settings): ModelClass;
  attach(model: ModelClass): ModelClass;
  getModel(name: string, forceCreate?: boolean): ModelClass | undefined;
  operations(): Dictionary<RemoteOperation>;
  mixin(model: ModelClass): void;
  defineRelations(model: ModelClass, relations?: unknown): void;
  defineScopes(model: ModelClass, scopes: unknown): void;
}

type Constructor<T> = new (...args: never[]) => T;

/**
 * A copy of the package `loopback-datasource-juggler`, as `require` or `import` returns it. What is optional here is not in juggler's own
 * types: `assertSupported` checks that a copy has it.
 */
export interface Juggler {
  ModelBuilder: Constructor<object> & {schemaTypes?: Dictionary<Function>};
  DataSource: Constructor<object>;
  ModelBaseClass?: unknown;
  readonly version?: string;
}

/**
 * Returns what `require` returns for a CommonJS module. `import * as name` gives a namespace in its place, in Node and in what TypeScript
 * compiles to CommonJS. A namespace leaves out exports that Node does not find, and none of its exports can be replaced.
 */
export function commonJsModule<Module>(module: Module): Module {
  return (module as {default?: Module} | null | undefined)?.default ?? module;
}

/**
 * Whether a value is a model class of any copy of juggler. Each model class inherits `getMergePolicy` from juggler's
 * ModelBaseClass, and `instanceof` would recognize the classes of one copy only.
 */
export function isModelClass(value: unknown): value is ModelClass {
  return typeof value === 'function' && 'getMergePolicy' in value && 'modelName' in value;
}
