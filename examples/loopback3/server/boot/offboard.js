const {registries} = require('../tenancy');

/** Adds the route DELETE /tenants/<code>, which offboards a tenant. In a real service only operators may call it. */
module.exports = app => {
  app.delete('/tenants/:tenant', (request, response, next) => {
    registries.offboard(request.params.tenant, {verify: true}).then(report => response.json(report), next);
  });
};
