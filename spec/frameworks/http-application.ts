import type {IncomingMessage, ServerResponse} from 'node:http';
import type {Readable} from 'node:stream';
import {json} from 'node:stream/consumers';
import {tenantMiddleware} from '../../lib/express';
import {Service} from '../support/http';
import {Customers, HEADER, PATHS, type Framework} from './application';

/** No framework at all. */
export const httpApplication: Framework = async setup => {
  const {registries, requests, work} = setup;
  const customers = new Customers(setup);
  const {listener} = tenantMiddleware({registries, tenant: HEADER, ...requests});
  const answer = (response: ServerResponse, value: unknown) =>
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(value));
  const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => unknown> = {
    'POST /customers': async (request, response) => answer(response, await customers.Model.create(await json(request))),
    'GET /customers': async (_, response) => answer(response, await customers.Model.find()),
    'GET /work': async (_, response) => answer(response, await work!()),
    'GET /stream': (_, response) => (work!() as Readable).pipe(response),
  };
  const service = await Service.start(
    listener(async (request, response) => {
      try {
        await routes[`${request.method} ${request.url}`](request, response);
      } catch (error) {
        // what is the service's own it answers itself
        if (!(error as {code?: string}).code) return response.writeHead(500).end();
        throw error;
      }
    }),
  );
  return {
    service,
    ...PATHS,
    dataSource: () => customers.dataSource(),
    migrate: () => customers.migrate(),
    stop: () => service.stop(),
  };
};
