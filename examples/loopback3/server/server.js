/** A LoopBack 3 application with a database for each tenant. Run: node examples/loopback3/server/server.js */
require('./tenancy');
const loopback = require('loopback');
const boot = require('loopback-boot');

const app = (module.exports = loopback());

boot(app, __dirname, error => {
  if (error) throw error;
  const server = app.listen(process.env.PORT ?? app.get('port'), () => {
    const {port} = server.address();
    console.log(`http://localhost:${port}/api/Customers takes the header X-Tenant; see http://localhost:${port}/explorer`);
  });
});
