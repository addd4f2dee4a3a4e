import type {DataSource as JugglerDataSource, ModelBuilder as JugglerModelBuilder} from 'loopback-datasource-juggler';
import {bindBuilder, builderForSubclass, builderOf, isBound, registryOf} from './binding/builder-binding';
import {UnsupportedJugglerError} from './errors';
import {modelFromDocumentMethods} from './builder/model-from-document';
import type {Juggler, StockDataSource, StockModelBuilder} from './juggler/types';
import {assertKeepsContexts, mendJuggler3} from './juggler/juggler-3';
import {LightClasses} from './classes/light-classes';
import {ModelRegistry} from './registry/model-registry';
import {bindGuest, bindRegistry, type RegistryOptions, type RegistrySource} from './binding/registry-binding';
import {dataSourceMethods, type DataSourceMethods} from './datasource/data-source-methods';
import {builderMethods, type BuilderMethods} from './builder/model-builder-methods';
import {WeakBag} from './primitives/weak-bag';

/** juggler's ModelBuilder, on a registry. */
export interface ScopedModelBuilderClass {
  /**
   * @param options which registry; left out: outside any tenant models of its own, in a tenant's work the tenant's
   * @throws InvalidOptionError `INVALID_OPTION`
   */
  new (options?: RegistryOptions): JugglerModelBuilder;
  readonly prototype: JugglerModelBuilder;
  /** juggler's process-wide builder, here one of this library's. */
  readonly defaultInstance: JugglerModelBuilder;
}

/** juggler's DataSource, on a registry: that of its `modelRegistry` setting, else that of the builder it is given. */
export interface ScopedDataSourceClass {
  new (...args: ConstructorParameters<typeof JugglerDataSource>): JugglerDataSource;
  new (settings: {modelRegistry?: RegistryOptions} & Record<string, unknown>): JugglerDataSource;
  new (name: string | object, settings?: object, modelBuilder?: JugglerModelBuilder): JugglerDataSource;
  readonly prototype: JugglerDataSource;
}

interface StockMethods {
  readonly builder: BuilderMethods;
  readonly dataSource: DataSourceMethods;
}

/** juggler's own methods, remembered from before any of them was replaced. */
const untouched = new WeakMap<object, StockMethods>();
/** By ModelBuilder: the copies of juggler 3.36 that have been mended. */
const mended = new WeakSet<object>();

function stockMethods({ModelBuilder, DataSource}: Juggler): StockMethods {
  let methods = untouched.get(ModelBuilder);
  if (!methods) {
    methods = {
      builder: {...(ModelBuilder.prototype as BuilderMethods)},
      dataSource: {...(DataSource.prototype as DataSourceMethods)},
    };
    untouched.set(ModelBuilder, methods);
  }
  return methods;
}

/** One copy of juggler: its methods before anybody changed them, and what this library puts in their place. */
export class ScopedJuggler {
  readonly builderMethods: BuilderMethods;
  readonly dataSourceMethods: DataSourceMethods;

  readonly #juggler: Juggler;
  readonly #defaults: () => RegistrySource;
  readonly #optionless: (() => RegistryOptions) | undefined;
  /** While juggler's own classes have the methods: what was bound with them. */
  #bound: {builders: WeakBag<StockModelBuilder>; dataSources: WeakBag<StockDataSource>} | undefined;

  /**
   * @param defaults the registries for options that name none
   * @param optionless the options for builders that have none
   * @throws UnsupportedJugglerError `UNSUPPORTED_JUGGLER`
   */
  constructor(juggler: Juggler, defaults: () => RegistrySource, optionless?: () => RegistryOptions) {
    assertSupported(juggler);
    this.#optionless = optionless;
    this.#juggler = juggler;
    this.#defaults = defaults;
    const {ModelBuilder} = juggler;
    const bind = (builder: StockModelBuilder) => this.bindGuest(builder);
    const newBuilder = (options: RegistryOptions) => this.bind(new ModelBuilder() as StockModelBuilder, options);
    const stock = stockMethods(juggler);
    const stockBuilder = () => Object.assign(new ModelBuilder() as StockModelBuilder, stock.builder);
    const classes = new LightClasses(stockBuilder, builderForSubclass);
    const copiesOf = (maker: Partial<StockDataSource>) => {
      // a transaction's builder is a stock one
      if (maker.isTransaction) return undefined;
      const builder = maker.modelBuilder ?? (maker as StockModelBuilder);
      bind(builder);
      return registryOf(builderOf(builder)).copies;
    };
    const definesHere = (maker: Partial<StockDataSource> & {createModel?: unknown}) => {
      const builder = maker.modelBuilder ?? (maker as StockModelBuilder);
      const isOurs = builder.define === this.builderMethods.define;
      return isOurs && ((builder as object) === maker || maker.createModel === this.dataSourceMethods.createModel);
    };
    this.builderMethods = {
      ...builderMethods(stock.builder, ModelBuilder.schemaTypes!, bind, classes),
      ...modelFromDocumentMethods(juggler, 'define', copiesOf, definesHere),
    };
    const met = (dataSource: StockDataSource) => this.#bound?.dataSources.add(dataSource);
    const leave = (builder: StockModelBuilder) => void Object.assign(builder, stock.builder);
    this.dataSourceMethods = {
      ...dataSourceMethods(stock.dataSource, newBuilder, bind, leave, met, classes),
      ...modelFromDocumentMethods(juggler, 'createModel', copiesOf, definesHere),
    };
  }

  bind(builder: StockModelBuilder, options: RegistryOptions): StockModelBuilder {
    const binding = bindRegistry(options, this.#defaults);
    this.#equip(builder);
    bindBuilder(builder, binding, binding.fixed);
    return builder;
  }

  /** Binds a builder to the registry of the moment. What it has made is shared from now on. */
  share(builder: StockModelBuilder): void {
    const {models, definitions} = builder;
    const registries = this.#defaults();
    this.bind(builder, {registries});
    registries.shared.catalogue.adopt({models, definitions});
  }

  /** Binds a builder that was made without options, if it is not bound yet. */
  bindGuest(builder: StockModelBuilder): void {
    if (isBound(builder)) return;
    if (this.#optionless) {
      this.bind(builder, this.#optionless());
      return;
    }
    const outside = new ModelRegistry(
      {embedded: this.#defaults().shared.maker},
      {models: builder.models, definitions: builder.definitions},
    );
    this.#equip(builder);
    bindBuilder(builder, bindGuest(this.#defaults, outside));
  }

  /**
   * Puts the methods on juggler's own classes.
   * @returns what undoes it: what was bound meanwhile keeps the methods, on the object
   */
  replaceMethods(): () => void {
    const {ModelBuilder, DataSource} = this.#juggler;
    const {builders, dataSources} = (this.#bound = {builders: new WeakBag(), dataSources: new WeakBag()});
    const undo = [
      overrideMethods(ModelBuilder.prototype as object, this.builderMethods),
      overrideMethods(DataSource.prototype as object, this.dataSourceMethods),
    ];
    return () => {
      this.#bound = undefined;
      for (const builder of builders) keepMethods(builder, this.builderMethods);
      for (const dataSource of dataSources) keepMethods(dataSource, this.dataSourceMethods);
      for (const restore of undo) restore();
    };
  }

  /** A stock builder, such as juggler's DataSource makes for itself, gets the methods on the object. */
  #equip(builder: StockModelBuilder): void {
    this.#mend();
    this.#bound?.builders.add(builder);
    for (let place: object | null = builder; place; place = Object.getPrototypeOf(place) as object | null) {
      if (Object.getOwnPropertyDescriptor(place, 'define')?.value === this.builderMethods.define) return;
    }
    overrideMethods(builder, this.builderMethods);
  }

  /** Not before there is something to do for: to be imported is to change nothing. */
  #mend(): void {
    const {ModelBuilder} = this.#juggler;
    if (versionOf(this.#juggler)[0] !== 3 || mended.has(ModelBuilder)) return;
    mended.add(ModelBuilder);
    mendJuggler3(this.#juggler, Object.assign(new ModelBuilder() as StockModelBuilder, stockMethods(this.#juggler).builder));
  }

  /** Subclasses of this juggler's own. */
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
        return (defaultInstance ??= new ModelBuilder({registries: scoped.#defaults()}));
      }
    }
    class DataSource extends this.#juggler.DataSource {}
    overrideMethods(ModelBuilder.prototype, this.builderMethods);
    overrideMethods(DataSource.prototype, this.dataSourceMethods);
    return {ModelBuilder, DataSource} as unknown as {ModelBuilder: ScopedModelBuilderClass; DataSource: ScopedDataSourceClass};
  }
}

/**
 * Makes `ModelBuilder` and `DataSource` for another copy of juggler than the one this package finds for itself.
 * Nothing of that copy is changed, but for what `mend` does to juggler 3.36.
 * @throws UnsupportedJugglerError `UNSUPPORTED_JUGGLER`
 */
export function scopedClasses(juggler: Juggler, defaults: () => RegistrySource): ReturnType<ScopedJuggler['classes']> {
  return new ScopedJuggler(juggler, defaults).classes();
}

/** Puts methods on an object, mostly a prototype; enumerable as juggler's are, which its transactions rely on. Returns what undoes it. */
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

/** Makes an object's own the methods that it inherits, but not those that its class or somebody else has replaced. */
function keepMethods(object: object, methods: object): void {
  const inherited = Object.entries(methods).filter(([name, method]) => (object as Record<string, unknown>)[name] === method);
  overrideMethods(object, Object.fromEntries(inherited));
}

function assertSupported(juggler: Juggler): void {
  const {ModelBuilder, DataSource} = (juggler ?? {}) as Partial<Juggler>;
  const missing = (type: unknown, methods: readonly string[]) =>
    typeof type !== 'function' || methods.some(name => !(name in (type as {prototype: object}).prototype));
  if (
    missing(ModelBuilder, ['define', 'resolveType', 'getSchemaName']) ||
    missing(DataSource, ['setup', 'attach', 'copyModel', 'ready'])
  ) {
    throw new UnsupportedJugglerError('Pass the exports of a loopback-datasource-juggler, as require() returns them.');
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
