/**
 * Shuts a service down on SIGTERM: new work is refused, running requests may end by themselves, and requests that hang are
 * ended at a deadline.
 * Classes are apart, rows are the datasource's: each tenant has a collection of its own (docs/rows.md).
 * Run: node examples/graceful-shutdown.js
 */
const {setTimeout: wait} = require('node:timers/promises');
const {DataSource, TenantContext, TenantRegistries} = require('loopback-scoped-registry');

const registries = new TenantRegistries();
const db = new DataSource({connector: 'memory', modelRegistry: {registries}});

process.once('SIGTERM', async () => {
  console.log('SIGTERM');
  const shutdown = registries.shutdown({drainTimeout: 1_000});
  request('too-late', 0);
  const {duration, ...report} = await shutdown;
  console.log(`shut down in ${Math.round(duration)} ms:`, report);
  // Nothing keeps the process open any more, so it ends here.
});

async function request(tenant, ms) {
  await TenantContext.run(tenant, async () => {
    const table = {memory: {collection: `Customer of ${tenant}`}};
    const Customer = db.models.Customer ?? db.createModel('Customer', {name: String}, table);
    await wait(ms, undefined, {signal: TenantContext.signal}); // the signal ends the work at the deadline
    await Customer.create({name: tenant});
    console.log(tenant, 'has been served, and reads', await Customer.count(), 'row');
  }).catch(error => console.log(tenant, 'got', error.cause?.code ?? error.code));
}

request('quick', 100);
request('quicker', 80);
request('hanging', 60_000);
setTimeout(() => process.kill(process.pid, 'SIGTERM'), 10);
