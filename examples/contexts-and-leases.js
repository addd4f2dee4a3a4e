/**
 * Shows what counts as work in flight: contexts with their values, bound listeners, and a lease for work that is not one
 * function. A timer that outlives its context does not count.
 * Classes are apart, rows are the datasource's: each tenant has a collection of its own (docs/rows.md).
 * Run: node examples/contexts-and-leases.js
 */
const {EventEmitter} = require('node:events');
const {DataSource, TenantContext, TenantRegistries} = require('loopback-scoped-registry');

const registries = new TenantRegistries();
const db = new DataSource({connector: 'memory', modelRegistry: {registries}});
const show = what =>
  console.log(what.padEnd(46), 'tenant:', TenantContext.tenant, ' contexts:', registries.activeContexts('acme'));

async function main() {
  await TenantContext.run('acme', async () => {
    TenantContext.set('user', 'Ann');
    show('in a context');
    await TenantContext.run('acme', async () => show(`in an inner context, which reads ${TenantContext.get('user')}`));

    const pool = TenantContext.bindEmitter(new EventEmitter());
    pool.on('connection', () => show('a bound listener, called by another tenant'));
    TenantContext.run('globex', () => pool.emit('connection'));

    setTimeout(() => show('a timer that outlives its context'), 20);
    await db.createModel('Customer', {name: String}, {memory: {collection: 'Customer of acme'}}).create({name: 'Ann'});
  });

  const lease = registries.acquire('acme'); // or: using lease = registries.acquire('acme')
  show('a lease is held');
  await lease.run(async () => show(`the lease's work finds ${await db.models.Customer.count()} customer`));
  lease.release();
  await new Promise(resolve => setTimeout(resolve, 40));
  try {
    TenantContext.require();
  } catch (error) {
    console.log(error.code, '-', error.message);
  }
  await registries.dispose();
}

main();
