/**
 * An Express service that was written for a global ModelRegistry and a shared Context. Only its imports have changed.
 * Classes are apart, rows are the datasource's: each tenant has a collection of its own, as in the service (docs/rows.md).
 * Run: node examples/compat/server.js
 */
const {once} = require('node:events');
const express = require('express');
// These imports replace those of the fork and of the context library.
const {Context, DataSource, ModelRegistry} = require('loopback-scoped-registry/compat');
const {TenantRegistries} = require('loopback-scoped-registry');

const db = new DataSource({connector: 'memory', modelRegistry: {}}); // one datasource for all tenants, as before; it follows the running tenant

const fieldsOf = {acme: {vip: Boolean}, globex: {region: {name: String, code: String}}};
const Customer = () =>
  ModelRegistry.findModelByName('Customer') ??
  db.createModel(
    'Customer',
    {name: String, address: {city: String}, ...fieldsOf[Context.tenant]},
    {memory: {collection: `Customer of ${Context.tenant}`}}, // a real service has {postgresql: {table: …}}
  );

/** Put your verifier here. A real token is signed; this one is only encoded. */
async function verify(authorization) {
  const [tenant, user] = Buffer.from(authorization?.replace('Bearer ', '') ?? '', 'base64')
    .toString()
    .split(':');
  if (!user) throw Object.assign(new Error('No token'), {status: 401});
  return {tenant, user};
}

const app = express();

// A route for operators. It comes before the middleware, because its request belongs to no tenant.
app.delete('/tenants/:tenant', async (request, response) => {
  const names = ModelRegistry.cleanupTenant(request.params.tenant);
  response.json({names, tenants: Object.keys(ModelRegistry.getTenantRegistryInfo().tenants)});
});

app.use((request, response, next) =>
  Context.runInContext(Context.createContext(), async () => {
    Context.setFromClaims(await verify(request.headers.authorization));
    next();
    await once(response, 'close'); // the context must last until the response has ended
  }).catch(next),
);
app.use(express.json());
app.post('/customers', async (request, response) => response.json(await Customer().create(request.body)));
app.get('/customers', async (request, response) => response.json(await Customer().find()));
app.get('/fields', (request, response) =>
  response.json({tenant: Context.tenant, user: Context.user, fields: Object.keys(Customer().definition.properties)}),
);
app.use((error, request, response, next) => {
  if (response.headersSent) return next(error);
  const {status = 500, code, message} = error;
  if (code === 'TENANT_REFUSED') return response.status(404).json({code, message: 'There is no such tenant.'}); // a reserved code
  response.status(status).json({message: status === 500 ? 'Internal Server Error' : message});
});

const server = app.listen(process.env.PORT ?? 3000, () => console.log(`Listening on http://localhost:${server.address().port}`));

process.once('SIGTERM', async () => {
  server.close();
  await TenantRegistries.default.shutdown({drainTimeout: 10_000});
  console.log('Stopped');
});
