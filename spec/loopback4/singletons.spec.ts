import {BindingScope, inject} from '@loopback/core';
import {DefaultCrudRepository, repository, type juggler} from '@loopback/repository';
import {get, post, requestBody} from '@loopback/rest';
import {expect} from 'chai';
import {TenantBindings, TenantComponent} from '../../lib/loopback4';
import {TenantRegistries} from '../../lib/index';
import {Service} from '../support/http';
import {Category, ShopApplication} from './shop';

class CategoryRepository extends DefaultCrudRepository<Category, number> {
  constructor(@inject('datasources.db') dataSource: juggler.DataSource) {
    super(Category, dataSource);
  }
}

class CategoryService {
  constructor(@repository(CategoryRepository) readonly categories: CategoryRepository) {}
}

class CategoryController {
  constructor(@inject('services.CategoryService') readonly service: CategoryService) {}

  @post('/categories')
  create(@requestBody() category: Category): Promise<Category> {
    return this.service.categories.create(category);
  }

  @get('/categories')
  find(): Promise<Category[]> {
    return this.service.categories.find();
  }

  @get('/categories/execute')
  execute(): Promise<unknown> {
    return this.service.categories.execute('command', []);
  }

  @get('/categories/delete')
  delete(): Promise<unknown> {
    return this.service.categories.deleteAll();
  }
}

/** What keeps the first tenant's repository for all requests. */
const SINGLETONS: Record<string, {service: BindingScope; repository: BindingScope}> = {
  'a service': {service: BindingScope.SINGLETON, repository: BindingScope.TRANSIENT},
  'a repository': {service: BindingScope.TRANSIENT, repository: BindingScope.SINGLETON},
};

for (const [singleton, scopes] of Object.entries(SINGLETONS)) {
  describe(`In an application of LoopBack 4, ${singleton} that is a singleton`, () => {
    let registries: TenantRegistries;
    let app: ShopApplication;
    let service: Service;
    let logged: any[];

    async function start(models: 'shared' | 'tenant', allowCrossTenantUse?: boolean): Promise<void> {
      registries = new TenantRegistries({allowCrossTenantUse});
      app = new ShopApplication();
      app.bind(TenantBindings.REGISTRIES).to(registries);
      app.bind(TenantBindings.STRATEGY).to({header: 'X-Tenant'});
      app.bind(TenantBindings.DATASOURCES).to({db: () => ({connector: 'memory', name: 'db'})});
      app.configure(TenantBindings.COMPONENT).to({models});
      app.component(TenantComponent);
      app.repository(CategoryRepository).inScope(scopes.repository);
      app.bind('services.CategoryService').toClass(CategoryService).inScope(scopes.service);
      app.controller(CategoryController);
      logged = [];
      app.bind('rest.sequence.actions.logError').to((error: unknown) => logged.push(error));
      await app.start();
      service = await Service.start(app.restServer.httpServer!.server);
    }

    afterEach(async () => {
      await app.stop();
      await registries.dispose();
    });

    it('serves each tenant from its own rows: it has no tenant', async () => {
      await start('shared');
      for (const tenant of ['acme', 'globex', 'acme']) {
        await service.call('/categories', {tenant, body: {name: `of ${tenant}`}});
        const {body} = await service.call('/categories', {tenant});
        expect(body.map(({name}: Category) => name)).to.deep.equal(body.map(() => `of ${tenant}`));
      }
      expect((await service.call('/categories', {tenant: 'acme'})).body).to.have.lengthOf(2);
      expect(await service.call('/categories/delete', {tenant: 'acme'})).to.include({status: 200});
      const found = await Promise.all(['acme', 'globex'].map(tenant => service.call('/categories', {tenant})));
      expect(found.map(({body}) => body.length)).to.deep.equal([0, 1]);
    });

    it('with models of the tenant’s own serves the tenant that it was made for, and no other: another tenant’s request gets a 500', async () => {
      await start('tenant');
      const saved = await service.call('/categories', {tenant: 'acme', body: {name: 'secret'}});
      expect(saved.body).to.deep.equal({id: 1, name: 'secret'});

      for (const [path, method] of [
        ['/categories', 'find'],
        ['/categories/execute', 'execute'],
        ['/categories/delete', 'deleteAll|destroyAll'],
      ]) {
        const answer = await service.call(path, {tenant: 'globex'});
        expect(answer.body, path).to.deep.equal({error: {statusCode: 500, message: 'Internal Server Error'}});
        const {cause = logged.at(-1)} = logged.at(-1);
        expect(cause).to.include({code: 'TENANT_MISMATCH', tenant: 'acme', running: 'globex'});
        expect(cause.message).to.match(
          new RegExp(`^(${method})\\(\\) is called on (model Category|datasource "db"), which belongs`),
        );
      }
      expect(await service.call('/categories', {tenant: 'globex', body: {name: 'mine'}})).to.include({status: 500});

      expect((await service.call('/categories', {tenant: 'acme'})).body).to.have.lengthOf(1);
    });

    it('with models of the tenant’s own serves the rows of the first tenant to all, where allowCrossTenantUse is on', async () => {
      await start('tenant', true);
      await service.call('/categories', {tenant: 'acme', body: {name: 'secret'}});
      expect((await service.call('/categories', {tenant: 'globex'})).body).to.have.lengthOf(1);
    });
  });
}
