import {ModelBuilder, TenantContext, TenantDataSources, TenantRegistries} from '../../lib/index';
import type {PostgresServer} from '../support/postgres-server';
import type {AnyModel} from '../support/service';

/** A service on PostgreSQL with a database for each tenant, and two related models that are defined once. */
export class Shop {
  readonly registries = new TenantRegistries();
  readonly sources: TenantDataSources;
  readonly Customer: AnyModel;
  readonly Order: AnyModel;

  constructor(
    readonly server: PostgresServer,
    settings: object = {},
  ) {
    const connector = require('loopback-connector-postgresql');
    this.sources = new TenantDataSources({
      registries: this.registries,
      create(tenant) {
        const {host, port, user, password} = server;
        const database = databaseOf(tenant);
        return {connector, host, port, user, password, database, max: 4, connectionTimeout: 4_000, ...settings};
      },
    });
    const builder = new ModelBuilder({registries: this.registries});
    this.Customer = this.sources.route(builder.define('Customer', {name: String, mark: String}));
    this.Order = this.sources.route(builder.define('Order', {total: Number, mark: String}));
    this.Customer.hasMany(this.Order, {as: 'orders', foreignKey: 'customerId'});
    this.Order.belongsTo(this.Customer, {as: 'customer', foreignKey: 'customerId'});
  }

  /** Makes the databases of tenants, and the tables in them. */
  async open(tenants: readonly string[]): Promise<void> {
    for (const tenant of tenants) await this.server.sql('postgres', `CREATE DATABASE ${databaseOf(tenant)}`);
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
  rows(tenant: string, table: 'customer' | 'order' = 'customer'): Promise<any[]> {
    return this.server.sql(databaseOf(tenant), `SELECT * FROM "${table}" ORDER BY id`);
  }
}

export function databaseOf(tenant: string): string {
  return `shop_${tenant}`;
}
