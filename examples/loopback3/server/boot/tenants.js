const {sources} = require('../tenancy');

/** Each tenant finds its customers and orders in its own database, no longer in `db`; the models stay as they are. */
module.exports = app => {
  for (const name of ['Customer', 'Order']) sources.route(app.models[name]);
};
