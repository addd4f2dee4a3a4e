/** A nightly job for all tenants, a few at a time, with a progress bar. Run: node examples/for-each-tenant.js */
const {setTimeout: sleep} = require('node:timers/promises');
const {TenantDataSources, TenantRegistries} = require('loopback-scoped-registry');

const registries = new TenantRegistries();
// one database for each tenant; one definition of Order for all
const sources = new TenantDataSources({registries, create: () => ({connector: 'memory'})});
const Order = sources.shared.createModel('Order', {total: Number, closed: Boolean});

/** The codes as a master database would give them, one after the other. */
async function* tenants() {
  for (let number = 1; number <= 40; number++) yield `tenant-${number}`;
}

async function closeOrders(tenant) {
  if (tenant === 'tenant-13') throw new Error('the disk is full');
  await sources.shared.autoupdate(); // this tenant's tables, without loss
  await Order.create({total: 12, closed: false});
  await sleep(20);
  return (await Order.updateAll({closed: false}, {closed: true})).count;
}

const bar = ended => `[${'#'.repeat(ended / 2).padEnd(20)}] ${ended}`;

async function main() {
  await registries.suspend('tenant-7');
  const onProgress = ({done, failed, skipped}) => {
    if (process.stdout.isTTY) process.stdout.write(`\r${bar(done + failed + skipped)}`);
  };
  const {done, failed, skipped} = await registries.forEachTenant(tenants(), closeOrders, {concurrency: 8, onProgress});
  if (process.stdout.isTTY) console.log();
  console.log(
    'done:',
    done.size,
    'tenants,',
    [...done.values()].reduce((sum, count) => sum + count, 0),
    'orders closed',
  );
  for (const [tenant, error] of failed) console.log('failed:', tenant, error.message);
  for (const [tenant, error] of skipped) console.log('skipped:', tenant, error.code);
  await registries.dispose();
}

main();
