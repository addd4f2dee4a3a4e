const {sources} = require('../tenancy');

/** Routes the models to the running tenant's database. Without this all tenants would share `db`. */
module.exports = app => {
  for (const name of ['Customer', 'Order']) sources.route(app.models[name]);
};
