import {TenantContext} from '../../lib/index';
import {Service} from '../support/http';
import {shopApp} from '../support/loopback-app';
import type {Framework} from './application';

export const loopback3Application: Framework = async ({registries, create, limits, requests, work}) => {
  const {app, sources} = await shopApp(registries, create, requests, undefined, limits);
  const {Customer} = app.models;
  Customer.work = async () => work!();
  Customer.stream = Customer.work;
  for (const [name, type] of [
    ['work', 'object'],
    ['stream', 'file'],
  ])
    Customer.remoteMethod(name, {http: {verb: 'get'}, returns: {arg: 'data', type, root: true}});
  const service = await Service.start(app);
  return {
    service,
    ...{customers: '/api/Customers', work: '/api/Customers/work', stream: '/api/Customers/stream'},
    dataSource: async () => sources.get(TenantContext.require()),
    migrate: async () => ((await sources.ensure(TenantContext.require())) as any).automigrate(),
    stop: () => service.stop(),
  };
};
