/**
 * Suspends a tenant, for example because it has not paid: new work is refused, work in flight goes on, and its models stay.
 * Classes are apart, rows are the datasource's: each tenant has a collection of its own (docs/rows.md).
 * Run: node examples/suspend-and-resume.js
 */
const {DataSource, TenantContext, TenantRegistries} = require('loopback-scoped-registry');

const registries = new TenantRegistries();
const db = new DataSource({connector: 'memory', modelRegistry: {registries}});

const collectionOf = tenant => ({memory: {collection: `Customer of ${tenant}`}});

async function request(tenant, ms) {
  return TenantContext.run(tenant, async () => {
    const Customer = db.models.Customer ?? db.createModel('Customer', {name: String}, collectionOf(tenant));
    await new Promise(resolve => setTimeout(resolve, ms));
    await Customer.create({name: 'Ann'});
    return `done, ${await Customer.count()} rows`;
  }).catch(error => `refused: ${error.code}`);
}

async function main() {
  const running = request('acme', 50);
  const suspended = registries.suspend('acme', {drainTimeout: 1_000});
  console.log('state:', registries.state('acme'));
  console.log('a request of globex is', await request('globex', 0));
  console.log('a new request is', await request('acme', 0));
  console.log('the running one is', await running);
  const {leasesDrained, leasesLeft} = await suspended;
  console.log('all its work has ended:', {leasesDrained, leasesLeft});

  console.log('onlySuspended refuses a tenant that is not suspended:');
  try {
    await registries.offboard('globex', {onlySuspended: true});
  } catch (error) {
    console.log(' ', error.code);
  }
  registries.resume('acme');
  console.log('after resume, state:', registries.state('acme'), '- a request is', await request('acme', 0));
  await registries.dispose();
}

main();
