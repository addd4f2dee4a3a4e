/** What an application in TypeScript writes, beside what the documents show. It is compiled as a CommonJS and as an ES module. */
import * as juggler from 'loopback-datasource-juggler';
import {
  DataSource,
  forJuggler,
  install,
  ModelBuilder,
  ModelRegistry,
  TenantDataSources,
  TenantRegistries,
  type PersistedModel,
  type PersistedModelClass,
} from 'loopback-scoped-registry';
import {ModelRegistry as Fork} from 'loopback-scoped-registry/compat';
import {TENANT} from 'loopback-scoped-registry/compat/types';
import {tenantHook, tenantMiddleware} from 'loopback-scoped-registry/express';
import {jugglerOf} from 'loopback-scoped-registry/loopback3';

const registries = new TenantRegistries({max: 5});

// juggler's own types fit
export const uninstall: () => void = install(juggler, {registries, shared: new juggler.ModelBuilder()});
export const own: juggler.DataSource = new (forJuggler(juggler).DataSource)({connector: 'memory'});
export const builder: juggler.ModelBuilder = new (forJuggler(juggler).ModelBuilder)({registries, tenant: 'acme'});
export const sources = new TenantDataSources({registries, juggler, create: tenant => ({connector: 'memory', name: tenant})});
export const ofLoopBack = new TenantDataSources({registries, juggler: jugglerOf({}), create: () => own as DataSource});
export const found: juggler.ModelBaseClass | undefined = registries.for('acme').findByName('Customer');
export const listed: juggler.ModelBaseClass = new ModelRegistry({tenant: 'acme'}).models.Customer;

// a routed model and a created one have data access
const db = new DataSource({connector: 'memory', modelRegistry: {registries, tenant: 'acme'}});
const Routed: PersistedModelClass = sources.route(builder.define('Customer', {name: String}));
const Created: PersistedModelClass = db.createModel('Customer', {name: 'string', tags: ['string']}, {strict: true});
export const models: PersistedModelClass[] = [
  Routed,
  Created,
  db.models.Customer,
  db.define('Customer'),
  Created.extend('Special'),
];

export async function work(): Promise<string[]> {
  const source = await sources.ensure('acme');
  await source.automigrate('Customer'); // the types of juggler 3 ask for a name
  const customer: PersistedModel = await source.models.Customer.create({name: 'Ann'});
  await (await customer.save()).updateAttributes({name: 'Bob'});
  const made = new Created({name: 'Carl'});
  made.name = 'Dora';
  const [first] = await Created.create([{name: 'Ann'}, {name: 'Bob'}]);
  const rows = await Routed.find({where: {name: 'Ann'}, limit: 1});
  const one = await Routed.findById(first.getId());
  // @ts-expect-error -- there may be no such row
  console.log(one.name);
  const {count} = await Routed.destroyAll();
  console.log(count.toFixed(), await Routed.count(), Routed.dataSource.models);
  return rows.map(({name}) => String(name));
}

// the interfaces of an application fit where it passes rows, settings and properties
interface Settings {
  connector: string;
  database: string;
}
interface Row {
  readonly name: string;
}
declare const settings: Settings, row: Row, rows: readonly Row[];
export const created: Promise<unknown>[] = [
  Created.create(row),
  Created.create([...rows]),
  Created.create(rows),
  Created.createAll(rows),
  Created.updateAll({name: 'Ann'}, row),
  new Created(row).updateAttributes(row),
];
registries.configure('acme', settings);
void registries.reload('acme', {settings});
export const configured = new TenantDataSources({registries, create: () => settings});
export const opened = [new DataSource(settings), new DataSource('db', settings)];
export const lookedUp = tenantMiddleware({tenant: () => Promise.resolve('acme'), lookUp: async () => settings});

// they fit where juggler's own types ask for a model
export const bases: juggler.ModelBaseClass[] = [Routed, Created];
export const persisted: juggler.PersistedModelClass[] = [Routed, Created];
Routed.hasMany(Created, {as: 'friends'});
Routed.observe('before save', async context => console.log(context));

/** A type that has data access of its own stays as it is. */
export class Order extends juggler.PersistedModel {
  declare total: number;
}
export const total: number = new (sources.route(Order))().total;
export const typed: number = new (db.createModel<typeof Order>('Order'))().total;
export class Special extends Created {
  shout(): string {
    return String(this.name).toUpperCase();
  }
}

// @ts-expect-error -- a builder's own model has no datasource
void builder.define('Customer').create({});
// @ts-expect-error -- no copy of juggler
install({}, {registries});
// @ts-expect-error -- an option that does not exist
export const misspelt = new TenantRegistries({maximum: 5});

export const middlewares = [
  tenantMiddleware({tenant: {header: 'X-Tenant'}, lookUp: async tenant => ({tenant})}),
  tenantHook({tenant: request => String(request.params.tenant)}),
];
export const ofTheFork: unknown = Fork.findModelByName('Customer');
export const symbol: symbol = TENANT;
export {ModelBuilder};
