import {expect} from 'chai';
import fastify, {type FastifyInstance, type FastifyRequest} from 'fastify';
import {tenantHook} from '../../lib/express';
import {TenantContext, TenantRegistries} from '../../lib/index';
import {Service} from '../support/http';
import {nextJob} from '../support/live-classes';

describe('In an application of Fastify', () => {
  let registries: TenantRegistries;
  let app: FastifyInstance;
  let service: Service | undefined;

  beforeEach(() => {
    registries = new TenantRegistries({isTenant: code => ['acme', 'globex'].includes(code)});
    app = fastify();
    const tenants = tenantHook<FastifyRequest>({
      registries,
      tenant: ({params, headers}) => (params as {tenant?: string}).tenant ?? (headers['x-tenant'] as string),
    });
    app.addHook('onRequest', tenants);
    app.setErrorHandler(tenants.errors);
    app.get('/of/:tenant', async () => TenantContext.tenant);
    app.post('/', async ({body}) => ({tenant: TenantContext.tenant, body}));
    app.get('/gone', async () => {
      await registries.offboard('acme', {drainTimeout: 0});
      registries.current();
    });
  });
  afterEach(async () => {
    await service?.stop();
    await app.close();
  });

  async function start(): Promise<Service> {
    await app.listen({port: 0, host: '127.0.0.1'});
    return (service = await Service.start(app.server));
  }

  it('the hook serves the tenant of each request, also after the body was read, and releases the lease', async () => {
    const {call} = await start().then(service => ({call: service.call.bind(service)}));
    expect(await call('/of/globex')).to.include({text: 'globex'});
    expect((await call('/', {tenant: 'acme', body: {x: 1}})).body).to.deep.equal({tenant: 'acme', body: {x: 1}});
    for (let turn = 0; turn < 1_000 && registries.activeContexts('acme') > 0; turn++) await nextJob();
    expect([registries.activeContexts('acme'), registries.activeContexts('globex')]).to.deep.equal([0, 0]);
  });

  it('refusals and errors of models are answered with their status and do not name the tenant', async () => {
    const service = await start();
    const unknown = await service.call('/of/initech');
    expect(unknown.body).to.include({statusCode: 404, code: 'TENANT_REFUSED', message: 'There is no such tenant.'});
    const gone = await service.call('/gone', {tenant: 'acme'});
    expect(gone.body).to.include({statusCode: 410, code: 'TENANT_OFFBOARDED', message: 'The tenant has left.'});
    await registries.shutdown();
    const late = await service.call('/of/globex');
    expect([late.status, late.headers['retry-after']]).to.deep.equal([503, '1']);
  });
});
