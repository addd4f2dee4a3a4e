import {get} from '@loopback/rest';
import {TenantBindings, TenantComponent} from '../../lib/loopback4';
import {ShopApplication} from '../loopback4/shop';
import {Service} from '../support/http';
import {HEADER, PATHS, type Framework} from './application';

export const loopback4Application: Framework = async ({registries, create, limits, requests: options = {}, work}) => {
  const {lookUp, ...requests} = options;
  const app = new ShopApplication();
  app.bind(TenantBindings.REGISTRIES).to(registries);
  app.bind(TenantBindings.STRATEGY).to(HEADER);
  if (lookUp) app.bind(TenantBindings.LOOK_UP).to(lookUp);
  app.bind(TenantBindings.DATASOURCES).to({db: create});
  app.configure(TenantBindings.COMPONENT).to({requests, dataSources: limits, shutdown: {drainTimeout: 0}});
  app.component(TenantComponent);
  app.bind('rest.sequence.actions.logError').to(() => {});
  class WorkController {
    @get('/work')
    async work(): Promise<unknown> {
      return work!();
    }

    @get('/stream')
    async stream(): Promise<unknown> {
      return work!();
    }
  }
  app.controller(WorkController);
  await app.start();
  const {server} = app.restServer.httpServer!;
  return {
    service: await Service.start(server),
    ...PATHS,
    dataSource: () => app.get('datasources.db'),
    migrate: () => app.migrateSchema(),
    async stop() {
      server.closeAllConnections();
      await app.stop();
    },
  };
};
