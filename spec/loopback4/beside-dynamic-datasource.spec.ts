import {juggler} from '@loopback/repository';
import {expect} from 'chai';
import {DynamicDatasourceBindings, Loopback4DynamicDatasourceComponent} from 'loopback4-dynamic-datasource';
import {TenantBindings, TenantComponent} from '../../lib/loopback4';
import {TenantRegistries} from '../../lib/index';
import {Service} from '../support/http';
import {deferred} from '../support/deferred';
import {liveClasses, nextJob} from '../support/live-classes';
import {ShopApplication} from './shop';
import {keepingConnector} from '../support/keeping-connector';

const TENANTS = Array.from({length: 20}, (_, index) => `tenant-${index}`);

/** The comparison in the migration guide. */
describe('What stays of tenants in an application of LoopBack 4', () => {
  let app: ShopApplication;
  let service: Service;
  let made: juggler.DataSource[];

  beforeEach(() => {
    app = new ShopApplication();
    made = [];
  });
  afterEach(() => app.state === 'started' && app.stop());

  function create(): juggler.DataSource {
    return made[made.push(new juggler.DataSource({connector: keepingConnector()})) - 1];
  }

  async function start(): Promise<void> {
    await app.start();
    service = await Service.start(app.restServer.httpServer!.server);
  }

  /** Sends one request for each tenant. Returns how many classes and bindings they have added after the first one. */
  async function growth(): Promise<{classes: number; bindings: number}> {
    await service.call('/customers', {tenant: TENANTS[0]});
    await nextJob();
    const before = {classes: liveClasses(), bindings: app.find().length};
    for (const tenant of TENANTS.slice(1)) expect(await service.call('/customers', {tenant})).to.include({status: 200});
    await nextJob();
    return {classes: liveClasses() - before.classes, bindings: app.find().length - before.bindings};
  }

  describe('with loopback4-dynamic-datasource', () => {
    let settings: () => Promise<void>;

    beforeEach(async () => {
      settings = async () => {};
      app.component(Loopback4DynamicDatasourceComponent);
      app.bind(DynamicDatasourceBindings.DATASOURCE_IDENTIFIER_PROVIDER).to(async context => ({
        id: context.request.headers['x-tenant'] as string,
      }));
      app.bind(DynamicDatasourceBindings.DATASOURCE_PROVIDER).to(async () => ({
        // as its README does: the settings come from a database
        db: () => settings().then(create),
      }));
      await start();
    });

    it('a binding, a datasource and the classes of each tenant stay for ever; the datasources stay connected after the application has stopped', async () => {
      expect(await growth()).to.deep.equal({classes: 19, bindings: 19});
      await app.stop();
      expect(made.filter(({connected}) => connected)).to.have.lengthOf(20);
    });

    it('two first requests at once make two datasources, and one of them is lost', async () => {
      const found = deferred<void>();
      let asked = 0;
      settings = () => (++asked === 2 ? found.resolve() : undefined, found.promise);
      await Promise.all(TENANTS.slice(0, 2).map(() => service.call('/customers', {tenant: 'acme'})));
      expect(made).to.have.lengthOf(2);
    });
  });

  describe('with this package', () => {
    let registries: TenantRegistries;

    async function serve(max: number): Promise<void> {
      registries = new TenantRegistries({max});
      app.bind(TenantBindings.REGISTRIES).to(registries);
      app.bind(TenantBindings.STRATEGY).to({header: 'X-Tenant'});
      app.bind(TenantBindings.DATASOURCES).to({db: () => ({connector: keepingConnector()})});
      app.configure(TenantBindings.COMPONENT).to({dataSources: {max}});
      app.component(TenantComponent);
      await start();
    }

    it('as many datasources stay as the limit allows, and no binding; after the application has stopped, nothing stays', async () => {
      await serve(5);
      const {classes, bindings} = await growth();
      expect(bindings).to.equal(0);
      expect(classes).to.be.at.most(4);
      const sources = await app.get(TenantBindings.sources('db'));
      expect(sources.stats()).to.deep.include({open: 5, created: 20});
      await app.stop();
      expect(sources.stats()).to.deep.include({open: 0, stuck: 0});
    });

    it('many first requests at once make one datasource', async () => {
      await serve(5);
      await Promise.all(TENANTS.map(() => service.call('/customers', {tenant: 'acme'})));
      expect((await app.get(TenantBindings.sources('db'))).stats()).to.include({created: 1});
    });
  });
});
