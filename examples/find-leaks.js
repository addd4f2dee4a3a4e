/** Finds the classes of an offboarded tenant that other code still holds, by name. Run: node examples/find-leaks.js */
const {ModelBuilder, TenantRegistries} = require('loopback-scoped-registry');

const registries = new TenantRegistries();
const cache = new Map(); // the bug of this service: the cache is never emptied

function request(tenant) {
  const builder = new ModelBuilder({registries, tenant});
  const Customer = builder.define('Customer', {name: String, address: {street: String}});
  builder.define('Order', {total: Number});
  if (tenant === 'acme') cache.set(tenant, Customer);
}

async function main() {
  for (const tenant of ['acme', 'globex', 'initech']) request(tenant);
  for (const tenant of ['acme', 'globex', 'initech']) await registries.offboard(tenant);

  await new Promise(setImmediate);
  for (const {tenant, generation, reason, endedAt, classes, names} of registries.findLeaks()) {
    console.log(`${tenant}, generation ${generation}, ended by ${reason} at ${new Date(endedAt).toISOString()}:`);
    console.log(`  ${classes} class is still alive: ${names.join(', ')}`);
  }

  cache.clear(); // the call of findLeaks above keeps nothing alive
  await new Promise(setImmediate);
  console.log('after the cache was emptied:', registries.findLeaks());
  await registries.dispose();
}

main();
