/** CommonJS as TypeScript writes it by hand: each entry of the package, and juggler, by `import … = require`. */
import juggler = require('loopback-datasource-juggler');
import library = require('loopback-scoped-registry');
import compat = require('loopback-scoped-registry/compat');
import types = require('loopback-scoped-registry/compat/types');
import express = require('loopback-scoped-registry/express');
import loopback3 = require('loopback-scoped-registry/loopback3');
import loopback4 = require('loopback-scoped-registry/loopback4');

const registries = new library.TenantRegistries();
library.install(juggler, {registries});
const sources = new library.TenantDataSources({registries, juggler, create: () => ({connector: 'memory'})});
const made = [
  sources.route(new (library.forJuggler(juggler).ModelBuilder)({registries}).define('Customer')).create({name: 'Ann'}),
  compat.Context.runAsTenant('acme', () => types.USER),
  compat.default.tenant,
  express.tenantMiddleware({tenant: {header: 'X-Tenant'}}),
  loopback3.jugglerOf({}),
  loopback4.TenantBindings.TENANT,
];
export = made;
