/**
 * The types of models that have a datasource, as callers of this library see them. juggler's own types do not say what a promise resolves
 * to: each of its methods returns `Promise<…> | void`, because it takes a callback as well.
 */
import type {
  Count,
  DataSource as JugglerDataSource,
  Filter,
  InclusionMixin,
  ModelBaseClass,
  ModelBuilder as JugglerModelBuilder,
  ObserverMixin,
  Options,
  PersistedModel as JugglerPersistedModel,
  RelationMixin,
  Where,
} from 'loopback-datasource-juggler';

/** The values of a row by property. juggler checks them against the model when the program runs. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- with `unknown`, an interface of the application would not fit
export type PersistedData = Readonly<Record<string, any>>;

/** The forms of the methods of an instance that return a promise. */
interface InstancePromises {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the model's definition is known at run time only
  [property: string]: any;
  save(options?: Options): Promise<this>;
  updateAttribute(name: string, value: unknown, options?: Options): Promise<this>;
  updateAttributes(data: PersistedData, options?: Options): Promise<this>;
  patchAttributes(data: PersistedData, options?: Options): Promise<this>;
  replaceAttributes(data: PersistedData, options?: Options): Promise<this>;
  reload(options?: Options): Promise<this>;
  destroy(options?: Options): Promise<Count>;
  delete(options?: Options): Promise<Count>;
  remove(options?: Options): Promise<Count>;
}

/** The forms of the static methods of a model that return a promise. `createAll` needs juggler 4. */
interface ModelPromises {
  dataSource: PersistingDataSource;
  create(data: readonly PersistedData[], options?: Options): Promise<PersistedModel[]>;
  create(data?: PersistedData, options?: Options): Promise<PersistedModel>;
  createAll(data: readonly PersistedData[], options?: Options): Promise<PersistedModel[]>;
  upsert(data: PersistedData, options?: Options): Promise<PersistedModel>;
  updateOrCreate(data: PersistedData, options?: Options): Promise<PersistedModel>;
  patchOrCreate(data: PersistedData, options?: Options): Promise<PersistedModel>;
  upsertWithWhere(where: Where, data: PersistedData, options?: Options): Promise<PersistedModel>;
  patchOrCreateWithWhere(where: Where, data: PersistedData, options?: Options): Promise<PersistedModel>;
  replaceOrCreate(data: PersistedData, options?: Options): Promise<PersistedModel>;
  replaceById(id: unknown, data: PersistedData, options?: Options): Promise<PersistedModel>;
  findOrCreate(filter: Filter, data: PersistedData, options?: Options): Promise<[instance: PersistedModel, created: boolean]>;
  find(filter?: Filter, options?: Options): Promise<PersistedModel[]>;
  findOne(filter?: Filter, options?: Options): Promise<PersistedModel | null>;
  findById(id: unknown, filter?: Filter, options?: Options): Promise<PersistedModel | null>;
  exists(id: unknown, options?: Options): Promise<boolean>;
  count(where?: Where, options?: Options): Promise<number>;
  updateAll(where?: Where, data?: PersistedData, options?: Options): Promise<Count>;
  update(where?: Where, data?: PersistedData, options?: Options): Promise<Count>;
  destroyAll(where?: Where, options?: Options): Promise<Count>;
  deleteAll(where?: Where, options?: Options): Promise<Count>;
  remove(where?: Where, options?: Options): Promise<Count>;
  destroyById(id: unknown, options?: Options): Promise<Count>;
  deleteById(id: unknown, options?: Options): Promise<Count>;
  removeById(id: unknown, options?: Options): Promise<Count>;
  extend<Child extends ModelBaseClass = PersistedModelClass>(name: string, properties?: object, settings?: object): Child;
}

// In an intersection each method has both forms, the promise first. juggler's forms keep these types assignable to juggler's own.
type PersistedInstance = InstancePromises & JugglerPersistedModel;
type PersistedStatics = ModelPromises &
  Omit<typeof JugglerPersistedModel, 'prototype'> &
  ObserverMixin &
  RelationMixin &
  InclusionMixin;

/** An instance of a model that has a datasource. Each property of the model has the type `any`. */
export interface PersistedModel extends PersistedInstance {} // eslint-disable-line @typescript-eslint/no-empty-object-type -- gives it a name

/** A model that has a datasource: what `createModel` of a DataSource and `TenantDataSources.route` return. */
export interface PersistedModelClass extends PersistedStatics {
  new (data?: PersistedData, options?: Options): PersistedModel;
  readonly prototype: PersistedModel;
}

/** The type of a model once it is routed. A type that has data access of its own stays as it is. */
export type Routed<Model> = Model extends {create: unknown} ? Model : PersistedModelClass;

/** juggler's DataSource, and what juggler's own types leave out: its models, its builder, and that its models have data access. */
export interface PersistingDataSource extends JugglerDataSource {
  /** The models that the datasource shows, by name. */
  readonly models: Record<string, PersistedModelClass>;
  readonly modelBuilder: JugglerModelBuilder;
  createModel<Model extends ModelBaseClass = PersistedModelClass>(name: string, properties?: object, settings?: object): Model;
  define<Model extends ModelBaseClass = PersistedModelClass>(name: string, properties?: object, settings?: object): Model;
}
