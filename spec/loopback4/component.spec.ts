import {once} from 'node:events';
import {inject} from '@loopback/core';
import {DefaultCrudRepository, type juggler} from '@loopback/repository';
import {expect} from 'chai';
import {TenantBindings, TenantComponent, type TenantComponentOptions, type TenantStrategy} from '../../lib/loopback4';
import {TenantContext, TenantRegistries} from '../../lib/index';
import {get, type RequestContext} from '@loopback/rest';
import {deferred} from '../support/deferred';
import {Service} from '../support/http';
import {liveClasses, nextJob} from '../support/live-classes';
import {Category, CustomerController, CustomerRepository, ShopApplication} from './shop';
import {keepingConnector} from '../support/keeping-connector';

interface Setup extends TenantComponentOptions {
  readonly tenant?: TenantStrategy<RequestContext>;
}

const MODELS = ['shared', 'tenant'] as const;

describe('In an application of LoopBack 4', () => {
  let registries: TenantRegistries;
  let app: ShopApplication;
  let service: Service;

  beforeEach(() => (registries = new TenantRegistries({isTenant: code => ['acme', 'globex'].includes(code)})));
  afterEach(async () => {
    if (app.state === 'started') await app.stop();
    await registries.dispose();
  });

  function make({tenant = {header: 'X-Tenant'}, ...options}: Setup = {}, names = ['db']): void {
    app = new ShopApplication();
    app.bind(TenantBindings.REGISTRIES).to(registries);
    app.bind(TenantBindings.STRATEGY).to(tenant);
    const create = (tenant: string) => ({connector: keepingConnector(), name: `db-of-${tenant}`});
    app.bind(TenantBindings.DATASOURCES).to(Object.fromEntries(names.map(name => [name, create])));
    app.configure<TenantComponentOptions>(TenantBindings.COMPONENT).to(options);
    app.component(TenantComponent);
  }

  async function start(): Promise<void> {
    await app.start();
    service = await Service.start(app.restServer.httpServer!.server);
  }

  async function serve(setup?: Setup): Promise<void> {
    make(setup);
    await start();
  }

  for (const models of MODELS)
    it(`repositories, relations and inclusion resolvers serve the tenant of each request (models: ${models})`, async () => {
      await serve({models});
      for (const [tenant, name, total] of [
        ['acme', 'Ann', 1],
        ['globex', 'Bob', 2],
      ] as const) {
        const {body} = await service.call('/customers', {tenant, body: {name, address: {street: 'Main St'}}});
        expect(body).to.deep.equal({id: 1, name, address: {street: 'Main St'}});
        await service.call('/customers/1/orders', {tenant, body: {total}});
      }
      const found = await Promise.all(['acme', 'globex', 'acme'].map(tenant => service.call('/customers', {tenant})));
      expect(found.map(({body}) => body.map(({name, orders: [{total}]}: any) => [name, total]))).to.deep.equal([
        [['Ann', 1]],
        [['Bob', 2]],
        [['Ann', 1]],
      ]);
    });

  it('refusals are answered by LoopBack’s own error handler, and name no tenant', async () => {
    await serve();
    for (const [tenant, status, code] of [
      [undefined, 400, 'NO_TENANT'],
      ['../acme', 400, 'INVALID_TENANT_CODE'],
      ['initech', 404, 'TENANT_REFUSED'],
    ] as const) {
      const answer = await service.call('/customers', {tenant});
      expect(answer.body.error).to.include({statusCode: status, code, name: 'TenantRequestError'});
      expect(answer.text).not.to.match(/initech|isTenant/);
    }
  });

  for (const models of MODELS)
    it(`requests of an offboarded tenant get 410, and no class, datasource or binding of it is left (models: ${models})`, async () => {
      await serve({models});
      await service.call('/customers', {tenant: 'globex', body: {name: 'Bob'}});
      await service.call('/customers', {tenant: 'globex'});
      const [before, bindings] = [liveClasses(), app.find().length];
      await service.call('/customers', {tenant: 'acme', body: {name: 'Ann', address: {street: 'Main St'}}});
      await service.call('/customers', {tenant: 'acme'});
      expect(app.find().length).to.equal(bindings);
      expect(await registries.offboard('acme', {verify: true})).to.include({survivors: 0, dataSources: 1, leasesForced: 0});
      await nextJob();
      expect(liveClasses()).to.be.at.most(before);
      expect((await service.call('/customers', {tenant: 'acme'})).body.error).to.include({
        statusCode: 410,
        code: 'TENANT_OFFBOARDED',
      });
      expect((await service.call('/customers', {tenant: 'globex'})).body).to.have.lengthOf(1);
    });

  it('an error of the tenant’s models is answered with its status, 503 with Retry-After', async () => {
    make({requests: {retryAfter: 2_000}});
    app.controller(
      class extends CustomerController {
        override async find(): Promise<never> {
          await registries.shutdown({drainTimeout: 0});
          return (await super.find()) as never;
        }
      },
      'CustomerController',
    );
    app.bind('rest.sequence.actions.logError').to(() => {});
    await start();
    const answer = await service.call('/customers', {tenant: 'acme'});
    expect([answer.status, answer.headers['retry-after']]).to.deep.equal([503, '2']);
  });

  it('the tenant may be in the path; controllers do not see it', async () => {
    await serve({tenant: {path: '/t'}});
    expect(await service.call('/t/acme/customers', {body: {name: 'Ann'}})).to.include({status: 200});
    expect((await service.call('/t/globex/customers')).body).to.deep.equal([]);
    expect((await service.call('/t/acme/customers')).body).to.have.lengthOf(1);
    expect(await service.call('/customers')).to.include({status: 400});
  });

  it('the tenant may be a subdomain', async () => {
    await serve({tenant: {subdomainOf: 'example.com'}});
    const call = (Host: string, body?: object) => service.call('/customers', {headers: {Host}, body});
    expect(await call('acme.example.com', {name: 'Ann'})).to.include({status: 200});
    expect((await call('globex.example.com')).body).to.deep.equal([]);
    expect((await call('acme.example.com')).body).to.have.lengthOf(1);
    expect(await call('example.com')).to.include({status: 400});
    expect(await call('initech.example.com')).to.include({status: 404});
  });

  it('a strategy function gets the request context, and may come from a provider', async () => {
    make();
    app.bind('names.header').to('x-org');
    app.bind(TenantBindings.STRATEGY).to(async context => {
      const name = await context.get<string>('names.header');
      return context.request.headers[name] as string;
    });
    await start();
    expect(await service.call('/customers', {headers: {'X-Org': 'acme'}})).to.include({status: 200, text: '[]'});
    expect(await service.call('/customers', {headers: {'X-Org': 'initech'}})).to.include({status: 404});
  });

  it('the tenant may be a claim of the authenticated user: the strategy then runs after authentication', async () => {
    make({afterAuthentication: true, tenant: context => context.get<{org: string}>('security.user').then(({org}) => org)});
    app.middleware(
      (context, next) => {
        context.bind('security.user').to({org: context.request.headers.authorization});
        return next();
      },
      {group: 'authentication', upstreamGroups: 'findRoute', downstreamGroups: 'parseParams'},
    );
    await start();
    expect(await service.call('/customers', {headers: {Authorization: 'globex'}})).to.include({status: 200, text: '[]'});
    expect(await service.call('/customers', {headers: {Authorization: 'initech'}})).to.include({status: 404});
    // the route comes first then
    expect(await service.call('/nothing', {headers: {Authorization: 'initech'}})).to.include({status: 404});
  });

  it('a tenant may be looked up in a database before it is built', async () => {
    registries = new TenantRegistries();
    make();
    app.bind(TenantBindings.LOOK_UP).to(async tenant => (tenant === 'acme' ? {plan: 'gold'} : undefined));
    await start();
    expect(await service.call('/customers', {tenant: 'acme'})).to.include({status: 200});
    expect(await service.call('/customers', {tenant: 'globex'})).to.include({status: 404});
    expect(registries.settings('acme')).to.deep.equal({plan: 'gold'});
  });

  it('the paths of `except`, and all below them, are served without a tenant, whatever tenant a request names', async () => {
    make({except: ['/health', '/admin']});
    class Health {
      constructor(@inject(TenantBindings.TENANT) readonly tenant: string | undefined) {}

      private answer(): object {
        return {tenant: this.tenant ?? null};
      }
      @get('/health')
      health(): object {
        return this.answer();
      }
      @get('/admin/tenants')
      tenants(): object {
        return this.answer();
      }
      @get('/administration')
      administration(): object {
        return this.answer();
      }
    }
    app.controller(Health);
    await start();
    for (const path of ['/health', '/health?x=1', '/admin/tenants'])
      for (const tenant of [undefined, 'acme', 'initech'])
        expect((await service.call(path, {tenant})).body, path).to.deep.equal({tenant: null});
    expect((await service.call('/administration', {tenant: 'acme'})).body).to.deep.equal({tenant: 'acme'});
    for (const path of ['/administration', '/Health', '//health', '/orders?/health'])
      expect((await service.call(path)).body.error, path).to.include({code: 'NO_TENANT'});
  });

  it('the API specification is served without a tenant, and every route when tenants are not required', async () => {
    await serve({requests: {required: false}});
    expect((await service.call('/openapi.json')).body.paths).to.have.keys('/customers', '/customers/{id}/orders');
    // this route needs one
    expect((await service.call('/customers')).body.error).to.include({statusCode: 400, code: 'NO_TENANT'});
  });

  for (const models of MODELS)
    it(`work outside HTTP can inject the datasource and the code of the running tenant too (models: ${models})`, async () => {
      await serve({models});
      await TenantContext.run('acme', async () => {
        const customers = await app.getRepository(CustomerRepository);
        await customers.create({name: 'Ann'});
        expect(customers.dataSource.name).to.equal('db-of-acme');
        expect(await app.get(TenantBindings.TENANT)).to.equal('acme');
        await app.migrateSchema();
      });
      expect((await service.call('/customers', {tenant: 'globex'})).body).to.deep.equal([]);
      const error = await app.get(TenantBindings.datasource('db')).then(
        dataSource => dataSource.execute('command').catch((error: unknown) => error),
        (error: unknown) => error,
      );
      expect(error).to.have.property('code', 'NO_TENANT');
      expect((await app.get(TenantBindings.sources('db'))).stats()).to.include({open: 2});
    });

  it('binding another datasource in place of the tenants’ is an error', () => {
    make();
    expect(() => app.dataSource({} as never, 'db')).to.throw();
    expect(() => app.bind('datasources.db').to(undefined)).to.throw(/Cannot rebind key "datasources.db" to a locked binding/);
  });

  it('a request whose client has disconnected is not served, and is no error', async () => {
    const [asked, answer, told] = [deferred<RequestContext>(), deferred<string>(), [] as unknown[]];
    make({
      tenant: context => {
        asked.resolve(context);
        return answer.promise;
      },
    });
    app.bind('rest.sequence.actions.logError').to((error: unknown) => told.push(error));
    await start();
    const request = service.send('/customers', {});
    request.on('error', () => {});
    const closed = once((await asked.promise).response, 'close');
    request.destroy();
    await closed;
    answer.resolve('acme');
    for (let turn = 0; turn < 20; turn++) await nextJob();
    expect([told, registries.stats().tenants]).to.deep.equal([[], 0]);
  });

  for (const models of MODELS)
    it(`repositories work with a datasource that replaces a closed one (models: ${models})`, async () => {
      await serve({dataSources: {max: 1}, models});
      for (const tenant of ['acme', 'globex', 'acme', 'globex']) {
        expect(await service.call('/customers', {tenant, body: {name: 'Ann'}})).to.include({status: 200});
        // the memory connector's rows go with it
        expect((await service.call('/customers', {tenant})).body).to.have.lengthOf(1);
      }
      await (await app.get(TenantBindings.sources('db'))).close('globex');
      expect(await service.call('/customers', {tenant: 'globex'})).to.include({status: 200, text: '[]'});
      expect(registries.inspect('globex')).to.include({models: models === 'tenant' ? 2 : 0});
    });

  for (const models of MODELS)
    it(`two datasources of a tenant each have a model of the same name, as on stock (models: ${models})`, async () => {
      make({models}, ['db', 'archive']);
      await app.start();
      class ArchiveRepository extends DefaultCrudRepository<Category, number> {
        constructor(@inject('datasources.archive') dataSource: juggler.DataSource) {
          super(Category, dataSource);
        }
      }
      class CategoryRepository extends DefaultCrudRepository<Category, number> {
        constructor(@inject('datasources.db') dataSource: juggler.DataSource) {
          super(Category, dataSource);
        }
      }
      app.repository(ArchiveRepository);
      app.repository(CategoryRepository);
      await TenantContext.run('acme', async () => {
        for (const round of [1, 2]) {
          const [present, past] = [await app.getRepository(CategoryRepository), await app.getRepository(ArchiveRepository)];
          await present.create({name: 'present', parent: {name: 'root'}});
          await past.create({name: 'past'});
          await past.create({name: 'past'});
          expect([(await present.count()).count, (await past.count()).count]).to.deep.equal([round, 2 * round]);
        }
      });
    });

  it('wrong options and a missing strategy are errors before the application has started', async () => {
    const wrong: [any, RegExp][] = [
      [{required: false}, /Unknown option required\. TenantComponent takes requests, except, afterAuthentication/],
      [{models: 'own'}, /models must be "shared" or "tenant", or one of these by datasource name; got "own" \(a string\)/],
      [{models: {db: true}}, /got true/],
      [{models: {bd: 'tenant'}}, /Unknown option bd\. models takes the names of the datasources: db\./],
      [{afterAuthentication: 'yes'}, /afterAuthentication must be true or false/],
      [{shutdown: {drainTimeout: -1}}, /drainTimeout/],
      [{dataSources: {max: 0}}, /max must be/],
    ];
    for (const [options, message] of wrong) {
      expect(() => make(options))
        .to.throw(message)
        .with.property('code', 'INVALID_OPTION');
    }
    make({requests: {retryAfter: -1}});
    expect(await notStarting(app)).to.have.property('code', 'INVALID_OPTION');
    make();
    app.unbind(TenantBindings.STRATEGY);
    expect(String(await notStarting(app))).to.match(/tenants\.strategy/);
  });
});

/** What starting fails by, before the server listens. */
async function notStarting(app: ShopApplication): Promise<unknown> {
  const error = await app.start().catch((error: unknown) => error);
  expect(app.restServer.httpServer).to.equal(undefined);
  return error;
}
