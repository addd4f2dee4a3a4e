import {DataSource, TenantRegistries} from '../../lib/index';
import {NESTED} from './structures';

export type AnyModel = any;
export type AnyDataSource = any;

/** A memory datasource on a tenant's registry, typed loosely: specs reach for juggler's internals. */
export function tenantDataSource(registries: TenantRegistries, tenant?: string, settings: object = {}): AnyDataSource {
  return new DataSource({
    connector: 'memory',
    ...settings,
    modelRegistry: tenant === undefined ? {registries} : {registries, tenant},
  });
}

/** Two related models with embedded parts, and a row of each. */
export async function useShop(dataSource: AnyDataSource): Promise<void> {
  const Customer = dataSource.createModel('Customer', NESTED());
  const Order = dataSource.createModel('Order', {total: Number, ship: {to: String}});
  Customer.hasMany(Order, {as: 'orders'});
  Order.belongsTo(Customer, {as: 'customer'});
  const customer = await Customer.create({addr: {street: 'Main St', geo: {lat: 1, lng: 2}}, items: [{sku: 'a'}]});
  await customer.orders.create({total: 3, ship: {to: 'here'}});
  await Customer.find({include: 'orders'});
}

/** Classes that `useShop` leaves: two named, three embedded of Customer, one of Order. */
export const SHOP_CLASSES = 6;
