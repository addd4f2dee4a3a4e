import {ModelBuilder, TenantContext, TenantDataSources, TenantRegistries} from '../../lib/index';
import type {DatabaseServer} from '../support/server-of-a-suite';
import type {AnyModel} from '../support/service';

/** A service on a real server with a database for each tenant, and two related models that are defined once. */
export class Shop {
  readonly registries = new TenantRegistries();
  readonly sources: TenantDataSources;
  readonly Customer: AnyModel;
  readonly Order: AnyModel;

  constructor(
    readonly server: DatabaseServer,
    settings: object = {},
  ) {
    this.sources = new TenantDataSources({
      registries: this.registries,
      create: tenant => ({...server.settings(databaseOf(tenant)), ...settings}),
    });
    const builder = new ModelBuilder({registries: this.registries});
    this.Customer = this.sources.route(builder.define('Customer', {name: String, mark: String}, inTable('customer')));
    this.Order = this.sources.route(builder.define('Order', {total: Number, mark: String}, inTable('customer_order')));
    this.Customer.hasMany(this.Order, {as: 'orders', foreignKey: 'customerId'});
    this.Order.belongsTo(this.Customer, {as: 'customer', foreignKey: 'customerId'});
  }

  /** Makes the databases of tenants, and the tables in them. */
  async open(tenants: readonly string[]): Promise<void> {
    for (const tenant of tenants) await this.server.createDatabase(databaseOf(tenant));
    await Promise.all(
      tenants.map(async tenant => {
        const dataSource: any = await this.sources.ensure(tenant);
        await dataSource.automigrate();
      }),
    );
  }

  as<T>(tenant: string, work: () => T): T {
    return TenantContext.run(tenant, work);
  }

  /** What a table really holds. */
  rows(tenant: string, table: 'customer' | 'customer_order' = 'customer'): Promise<any[]> {
    return this.server.sql(databaseOf(tenant), `SELECT * FROM ${table} ORDER BY id`);
  }
}

const inTable = (table: string) => ({postgresql: {table}, mysql: {table}});

export function databaseOf(tenant: string): string {
  return `shop_${tenant}`;
}
