import type {ModelBuilder as JugglerModelBuilder} from 'loopback-datasource-juggler';
import {bindBuilder, builderForSubclass, builderOf, DEFAULT_BASE, isBound, registryOf} from './binding/builder-binding';
import {UnsupportedJugglerError} from './errors';
import {modelFromDocumentMethods} from './builder/model-from-document';
import type {PersistingDataSource} from './juggler/persisted-model';
import type {Juggler, MixinProvider, StockDataSource, StockModelBuilder} from './juggler/types';
import {assertKeepsContexts, repairJuggler3} from './juggler/juggler-3';
import {mixinMethods} from './classes/class-mixin';
import {LightClasses} from './classes/light-classes';
import {ModelRegistry} from './registry/model-registry';
import {bindGuest, bindRegistry, type RegistryOptions, type RegistrySource} from './binding/registry-binding';
import {guardBuilderMethods, guardDataSourceMethods} from './datasource/own-tenant-methods';
import {dataSourceMethods, type DataSourceMethods} from './datasource/data-source-methods';
import {builderMethods, type BuilderMethods} from './builder/model-builder-methods';
import {assertOfThisCopy, markAsOurs} from './package-copy';
import {WeakBag} from './primitives/weak-bag';
import {noteValueTypes} from './juggler/value-types';

/** A ModelBuilder that keeps its models in a registry. It extends juggler's ModelBuilder. */
export interface ScopedModelBuilderClass {
  /**
   * @param options choose the registry: `{registry}`, `{registries, tenant}` or `{registries}`. A builder without options keeps its own
   * models while no tenant runs, as in juggler; a model that is defined while a tenant runs belongs to that tenant
   * @throws InvalidOptionError `INVALID_OPTION`, InvalidTenantCodeError `INVALID_TENANT_CODE`
   */
  new (options?: RegistryOptions): JugglerModelBuilder;
  readonly prototype: JugglerModelBuilder;
  /** This class's own default builder, in place of juggler's: it follows the running tenant on the default registries. */
  readonly defaultInstance: JugglerModelBuilder;
}

/**
 * A DataSource that keeps its models in a registry: the one that the setting `modelRegistry` chooses, else that of the builder that is
 * passed. It extends juggler's DataSource.
 */
export interface ScopedDataSourceClass {
  new (
    settings: {modelRegistry?: RegistryOptions} & Record<string, unknown>,
    modelBuilder?: JugglerModelBuilder,
  ): PersistingDataSource;
  new (name?: string | object, settings?: object, modelBuilder?: JugglerModelBuilder): PersistingDataSource;
  readonly prototype: PersistingDataSource;
}

interface StockMethods {
  readonly builder: BuilderMethods;
  readonly dataSource: DataSourceMethods;
}

/** By ModelBuilder: the methods of that copy of juggler, as they were before this library replaced any. */
const stockMethodsOf = new WeakMap<object, StockMethods>();
/** The stock methods of each copy of juggler 3.36 that `repairJuggler3` has changed. */
const mended = new WeakSet<object>();

function stockMethods({ModelBuilder, DataSource}: Juggler): StockMethods {
  let methods = stockMethodsOf.get(ModelBuilder);
  if (!methods) {
    methods = {
      builder: {...(ModelBuilder.prototype as BuilderMethods)},
      dataSource: {...(DataSource.prototype as DataSourceMethods)},
    };
    stockMethodsOf.set(ModelBuilder, methods);
  }
  return methods;
}

/**
 * One copy of juggler and the methods by which this library replaces juggler's. Puts them on juggler's own classes (`install`) or on
 * subclasses of these (`forJuggler`).
 */
export class ScopedJuggler {
  readonly builderMethods: BuilderMethods;
  readonly dataSourceMethods: DataSourceMethods;

  readonly #juggler: Juggler;
  readonly #stock: StockMethods;
  readonly #defaultRegistries: () => RegistrySource;
  readonly #defaultOptions: (() => RegistryOptions) | undefined;
  /** The builders and datasources that were bound while juggler's own classes have the methods; undefined at all other times. */
  #boundWhileInstalled: {builders: WeakBag<StockModelBuilder>; dataSources: WeakBag<StockDataSource>} | undefined;

  /**
   * @param defaultRegistries the registries for options that name none
   * @param defaultOptions the options for builders that were made without options
   * @throws UnsupportedJugglerError `UNSUPPORTED_JUGGLER`
   */
  constructor(juggler: Juggler, defaultRegistries: () => RegistrySource, defaultOptions?: () => RegistryOptions) {
    assertSupported(juggler);
    this.#defaultOptions = defaultOptions;
    this.#juggler = juggler;
    this.#defaultRegistries = defaultRegistries;
    const {ModelBuilder} = juggler;
    noteValueTypes(ModelBuilder.schemaTypes!);
    const bind = (builder: StockModelBuilder) => this.bindGuest(builder);
    const newBuilder = (options: RegistryOptions) => this.bind(new ModelBuilder() as StockModelBuilder, options);
    const stock = (this.#stock = stockMethods(juggler));
    const stockBuilder = () => Object.assign(new ModelBuilder() as StockModelBuilder, stock.builder);
    const classes = new LightClasses(stockBuilder, builderForSubclass);
    // `definer` is a builder or a datasource: both have `buildModelFromInstance`
    const copiesOf = (definer: Partial<StockDataSource>) => {
      // the builder of a transaction is juggler's and has no registry
      if (definer.isTransaction) return undefined;
      const builder = definer.modelBuilder ?? (definer as StockModelBuilder);
      bind(builder);
      return registryOf(builderOf(builder)).copies;
    };
    const callsOurDefine = (definer: Partial<StockDataSource> & {createModel?: unknown}) => {
      const builder = definer.modelBuilder ?? (definer as StockModelBuilder);
      const isOurs = builder.define === this.builderMethods.define;
      return isOurs && ((builder as object) === definer || definer.createModel === this.dataSourceMethods.createModel);
    };
    const ownBuilderMethods = {
      ...builderMethods(stock.builder, ModelBuilder.schemaTypes!, bind, classes),
      ...modelFromDocumentMethods(juggler, 'define', copiesOf, callsOurDefine),
    };
    this.builderMethods = {...ownBuilderMethods, ...guardBuilderMethods({...stock.builder, ...ownBuilderMethods})};
    markAsOurs(this.builderMethods.define);
    const onBound = (dataSource: StockDataSource) => this.#boundWhileInstalled?.dataSources.add(dataSource);
    const giveStockMethods = (builder: StockModelBuilder) => void Object.assign(builder, stock.builder);
    const ownDataSourceMethods = {
      ...dataSourceMethods(stock.dataSource, newBuilder, bind, giveStockMethods, onBound, classes),
      ...modelFromDocumentMethods(juggler, 'createModel', copiesOf, callsOurDefine),
    };
    const guardedMethods = guardDataSourceMethods({...stock.dataSource, ...ownDataSourceMethods}, juggler.ModelBaseClass);
    this.dataSourceMethods = {...ownDataSourceMethods, ...guardedMethods};
  }

  /**
   * Binds a builder to the registry that its options choose.
   * @throws InvalidOptionError `INVALID_OPTION`, InvalidTenantCodeError `INVALID_TENANT_CODE`
   */
  bind(builder: StockModelBuilder, options: RegistryOptions): StockModelBuilder {
    this.#assertMeetsNoOtherCopy(builder);
    const binding = bindRegistry(options, this.#defaultRegistries);
    this.#giveMethods(builder);
    bindBuilder(builder, binding, binding.fixed);
    return builder;
  }

  /** Makes a builder follow the running tenant. The models that it has already go to the shared registry. */
  share(builder: StockModelBuilder): void {
    const {models, definitions} = builder;
    const registries = this.#defaultRegistries();
    this.bind(builder, {registries});
    registries.shared.catalogue.adopt({models, definitions});
  }

  /** Binds a builder that was made without options, unless it is bound already. */
  bindGuest(builder: StockModelBuilder): void {
    if (isBound(builder)) return;
    this.#assertMeetsNoOtherCopy(builder);
    if (this.#defaultOptions) {
      this.bind(builder, this.#defaultOptions());
      return;
    }
    const outside = new ModelRegistry(
      {embedded: this.#defaultRegistries().shared.maker},
      {models: builder.models, definitions: builder.definitions},
    );
    this.#giveMethods(builder);
    bindBuilder(builder, bindGuest(this.#defaultRegistries, outside));
  }

  /**
   * Puts the methods on juggler's own classes.
   * @returns undoes that; builders and datasources that were bound in the meantime get the methods as own properties and keep them
   */
  replaceMethods(): () => void {
    const {ModelBuilder, DataSource} = this.#juggler;
    const {builders, dataSources} = (this.#boundWhileInstalled = {builders: new WeakBag(), dataSources: new WeakBag()});
    const providers = Object.getPrototypeOf((new ModelBuilder() as StockModelBuilder).mixins) as MixinProvider & object;
    const undo = [
      overrideMethods(ModelBuilder.prototype as object, this.builderMethods),
      overrideMethods(DataSource.prototype as object, this.dataSourceMethods),
      overrideMethods(providers, mixinMethods(providers)),
      () => Reflect.deleteProperty(ModelBuilder.prototype as object, 'defaultModelBaseClass'),
    ];
    Object.defineProperty(ModelBuilder.prototype as object, 'defaultModelBaseClass', {...DEFAULT_BASE, enumerable: false});
    return () => {
      this.#boundWhileInstalled = undefined;
      for (const builder of builders) keepMethods(builder, this.builderMethods);
      for (const dataSource of dataSources) keepMethods(dataSource, this.dataSourceMethods);
      for (const restore of undo) restore();
    };
  }

  /** @throws TwoCopiesError `TWO_COPIES` */
  #assertMeetsNoOtherCopy({define}: StockModelBuilder): void {
    assertOfThisCopy(define, 'A builder is used that belongs to another copy');
    // what this copy takes for juggler's own methods would be the other copy's, if that was installed when this one was loaded
    for (const method of [
      (this.#juggler.ModelBuilder.prototype as StockModelBuilder).define,
      stockMethods(this.#juggler).builder.define,
    ])
      assertOfThisCopy(method, 'A builder is made on a juggler into which another copy is installed');
  }

  /** Gives a builder the methods as own properties, unless its class has them: juggler's DataSource makes a stock builder for itself. */
  #giveMethods(builder: StockModelBuilder): void {
    this.#mend();
    this.#boundWhileInstalled?.builders.add(builder);
    for (let place: object | null = builder; place; place = Object.getPrototypeOf(place) as object | null) {
      if (Object.getOwnPropertyDescriptor(place, 'define')?.value === this.builderMethods.define) return;
    }
    overrideMethods(builder, this.builderMethods);
  }

  /** Mends juggler 3.36 when the first builder is bound. It must not happen earlier, because an import must not change anything. */
  #mend(): void {
    const {ModelBuilder} = this.#juggler;
    if (versionOf(this.#juggler)[0] !== 3 || mended.has(this.#stock)) return;
    mended.add(this.#stock);
    repairJuggler3(this.#juggler, Object.assign(new ModelBuilder() as StockModelBuilder, this.#stock.builder));
  }

  /** Makes subclasses of this juggler's ModelBuilder and DataSource that have the methods. */
  classes(): {ModelBuilder: ScopedModelBuilderClass; DataSource: ScopedDataSourceClass} {
    const scoped = this; // eslint-disable-line @typescript-eslint/no-this-alias -- the classes below have a `this` of their own
    let defaultInstance: object | undefined;

    class ModelBuilder extends this.#juggler.ModelBuilder {
      constructor(options?: RegistryOptions) {
        super();
        if (options === undefined) scoped.bindGuest(this as unknown as StockModelBuilder);
        else scoped.bind(this as unknown as StockModelBuilder, options);
      }

      static get defaultInstance(): object {
        return (defaultInstance ??= new ModelBuilder({registries: scoped.#defaultRegistries()}));
      }
    }
    class DataSource extends this.#juggler.DataSource {}
    overrideMethods(ModelBuilder.prototype, this.builderMethods);
    overrideMethods(DataSource.prototype, this.dataSourceMethods);
    return {ModelBuilder, DataSource} as unknown as {ModelBuilder: ScopedModelBuilderClass; DataSource: ScopedDataSourceClass};
  }
}

/**
 * Makes `ModelBuilder` and `DataSource` for a copy of juggler. Nothing of that copy is changed, except what `repairJuggler3` changes in
 * juggler 3.36.
 * @param defaultRegistries the registries for options that name none
 * @throws UnsupportedJugglerError `UNSUPPORTED_JUGGLER`
 */
export function scopedClasses(juggler: Juggler, defaultRegistries: () => RegistrySource): ReturnType<ScopedJuggler['classes']> {
  return new ScopedJuggler(juggler, defaultRegistries).classes();
}

/**
 * Puts methods on an object, usually a prototype. They are enumerable, as juggler's are: its `DataSource.prototype.transaction` copies
 * a datasource by `for … in`.
 * @returns restores what was there before
 */
export function overrideMethods(prototype: object, methods: object): () => void {
  const before = new Map<string, PropertyDescriptor | undefined>();
  for (const [name, value] of Object.entries(methods)) {
    before.set(name, Object.getOwnPropertyDescriptor(prototype, name));
    Object.defineProperty(prototype, name, {value: value as unknown, writable: true, configurable: true, enumerable: true});
  }
  return () => {
    for (const [name, descriptor] of before) {
      if (descriptor) Object.defineProperty(prototype, name, descriptor);
      else Reflect.deleteProperty(prototype, name);
    }
  };
}

/** Makes the methods that an object inherits its own. A method that a subclass or user code has replaced is left alone. */
function keepMethods(object: object, methods: object): void {
  const inherited = Object.entries(methods).filter(([name, method]) => (object as Record<string, unknown>)[name] === method);
  overrideMethods(object, Object.fromEntries(inherited));
}

function assertSupported(juggler: Juggler): void {
  const {ModelBuilder, DataSource, ModelBaseClass} = (juggler ?? {}) as Partial<Juggler>;
  const missing = (type: unknown, methods: readonly string[]) =>
    typeof type !== 'function' || methods.some(name => !(name in (type as {prototype: object}).prototype));
  if (
    missing(ModelBuilder, ['define', 'resolveType', 'getSchemaName']) ||
    missing(DataSource, ['setup', 'attach', 'copyModel', 'ready']) ||
    !ModelBaseClass
  ) {
    throw new UnsupportedJugglerError('Pass the exports of a loopback-datasource-juggler, as require() or import returns them.');
  }
  const [major, minor] = versionOf(juggler);
  if (major < 3 || major > 7 || (major === 3 && minor < 36)) {
    throw new UnsupportedJugglerError(
      `loopback-datasource-juggler ${juggler.version} is not supported: 3.36 and majors 4 to 7 are.`,
    );
  }
  if (major === 3) assertKeepsContexts(juggler);
}

function versionOf({version = ''}: Juggler): number[] {
  return version.split('.').map(Number);
}
