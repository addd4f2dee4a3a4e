/** A model is defined once and each tenant has its own database. One tenant is offboarded. Run: node examples/datasource-per-tenant.js */
const {ModelBuilder, TenantContext, TenantDataSources, TenantRegistries} = require('loopback-scoped-registry');

const registries = new TenantRegistries({max: 500});

// A real service returns {connector: 'postgresql', host, user, password, database: tenant}.
const sources = new TenantDataSources({registries, create: tenant => ({connector: 'memory', name: tenant}), max: 100});

// The models are defined once, at boot, without a database.
const builder = new ModelBuilder({registries});
const Customer = sources.route(builder.define('Customer', {name: String}));
const Order = sources.route(builder.define('Order', {total: Number}));
Customer.hasMany(Order, {as: 'orders'});

async function request(tenant, name, total) {
  return TenantContext.run(tenant, async () => {
    const customer = await Customer.create({name});
    await customer.orders.create({total});
    console.log(`${Customer.dataSource.name} has`, JSON.stringify(await Customer.find({include: 'orders'})));
    return customer;
  });
}

async function main() {
  const ann = await request('acme', 'Ann', 10);
  await request('globex', 'Bob', 20);

  await Customer.find().catch(error => console.log('outside any tenant:', error.code));
  await TenantContext.run('globex', () => ann.save()).catch(error => console.log('Ann in the other database:', error.code));

  const {dataSources} = await registries.offboard('acme');
  console.log(`acme has left, ${dataSources} datasource was disconnected, ${sources.stats().open} is open`);
  await request('acme', 'Abe', 30).catch(error => console.log('acme again:', error.code));
  await registries.dispose();
}

main();
