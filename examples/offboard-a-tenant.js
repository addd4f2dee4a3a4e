/** Two tenants with different custom fields share a datasource. One of them is offboarded. Run: node examples/offboard-a-tenant.js */
const {DataSource, TenantContext, TenantRegistries} = require('loopback-scoped-registry');

const registries = new TenantRegistries({max: 500, maxModels: 50_000});
registries.onOffboard(({tenant, models}) => console.log(`${tenant} has left, with ${models} models`));

// All tenants share this datasource. A model that is defined while a tenant runs belongs to that tenant.
const db = new DataSource({connector: 'memory', modelRegistry: {registries}});

async function request(tenant, fields) {
  await TenantContext.run(tenant, async () => {
    const Customer = db.models.Customer ?? db.createModel('Customer', {name: String, custom: fields});
    const customer = await Customer.create({name: 'Ann', custom: {size: '42'}});
    console.log(tenant, JSON.stringify(customer));
  });
}

async function main() {
  await request('acme', {size: Number});
  await request('globex', {size: String});
  console.log('models held:', registries.stats().models);
  console.log(await registries.offboard('acme', {verify: true}));
  console.log('models held:', registries.stats().models);
  await request('acme', {size: Number}).catch(error => console.log(error.code));
  await registries.dispose();
}

main();
