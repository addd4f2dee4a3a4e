/**
 * A service that was written for a global ModelRegistry and a shared Context. Only its imports have changed.
 * Classes are apart, rows are the datasource's: each tenant has a collection of its own, as in the service (docs/rows.md).
 * Run: node examples/compat.js
 */
const {Context, DataSource, ModelRegistry, ModelRegistryProxy, USER} = require('loopback-scoped-registry/compat');

const app = {models: {}, middleware: {}};
const db = new DataSource({connector: 'memory', modelRegistry: {}}); // follows the running tenant

/** Does the work of the service's middleware: it begins a context, and sets the tenant after the token was verified. */
const handle = (request, work) =>
  Context.runInContext(Context.createContext(), async () => {
    const claims = await verify(request.token);
    Context.setFromClaims({tenant: claims.tenantCode, user: claims.user});
    return work();
  });
const verify = async token => JSON.parse(Buffer.from(token, 'base64').toString()); // your verifier goes here
const tokenOf = (tenantCode, user) => Buffer.from(JSON.stringify({tenantCode, user})).toString('base64');

async function main() {
  const requests = [tokenOf('acme', 'Ann'), tokenOf('globex', 'Bob')].map(token =>
    handle({token}, async () => {
      const properties = {name: String, [`codeOf${Context.user}`]: String, address: {street: String}};
      db.createModel('Customer', properties, {memory: {collection: `Customer of ${Context.tenant}`}});
      await db.models.Customer.create({name: Context.user, address: {street: 'Main St'}});
      const {definition} = ModelRegistry.findModelByName('Customer');
      const rows = (await db.models.Customer.find()).map(({name}) => name);
      return `${Context.tenant}, for ${Context.get(USER)}: Customer has ${Object.keys(definition.properties)}, and reads ${rows}`;
    }),
  );
  for (const line of await Promise.all(requests)) console.log(line);
  console.log('without a tenant:', ModelRegistry.findModelByName('Customer'));

  await Context.runAsTenant('acme', async () => {
    ModelRegistry.registerModelForApp(app, db.models.Customer);
    console.log('models of the application:', Object.keys(new ModelRegistryProxy(app, 'app')));
    try {
      Context.tenant = 'globex';
    } catch (error) {
      console.log(error.name, error.code);
    }
  });
  try {
    Context.user;
  } catch (error) {
    console.log(error.name, error.code);
  }

  const {tenantRegistries, liveModels, liveEmbeddedModels} = ModelRegistry.getStats();
  console.log({tenantRegistries, liveModels, liveEmbeddedModels});
  console.log('names that went with acme:', ModelRegistry.cleanupTenant('acme'));
  console.log('tenants left:', Object.keys(ModelRegistry.getTenantRegistryInfo().tenants));
}

main();
