import {inject} from '@loopback/core';
import {DefaultCrudRepository, Entity, RepositoryMixin, model, property, repository, type juggler} from '@loopback/repository';
import {RestApplication, del, get, param, post, requestBody} from '@loopback/rest';
import {TenantRegistries} from 'loopback-scoped-registry';
import {TenantBindings, TenantComponent} from 'loopback-scoped-registry/loopback4';

// The model, the repository and the controller are as the command `lb4` generates them. They do not mention tenants.

@model()
class Customer extends Entity {
  @property({type: 'number', id: true, generated: true}) declare id?: number;
  @property({type: 'string', required: true}) declare name: string;
  @property({type: 'object'}) declare address?: object;
}

class CustomerRepository extends DefaultCrudRepository<Customer, number> {
  constructor(@inject('datasources.db') dataSource: juggler.DataSource) {
    super(Customer, dataSource);
  }
}

class CustomerController {
  constructor(@repository(CustomerRepository) private readonly customers: CustomerRepository) {}

  @post('/customers')
  create(@requestBody() customer: Customer): Promise<Customer> {
    return this.customers.create(customer);
  }

  @get('/customers')
  find(): Promise<Customer[]> {
    return this.customers.find();
  }
}

/** A controller for operators. A real service must check who calls it. */
class TenantController {
  constructor(@inject(TenantBindings.REGISTRIES) private readonly registries: TenantRegistries) {}

  @del('/tenants/{tenant}')
  async leave(@param.path.string('tenant') tenant: string): Promise<object> {
    const {models, dataSources, survivors} = await this.registries.offboard(tenant, {verify: true});
    return {models, dataSources, survivors};
  }
}

export class ShopApplication extends RepositoryMixin(RestApplication) {
  constructor(port: number) {
    super({rest: {port, host: '127.0.0.1'}, shutdown: {signals: ['SIGTERM', 'SIGINT']}});
    this.repository(CustomerRepository);
    this.controller(CustomerController);
    this.controller(TenantController);

    const registries = new TenantRegistries({max: 500, isTenant: code => ['acme', 'globex'].includes(code)});
    this.bind(TenantBindings.REGISTRIES).to(registries);
    this.bind(TenantBindings.STRATEGY).to({header: 'X-Tenant'});
    // A real service returns {connector: 'postgresql', host, user, password, database: tenant}.
    this.bind(TenantBindings.DATASOURCES).to({db: tenant => ({connector: 'memory', name: `db-of-${tenant}`})});
    // `required: false`, because the operators' route is called without a tenant.
    this.configure(TenantBindings.COMPONENT).to({requests: {required: false}, shutdown: {drainTimeout: 10_000}});
    this.component(TenantComponent);
  }
}
