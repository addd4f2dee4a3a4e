/** Work counts as long as it runs: contexts, values of their own, a lease for what is not one function. Run: node examples/contexts-and-leases.js */
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
    await TenantContext.run('acme', async () => show(`in one within it, which reads ${TenantContext.get('user')}`));

    const pool = TenantContext.bindEmitter(new EventEmitter());
    pool.on('connection', () => show('a listener, called by another tenant'));
    TenantContext.run('globex', () => pool.emit('connection'));

    setTimeout(() => show('a timer that outlives it holds nothing'), 20);
    await db.createModel('Customer', {name: String}).create({name: 'Ann'});
  });

  const lease = registries.acquire('acme'); // or: using lease = registries.acquire('acme')
  show('a lease counts too');
  await lease.run(async () => show(`its work finds ${await db.models.Customer.count()} customer`));
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
