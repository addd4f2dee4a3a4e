import {inject, type Getter} from '@loopback/core';
import {
  DefaultCrudRepository,
  Entity,
  RepositoryMixin,
  hasMany,
  model,
  property,
  repository,
  type HasManyRepositoryFactory,
  type juggler,
} from '@loopback/repository';
import {RestApplication, get, param, post, requestBody} from '@loopback/rest';

/** As `lb4 app`, `model`, `relation` and `repository` write them: nothing here knows of tenants. */

@model()
export class Order extends Entity {
  @property({type: 'number', id: true, generated: true}) declare id?: number;
  @property({type: 'number'}) declare total?: number;
  @property({type: 'number'}) declare customerId?: number;
}

@model()
export class Customer extends Entity {
  @property({type: 'number', id: true, generated: true}) declare id?: number;
  @property({type: 'string', required: true}) declare name: string;
  @property({type: 'object'}) declare address?: object;
  @hasMany(() => Order) declare orders?: Order[];
}

/** Refers to itself. */
@model()
export class Category extends Entity {
  @property({type: 'number', id: true, generated: true}) declare id?: number;
  @property({type: 'string'}) declare name: string;
  @property({type: () => Category}) declare parent?: Partial<Category>;
}

export class OrderRepository extends DefaultCrudRepository<Order, number> {
  constructor(@inject('datasources.db') dataSource: juggler.DataSource) {
    super(Order, dataSource);
  }
}

export class CustomerRepository extends DefaultCrudRepository<Customer, number, {orders?: Order[]}> {
  readonly orders: HasManyRepositoryFactory<Order, number>;

  constructor(
    @inject('datasources.db') dataSource: juggler.DataSource,
    @repository.getter('OrderRepository') orders: Getter<OrderRepository>,
  ) {
    super(Customer, dataSource);
    this.orders = this.createHasManyRepositoryFactoryFor('orders', orders);
    this.registerInclusionResolver('orders', this.orders.inclusionResolver);
  }
}

export class CustomerController {
  constructor(@repository(CustomerRepository) readonly customers: CustomerRepository) {}

  @post('/customers')
  create(@requestBody() customer: Customer): Promise<Customer> {
    return this.customers.create(customer);
  }

  @get('/customers')
  find(): Promise<Customer[]> {
    return this.customers.find({include: ['orders']});
  }

  @post('/customers/{id}/orders')
  order(@param.path.number('id') id: number, @requestBody() order: Partial<Order>): Promise<Order> {
    return this.customers.orders(id).create(order);
  }
}

export class ShopApplication extends RepositoryMixin(RestApplication) {
  constructor() {
    super({rest: {port: 0, host: '127.0.0.1'}});
    this.repository(OrderRepository);
    this.repository(CustomerRepository);
    this.controller(CustomerController);
  }
}
