import {expect} from 'chai';
import express, {type ErrorRequestHandler, type Express} from 'express';
import {TenantRequestError, tenantMiddleware, type TenantMiddleware, type TenantRequestsOptions} from '../../lib/express';
import {ModelBuilder, TenantContext, TenantDataSources, TenantRegistries} from '../../lib/index';
import {Service} from '../support/http';

describe('In an application of Express', () => {
  let registries: TenantRegistries;
  let Customer: any;
  let app: Express;
  let service: Service | undefined;

  beforeEach(() => {
    registries = new TenantRegistries({isTenant: code => ['acme', 'globex'].includes(code)});
    const sources = new TenantDataSources({registries, create: tenant => ({connector: 'memory', name: tenant})});
    Customer = sources.route(new ModelBuilder({registries}).define('Customer', {name: String, address: {street: String}}));
    // it logs no errors then
    app = express().set('env', 'test');
  });
  afterEach(async () => {
    await service?.stop();
    await registries.dispose();
  });

  function useTenants(options: Partial<TenantRequestsOptions> = {}): TenantMiddleware {
    const tenants = tenantMiddleware({registries, tenant: {header: 'X-Tenant'}, ...options});
    app.use(tenants);
    return tenants;
  }

  function useCustomers(): void {
    app.use(express.json());
    app.get('/customers', async (_, response) => void response.json(await Customer.find()));
    app.post('/customers', async (request, response) => void response.json(await Customer.create(request.body)));
  }

  it('models serve the tenant of each request, also when a body parser runs first', async () => {
    useTenants();
    useCustomers();
    service = await Service.start(app);
    for (const [tenant, name] of [
      ['acme', 'Ann'],
      ['globex', 'Bob'],
    ]) {
      const answer = await service.call('/customers', {tenant, body: {name, address: {street: 'Main St'}}});
      expect(answer.body).to.deep.include({name, address: {street: 'Main St'}});
    }
    const found = await Promise.all(['acme', 'globex', 'acme'].map(tenant => service!.call('/customers', {tenant})));
    expect(found.map(({body}) => body.map(({name}: any) => name))).to.deep.equal([['Ann'], ['Bob'], ['Ann']]);
  });

  it('a refused request goes to the application’s error handlers, with status, code and headers', async () => {
    const told: unknown[] = [];
    useTenants();
    useCustomers();
    const handler: ErrorRequestHandler = (error, _request, response, next) => {
      if (response.headersSent) return next(error);
      told.push(error);
      response.status(error.status).send(error.message);
    };
    app.use(handler);
    service = await Service.start(app);
    expect(await service.call('/customers', {tenant: 'initech'})).to.include({status: 404, text: 'There is no such tenant.'});
    const [error] = told as [TenantRequestError];
    expect(error).to.be.instanceOf(TenantRequestError);
    expect(error).to.deep.include({code: 'TENANT_REFUSED', status: 404, statusCode: 404, expose: true, headers: {}});
    expect(error.cause).to.include({code: 'TENANT_REFUSED', tenant: 'initech'});
  });

  it('Express’s own error handler sends status and Retry-After', async () => {
    useTenants();
    service = await Service.start(app);
    await registries.shutdown();
    const answer = await service.call('/', {tenant: 'acme'});
    expect([answer.status, answer.headers['retry-after']]).to.deep.equal([503, '1']);
  });

  it('this library’s errors from models become refusals for the error handlers; other errors pass unchanged', async () => {
    const {errors} = useTenants();
    app.get('/gone', async () => {
      await registries.offboard('acme', {drainTimeout: 0});
      await Customer.find();
    });
    app.get('/mine', () => {
      throw Object.assign(new Error('mine'), {status: 418});
    });
    app.use(errors);
    app.use(((error, _request, response, next) => {
      if (response.headersSent) return next(error);
      response.status(error.status).json({message: error.message, code: error.code});
    }) as ErrorRequestHandler);
    service = await Service.start(app);
    const gone = await service.call('/gone', {tenant: 'acme'});
    expect(gone).to.include({status: 410});
    expect(gone.body).to.deep.equal({message: 'The tenant has left.', code: 'TENANT_OFFBOARDED'});
    const mine = await service.call('/mine', {tenant: 'globex'});
    expect(mine).to.include({status: 418});
    expect(mine.body).to.deep.equal({message: 'mine'});
  });

  it('the tenant may be a parameter of the route, or a claim that an earlier middleware has verified', async () => {
    const tenants = tenantMiddleware<express.Request & {auth?: {org: string}}>({
      registries,
      tenant: ({params, auth}) => (params.tenant as string | undefined) ?? auth?.org,
    });
    const handler: express.RequestHandler = (_, response) => void response.send(TenantContext.tenant);
    app.get('/of/:tenant', tenants, handler);
    app.get(
      '/own',
      (request, _, next) => void next(Object.assign(request, {auth: {org: 'globex'}}) && undefined),
      tenants,
      handler,
    );
    service = await Service.start(app);
    expect(await service.call('/of/acme')).to.include({status: 200, text: 'acme'});
    expect(await service.call('/own')).to.include({status: 200, text: 'globex'});
  });

  it('the tenant may be in the path below the mount point of the middleware; routes do not see it', async () => {
    const tenants = tenantMiddleware({registries, tenant: {path: '/t'}});
    const api = express.Router();
    api.get('/whoami', (request, response) => void response.json([TenantContext.tenant, request.url, request.originalUrl]));
    app.use('/api', tenants, api);
    service = await Service.start(app);
    const answer = await service.call('/api/t/acme/whoami?x=1');
    expect(answer.body).to.deep.equal(['acme', '/whoami?x=1', '/api/t/acme/whoami?x=1']);
  });

  it('sending a file holds the lease until the file is sent', async () => {
    let ended = false;
    useTenants();
    app.get('/file', (_, response) => {
      TenantContext.current!.onEnd(() => (ended = response.writableFinished));
      response.sendFile(__filename);
    });
    service = await Service.start(app);
    expect((await service.call('/file', {tenant: 'acme'})).text).to.contain('sending a file holds the lease');
    expect(await registries.offboard('acme')).to.include({leasesForced: 0});
    expect(ended).to.equal(true);
  });
});
