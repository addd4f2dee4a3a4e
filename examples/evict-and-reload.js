/**
 * Gives new settings to a tenant that has work in flight. New work gets the next generation of the tenant's registry; work in
 * flight keeps its own.
 * Classes are apart, rows are the datasource's: each tenant has a collection of its own (docs/rows.md).
 * Run: node examples/evict-and-reload.js
 */
const {DataSource, TenantRegistries} = require('loopback-scoped-registry');

const registries = new TenantRegistries();
registries.observe({
  built: ({tenant, generation}) => console.log(`${tenant}: generation ${generation} is built`),
  leaving: ({tenant, generation, reason}) => console.log(`${tenant}: generation ${generation} is leaving (${reason})`),
  ended: ({tenant, generation, reason, models}) =>
    console.log(`${tenant}: generation ${generation} has ended (${reason}), with ${models} models`),
});
const db = new DataSource({connector: 'memory', modelRegistry: {registries}});

/** Finds or defines the tenant's model, with the fields from the tenant's settings. */
function customer(registry) {
  const {fields} = registries.settings('acme');
  return (
    registry.findByName('Customer') ??
    db.createModel('Customer', {name: String, ...fields}, {memory: {collection: 'Customer of acme'}})
  );
}

const fieldsOf = Model => Object.keys(Model.definition.properties).join(', ');

async function main() {
  registries.configure('acme', {fields: {size: Number}});
  const report = registries.run('acme', async registry => {
    console.log('a long request sees', fieldsOf(customer(registry)));
    await new Promise(resolve => setTimeout(resolve, 50));
    console.log('and still sees', fieldsOf(customer(registries.for('acme'))));
  });

  const reloaded = registries.reload('acme', {settings: {fields: {size: String, colour: String}}});
  await registries.run('acme', async registry => console.log('a new request sees', fieldsOf(customer(registry))));
  await report;
  const {ended, leasesDrained, models} = await reloaded;
  console.log('reloaded:', {ended, leasesDrained, models});

  console.log('evicted by hand:', registries.evict('acme'), '- state:', registries.state('acme'));
  registries.run('acme', registry => console.log('and back, generation', registry.generation));
  await registries.dispose();
}

main();
