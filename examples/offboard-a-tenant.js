/**
 * Two tenants with different custom fields share a datasource. One of them is offboarded. Classes are apart, rows are the datasource's:
 * here each tenant has a table of its own, which the memory connector calls a collection. docs/rows.md shows other ways.
 * Run: node examples/offboard-a-tenant.js
 */
const {DataSource, TenantContext, TenantRegistries} = require('loopback-scoped-registry');

const registries = new TenantRegistries({max: 500, maxModels: 50_000});
registries.onOffboard(({tenant, models}) => console.log(`${tenant} has left, with ${models} models`));

// All tenants share this datasource. A model that is defined while a tenant runs belongs to that tenant.
const db = new DataSource({connector: 'memory', modelRegistry: {registries}});

async function request(tenant, fields) {
  await TenantContext.run(tenant, async () => {
    const table = {memory: {collection: `Customer of ${tenant}`}}; // {postgresql: {table: …}}
    const Customer = db.models.Customer ?? db.createModel('Customer', {name: String, custom: fields}, table);
    await Customer.create({name: `Ann of ${tenant}`, custom: {size: '42'}});
    console.log(tenant, 'reads', JSON.stringify(await Customer.find()));
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
