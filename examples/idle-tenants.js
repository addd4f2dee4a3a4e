/** Unused tenants are evicted after a while, and are built again on their next use. Run: node examples/idle-tenants.js */
const {ModelBuilder, TenantContext, TenantRegistries} = require('loopback-scoped-registry');

// A tenant is idle after 300 ms without use. A real service would say minutes. Idle tenants are searched once a second.
const registries = new TenantRegistries({idleTtl: 300});
registries.observe({ended: ({tenant, reason}) => console.log(`${tenant} has left (${reason})`)});
const builder = new ModelBuilder({registries});

const use = tenant =>
  TenantContext.run(tenant, () => {
    const Customer = builder.define('Customer', {address: {street: String}});
    return new Customer({address: {street: 'Main St'}});
  });
const held = () => console.log('held:', registries.stats().tenants, 'tenants,', registries.stats().models, 'classes');

async function main() {
  for (let i = 0; i < 5; i++) use(`tenant-${i}`);
  held();
  const lease = registries.acquire('tenant-2'); // a tenant with work in flight is not idle
  await new Promise(resolve => setTimeout(resolve, 1_400));
  held();
  lease.release();
  use('tenant-0');
  held();

  // With `lastContextGrace: 0` a tenant is evicted at once when its last context has ended.
  const eager = new TenantRegistries({lastContextGrace: 0});
  TenantContext.run('brief', () => eager.for('brief'));
  console.log('brief is', eager.state('brief'));
  await Promise.all([registries.dispose(), eager.dispose()]);
}

main();
