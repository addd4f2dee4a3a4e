const {registries} = require('../tenancy');

/** DELETE /tenants/acme: the tenant leaves for good. */
module.exports = app => {
  app.delete('/tenants/:tenant', (request, response, next) => {
    registries.offboard(request.params.tenant, {verify: true}).then(report => response.json(report), next);
  });
};
