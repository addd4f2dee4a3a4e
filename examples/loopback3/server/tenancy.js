/**
 * Sets up the tenants of this application. It must be required before the first model is defined.
 * Classes are apart, rows are the datasource's: `install` keeps classes apart, and `sources` gives each tenant a database.
 */
const loopback = require('loopback');
const {TenantDataSources, TenantRegistries} = require('loopback-scoped-registry');
const {install, jugglerOf, tenantMiddleware} = require('loopback-scoped-registry/loopback3');

const registries = new TenantRegistries({max: 500});
install(loopback, {registries});

const sources = new TenantDataSources({
  registries,
  juggler: jugglerOf(loopback),
  // A real service returns {connector: 'postgresql', host, user, password, database: tenant}.
  create: tenant => ({connector: 'memory', name: tenant}),
});
const tenants = tenantMiddleware({registries, tenant: {header: 'X-Tenant'}});

module.exports = {registries, sources, middleware: () => tenants, errors: () => tenants.errors};
