import type {Method} from '../../scoped-registry/juggler/callback';
import {InvalidOptionError} from '../../scoped-registry/errors';
import type {
  Connector,
  ConnectorEntry,
  Dictionary,
  Juggler,
  ModelClass,
  StockDataSource,
} from '../../scoped-registry/juggler/types';
import {isClosed} from '../../scoped-registry/ownership/closed-data-source';
import {defineOwn} from '../../scoped-registry/primitives/own-property';
import {hiddenBy, isHidden} from './route-checks';

type Table = Dictionary<ConnectorEntry>;

/** Runs an `include` that a connector calls, for the tenant of its datasource. `args` has the callback of the connector. */
export type RunInclude = (tenant: string, dataSource: StockDataSource, args: unknown[], include: () => unknown) => unknown;

/** The name under which a view gives its model. */
const MODEL = Symbol('model');

/** What a shared definition depends on. */
interface Kind {
  readonly connector: string;
  readonly idType: unknown;
}

/** What a connector was told of a model: kept only for a connector that does not keep the entry in its table as it got it. */
interface Told {
  readonly properties: unknown;
  readonly view: ModelClass;
}

/**
 * One tenant's datasource as its connector sees it. It is the handler of the proxies (views) that the connector has in place of the routed
 * models. A view's `dataSource` is always that tenant's, even where the connector reads it in a callback that runs in another tenant's context.
 */
class Site implements ProxyHandler<ModelClass> {
  told: WeakMap<ModelClass, Told> | undefined;

  constructor(
    readonly dataSource: StockDataSource,
    readonly tenant: string,
    private readonly runInclude: RunInclude,
  ) {}

  get(model: ModelClass, name: PropertyKey): unknown {
    if (name === 'dataSource') return this.dataSource;
    if (name === MODEL) return model;
    const value = Reflect.get(model, name) as unknown;
    if (name !== 'include') return value;
    return (...args: unknown[]) =>
      this.runInclude(this.tenant, this.dataSource, args, () => (value as Method).apply(new Proxy(model, this), args));
  }
}

/**
 * Makes routed models known to the tenants' connectors, each model at the connector's first look at it: a tenant pays only for the models
 * that it uses.
 */
export class Introductions {
  /** By the table of the connector's models. Each registry has its own table. */
  readonly #sites = new WeakMap<object, Site>();
  /** The prototype of all tables: a look at the name of a routed model makes the entry. */
  readonly #lazyTable: Table = Object.create(Object.prototype) as Table;
  /** The tenant of each connector that knows a routed model. */
  readonly #tenants = new WeakMap<Connector, string>();
  /** The first tenant's connector, described: set when all connectors must be of one kind. */
  #kind: Kind | undefined;
  #mustBeOneKind = false;
  /** Models without a connector of their own before they were routed: the first tenant's connector says which type its ids have. */
  readonly #unsettled = new WeakSet<ModelClass>();

  /**
   * @param models the routed models by name
   * @param juggler the copy of juggler that defines them
   * @param tableElsewhere a table in the tenant's registry for a connector that has none: what it lends is gone with the registry
   * @param runInclude see RunInclude
   */
  constructor(
    private readonly models: ReadonlyMap<string, ModelClass>,
    private readonly juggler: Juggler,
    private readonly tableElsewhere: (connector: Connector, tenant: string) => Table,
    private readonly runInclude: RunInclude,
  ) {}

  /** From now on all connectors must be of one kind: models that are defined on the shared datasource fit one kind alone. */
  requireOneKind(): void {
    this.#mustBeOneKind = true;
  }

  /**
   * Called for each model that is being routed.
   * @param isSettled whether a real connector has set the type of its ids
   */
  add({modelName}: ModelClass, isSettled: boolean): void {
    const model = this.models.get(modelName)!;
    if (!isSettled) this.#unsettled.add(model);
    if (Object.hasOwn(this.#lazyTable, modelName)) return;
    const entryOf = (table: Table) => this.#entryIn(table, modelName);
    Object.defineProperty(this.#lazyTable, modelName, {
      get(this: Table) {
        return entryOf(this);
      },
      set(this: Table, entry: ConnectorEntry) {
        defineOwn(this, modelName, entry, true);
      },
      enumerable: true,
      configurable: true,
    });
  }

  /** The tenant whose connector this is; undefined for a connector that knows no routed model. */
  tenantOf(connector: Connector): string | undefined {
    return this.#tenants.get(connector);
  }

  /**
   * Makes the models findable for a tenant's connector, which has a table for each registry.
   * @returns whether there was anything to do
   * @throws InvalidOptionError `INVALID_OPTION` for a connector of another kind, where models are shared
   */
  link(dataSource: StockDataSource, tenant: string): boolean {
    const {connector} = dataSource;
    if (!connector || this.#sites.has(this.#tableOf(connector, tenant))) return false;
    this.#siteOf(connector, dataSource, tenant);
    return true;
  }

  /** Makes all models known at once, because migrations list what the connector knows. */
  introduceAll(dataSource: StockDataSource, tenant: string): void {
    // a model that the tenant's own model of the name hides is an error on its first use, not here
    for (const model of this.models.values()) if (!isHidden(model, dataSource)) this.introduce(model, dataSource, tenant);
  }

  /**
   * Makes a model known to a tenant's connector, again where its definition was rebuilt.
   * @throws InvalidOptionError `INVALID_OPTION` where the tenant has a model of its own of the same name
   */
  introduce(model: ModelClass, dataSource: StockDataSource, tenant: string): void {
    const {connector} = dataSource;
    if (!connector) return;
    const site = this.#siteOf(connector, dataSource, tenant);
    const {modelName} = model;
    const {properties} = model.definition!;
    const table = connector._models;
    const entry = table && Object.hasOwn(table, modelName) ? table[modelName] : undefined;
    const told = site.told?.get(model);
    if (told ? told.properties === properties && (!table || entry?.model === told.view) : isEntryOf(model, entry, properties))
      return;
    // the tenant may have been evicted when the model was routed
    if (isHidden(model, dataSource)) throw hiddenBy(tenant, modelName);
    if (this.#unsettled.delete(model)) settleIdType(model, connector, this.juggler);
    const view = new Proxy(model, site);
    connector.define?.({model: view, properties, settings: model.settings});
    if (table && Object.hasOwn(table, modelName) && isEntryOf(model, table[modelName], properties)) site.told?.delete(model);
    else (site.told ??= new WeakMap()).set(model, {properties, view});
  }

  #siteOf(connector: Connector, dataSource: StockDataSource, tenant: string): Site {
    const table = this.#tableOf(connector, tenant);
    let site = this.#sites.get(table);
    if (!site) {
      if (this.#mustBeOneKind) this.#assertKind(connector, tenant);
      this.#sites.set(table, (site = new Site(dataSource, tenant, this.runInclude)));
      this.#tenants.set(connector, tenant);
      if (connector._models) Object.setPrototypeOf(table, this.#lazyTable);
    }
    return site;
  }

  #tableOf(connector: Connector, tenant: string): Table {
    return connector._models ?? this.tableElsewhere(connector, tenant);
  }

  #assertKind(connector: Connector, tenant: string): void {
    const kind = {connector: String(connector.name), idType: connector.getDefaultIdType?.()};
    this.#kind ??= kind;
    const known = this.#kind;
    if (kind.connector === known.connector && kind.idType === known.idType) return;
    throw new InvalidOptionError(
      `The datasource of tenant ${JSON.stringify(tenant)} has the connector ${describe(kind)}. The models are shared by all tenants and were ` +
        `settled for the connector ${describe(known)}. Give all tenants one kind of connector, or each tenant models of its own: ` +
        "`models: 'tenant'`.",
    );
  }

  #entryIn(table: Table, name: string): ConnectorEntry | undefined {
    const site = this.#sites.get(table);
    const model = this.models.get(name);
    if (!site || !model || isClosed(site.dataSource)) return undefined;
    this.introduce(model, site.dataSource, site.tenant);
    return Object.hasOwn(table, name) ? table[name] : undefined;
  }
}

function isEntryOf(model: ModelClass, entry: ConnectorEntry | undefined, properties: unknown): boolean {
  return entry?.properties === properties && (entry?.model as {[MODEL]?: ModelClass} | undefined)?.[MODEL] === model;
}

function describe({connector, idType}: Kind): string {
  const ids = typeof idType === 'function' ? ` (ids of type ${idType.name})` : '';
  return JSON.stringify(connector) + ids;
}

/** Gives a generated id the type that the connector generates, as `setupDataAccess` of juggler's DataSource does. */
function settleIdType({definition}: ModelClass, connector: Connector, {version = ''}: Juggler): void {
  const {rawProperties, properties} = definition as unknown as Record<
    'rawProperties' | 'properties',
    Dictionary<Dictionary<unknown>>
  >;
  const name = (definition as unknown as {idName(): string | undefined}).idName();
  const raw = name === undefined ? undefined : rawProperties[name];
  // juggler 3.36 does not know `useDefaultIdType`
  const keepsItsOwn = raw?.useDefaultIdType === false && !version.startsWith('3.');
  if (!raw?.generated || keepsItsOwn || !connector.getDefaultIdType) return;
  raw.type = properties[name!].type = connector.getDefaultIdType() || String;
}
