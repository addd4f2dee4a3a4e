const {registries} = require('../tenancy');

/** DELETE /tenants/acme: the tenant leaves for good. In a real service this is for operators alone. */
module.exports = app => {
  app.delete('/tenants/:tenant', (request, response, next) => {
    registries.offboard(request.params.tenant, {verify: true}).then(report => response.json(report), next);
  });
};
