/** An Express application with a database for each tenant. Run: node examples/express/server.js */
const express = require('express');
const {ModelBuilder, TenantDataSources, TenantRegistries} = require('loopback-scoped-registry');
const {tenantMiddleware} = require('loopback-scoped-registry/express');

const registries = new TenantRegistries({max: 500, isTenant: code => ['acme', 'globex'].includes(code)});

// A real service returns {connector: 'postgresql', host, user, password, database: tenant}.
const sources = new TenantDataSources({registries, create: tenant => ({connector: 'memory', name: tenant})});
const builder = new ModelBuilder({registries});
const Customer = sources.route(builder.define('Customer', {name: String, address: {city: String}}));

const app = express();

// A route for operators. It comes before the middleware, because its request belongs to no tenant.
app.delete('/tenants/:tenant', async (request, response) => {
  const {dataSources, survivors} = await registries.offboard(request.params.tenant, {verify: true});
  response.json({dataSources, survivors});
});

const tenants = tenantMiddleware({registries, tenant: {header: 'X-Tenant'}, prepare: tenant => sources.ensure(tenant)});
app.use(tenants, express.json());
app.post('/customers', async (request, response) => response.json(await Customer.create(request.body)));
app.get('/customers', async (request, response) => response.json(await Customer.find()));
app.use(tenants.errors);
app.use((error, request, response, next) => {
  if (response.headersSent) return next(error);
  const {status = 500, expose = false, code, message} = error;
  response.status(status).json(expose ? {code, message} : {message: 'Internal Server Error'});
});

const server = app.listen(process.env.PORT ?? 3000, () => console.log(`Listening on http://localhost:${server.address().port}`));

process.once('SIGTERM', async () => {
  server.close();
  await registries.shutdown({drainTimeout: 10_000});
  console.log('Stopped');
});
