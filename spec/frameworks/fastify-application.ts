import fastify from 'fastify';
import {tenantHook} from '../../lib/express';
import {Service} from '../support/http';
import {Customers, HEADER, PATHS, type Framework} from './application';

export const fastifyApplication: Framework = async setup => {
  const {registries, requests, work} = setup;
  const customers = new Customers(setup);
  const app = fastify();
  const tenants = tenantHook({registries, tenant: HEADER, ...requests});
  app.addHook('onRequest', tenants);
  app.setErrorHandler(tenants.errors);
  app.post('/customers', ({body}) => customers.Model.create(body));
  app.get('/customers', () => customers.Model.find());
  app.get('/work', async () => work!());
  app.get('/stream', async () => work!());
  await app.listen({port: 0, host: '127.0.0.1'});
  return {
    service: await Service.start(app.server),
    ...PATHS,
    dataSource: () => customers.dataSource(),
    migrate: () => customers.migrate(),
    async stop() {
      app.server.closeAllConnections();
      await app.close();
    },
  };
};
