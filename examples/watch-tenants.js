/**
 * Shows the sources of a dashboard: events on the channels of node:diagnostics_channel, and snapshots of all tenants.
 * Classes are apart, rows are the datasource's: each tenant has a collection of its own (docs/rows.md).
 * Run: node examples/watch-tenants.js
 */
const {subscribe} = require('node:diagnostics_channel');
const {DataSource, TenantContext, TenantRegistries} = require('loopback-scoped-registry');

for (const name of ['built', 'leaving', 'ended', 'state']) {
  subscribe(`loopback-scoped-registry:${name}`, event => console.log(name.padEnd(8), JSON.stringify(event)));
}

const registries = new TenantRegistries({max: 2});
const db = new DataSource({connector: 'memory', modelRegistry: {registries}});

const request = tenant =>
  TenantContext.run(tenant, async () => {
    const table = {memory: {collection: `Customer of ${tenant}`}};
    const Customer = db.models.Customer ?? db.createModel('Customer', {name: String, address: {street: String}}, table);
    await Customer.create({name: 'Ann', address: {street: 'Main St'}});
    console.log(tenant, 'reads', await Customer.count(), 'row');
  });

async function main() {
  for (const tenant of ['acme', 'globex', 'initech']) await request(tenant);
  await registries.suspend('globex');
  const lease = registries.acquire('initech');
  const leaving = registries.offboard('initech');
  const columns = ['tenant', 'state', 'generation', 'models', 'embeddedModels', 'activeContexts', 'operations'];
  console.table(registries.tenants(), columns);
  lease.release();
  await leaving;

  const {hits, misses, evictions, tenants, modelCount, bytesPerTenant, memoryUsage} = registries.getMemoryStats();
  console.log({hits, misses, evictions, tenants, modelCount, bytesPerTenant});
  console.log('heap in use:', Math.round(memoryUsage.heapUsed / 2 ** 20), 'MB');
  await registries.dispose();
}

main();
