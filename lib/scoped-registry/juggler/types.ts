/**
 * The few parts of juggler that this library calls, declared structurally: any copy of any supported major fits,
 * and nothing here depends on which one the application installed.
 */
import type {EventEmitter} from 'node:events';

/** A plain object keyed by model or property name, as juggler keeps them. */
export type Dictionary<T> = Record<string, T>;

/** Raw or resolved properties of a model: juggler takes too many forms for a closer type. */
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
  // bound copies of EventEmitter's methods
  listeners?: EventEmitter['listeners'];
  eventNames?: EventEmitter['eventNames'];
  emit?: EventEmitter['emit'];
  removeListener?: EventEmitter['removeListener'];
  removeAllListeners?: (event?: string) => unknown;
}

export type Extend = (name: string, properties?: Properties, settings?: Settings) => ModelClass;

export interface MixinProvider {
  mixins: Dictionary<unknown>;
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
  extendModel(model: string, properties: Properties): void;
  deleteModelByName(name: string): void;
  copyModel(master: ModelClass): ModelClass;
  buildModels(schemas: unknown, createModel?: Function): Dictionary<ModelClass>;
  buildModelFromInstance(name: string, json: unknown, options?: Settings): ModelClass;
}

export interface Connector {
  name?: string;
  connect?(callback: (error?: unknown, ...results: unknown[]) => void): unknown;
  disconnect?(callback: (error?: unknown) => void): unknown;
  define?(entry: ConnectorEntry): void;
  getDefaultIdType?(): unknown;
  _models?: Dictionary<ConnectorEntry>;
  dataSource?: unknown;
}

/** What a connector keeps of a model: the argument of its `define`. */
export interface ConnectorEntry {
  model: ModelClass;
  properties: unknown;
  settings: unknown;
}

/** A remote operation, as datasources describe theirs. */
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
  /** What the datasource mixes into its models: an object of its own. */
  DataAccessObject: Function;
  isTransaction?: boolean;
  /** Of a transaction: the datasource that began it. */
  origin?: StockDataSource;
  pendingConnectCallbacks?: unknown[];
  connect(callback?: (error?: unknown) => void): unknown;
  disconnect(callback?: (error?: unknown) => void): unknown;
  attach(model: ModelClass): ModelClass;
  operations(): Dictionary<RemoteOperation>;
  mixin(model: ModelClass): void;
  defineRelations(model: ModelClass, relations?: unknown): void;
  defineScopes(model: ModelClass, scopes: unknown): void;
}

type Constructor<T> = new (...args: never[]) => T;

/** A copy of the package `loopback-datasource-juggler`, as `require` returns it. */
export interface Juggler {
  ModelBuilder: Constructor<object> & {schemaTypes?: Dictionary<Function>};
  DataSource: Constructor<object>;
  ModelBaseClass: unknown;
  readonly version?: string;
}

/** Whether a value is a class that some juggler made: all of them carry the merge policy of juggler's base class. */
export function isModelClass(value: unknown): value is ModelClass {
  return typeof value === 'function' && 'getMergePolicy' in value && 'modelName' in value;
}
