import type {Readable} from 'node:stream';
import express, {type ErrorRequestHandler} from 'express';
import {tenantMiddleware} from '../../lib/express';
import {Service} from '../support/http';
import {Customers, HEADER, PATHS, type Framework} from './application';

export const expressApplication: Framework = async setup => {
  const {registries, requests, work} = setup;
  const customers = new Customers(setup);
  const tenants = tenantMiddleware({registries, tenant: HEADER, ...requests});
  const app = express().use(tenants, express.json());
  app.post('/customers', async ({body}, response) => void response.json(await customers.Model.create(body)));
  app.get('/customers', async (_, response) => void response.json(await customers.Model.find()));
  app.get('/work', async (_, response) => void response.json(await work!()));
  app.get('/stream', (_, response) => void (work!() as Readable).pipe(response));
  app.use(tenants.errors);
  app.use(((error, _request, response, next) => {
    if (response.headersSent) return next(error);
    response.status(error.status ?? 500).json(error.status ? error : {});
  }) as ErrorRequestHandler);
  const service = await Service.start(app);
  return {
    service,
    ...PATHS,
    dataSource: () => customers.dataSource(),
    migrate: () => customers.migrate(),
    stop: () => service.stop(),
  };
};
