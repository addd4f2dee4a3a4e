import {once} from 'node:events';
import {expect} from 'chai';
import {get} from '@loopback/rest';
import {tenantMiddleware} from '../../lib/express';
import {TenantBindings, TenantComponent} from '../../lib/loopback4';
import {TenantContext, TenantRegistries} from '../../lib/index';
import {deferred} from '../support/deferred';
import {FakeServer} from '../support/fake-server';
import {Service} from '../support/http';
import {until} from '../support/settling';
import {CustomerRepository, ShopApplication} from './shop';

/** An application that binds no registries: it uses those of the process. */
class Shop {
  readonly server = new FakeServer();
  readonly app = new ShopApplication();
  readonly begun = deferred();
  readonly goOn = deferred();
  service!: Service;

  static async start(drainTimeout = 10_000): Promise<Shop> {
    const shop = new Shop();
    const {app, begun, goOn, server} = shop;
    app.bind(TenantBindings.STRATEGY).to({header: 'X-Tenant'});
    app.bind(TenantBindings.DATASOURCES).to({db: tenant => ({connector: server.connector, name: tenant})});
    app.configure(TenantBindings.COMPONENT).to({shutdown: {drainTimeout}});
    app.component(TenantComponent);
    class WorkController {
      @get('/slow')
      async slow(): Promise<object[]> {
        const customers = await app.getRepository(CustomerRepository);
        begun.resolve();
        await goOn.promise;
        return customers.find();
      }

      @get('/hangs')
      async hang(): Promise<void> {
        const {signal} = TenantContext.current!;
        begun.resolve();
        await once(signal, 'abort');
        TenantRegistries.default.current();
      }

      @get('/hangs-in-its-database')
      async hangInDatabase(): Promise<object[]> {
        const customers = await app.getRepository(CustomerRepository);
        const dataSource: any = await app.get(TenantBindings.datasource('db'));
        dataSource.connector.all = begun.resolve;
        return customers.find();
      }
    }
    app.controller(WorkController);
    app.bind('rest.sequence.actions.logError').to(() => {});
    await app.start();
    shop.service = await Service.start(app.restServer.httpServer!.server);
    return shop;
  }

  call = (path = '/customers') => this.service.call(path, {tenant: 'acme'});
}

describe('An application of LoopBack 4 that uses the registries of the process', () => {
  let registries: TenantRegistries;
  beforeEach(() => (TenantRegistries.default = registries = new TenantRegistries()));
  afterEach(async () => {
    await registries.dispose();
    TenantRegistries.default = undefined;
  });

  it('ends what it has made when it stops: other applications, and later ones, serve on', async () => {
    const [first, second] = [await Shop.start(), await Shop.start()];
    const {listener} = tenantMiddleware({tenant: {header: 'X-Tenant'}});
    const express = await Service.start(listener((_, response) => response.end('served')));
    for (const shop of [first, second]) expect(await shop.call()).to.include({status: 200});
    await first.app.stop();
    expect([first.server.open, second.server.open]).to.deep.equal([0, 1]);
    expect(await second.call()).to.include({status: 200});
    expect(await express.call('/', {tenant: 'acme'})).to.include({status: 200});
    const third = await Shop.start();
    expect(await third.call()).to.include({status: 200});
    expect(registries.state('acme')).to.equal('active');
    await Promise.all([second.app.stop(), third.app.stop(), express.stop()]);
    expect([second.server.open, third.server.open, registries.activeContexts('acme')]).to.deep.equal([0, 0, 0]);
  });

  it('serves its running requests to their end, and no new ones', async () => {
    const shop = await Shop.start();
    // the datasource is made at the first operation
    await shop.call();
    const running = shop.call('/slow');
    await shop.begun.promise;
    const stopped = shop.app.stop();
    const sources = await shop.app.get(TenantBindings.sources('db'));
    expect(sources.stats()).to.include({open: 1});
    shop.goOn.resolve();
    expect(await running).to.include({status: 200, text: '[]'});
    await stopped;
    expect(sources.stats()).to.include({open: 0});
    expect(() => sources.get('acme'))
      .to.throw()
      .with.property('code', 'REGISTRIES_DISPOSED');
  });

  for (const path of ['/hangs', '/hangs-in-its-database']) {
    it(`gives up a request at the deadline, with an error, and no other application’s: ${path}`, async () => {
      const [shop, other] = [await Shop.start(30), await Shop.start()];
      const running = other.call('/slow');
      await other.begun.promise;
      const hanging = shop.call(path);
      await shop.begun.promise;
      await shop.app.stop();
      expect(await hanging).to.include({status: 503});
      other.goOn.resolve();
      expect(await running).to.include({status: 200, text: '[]'});
      await until(() => registries.activeContexts('acme') === 0);
      expect(await registries.offboard('acme', {verify: true})).to.deep.include({leasesForced: 0, errors: [], survivors: 0});
      await other.app.stop();
    });
  }

  it('is not told of events of its tenants once it has stopped', async () => {
    let observers = 0;
    const {observe} = registries;
    registries.observe = observer => {
      const remove = observe.call(registries, observer);
      observers++;
      return () => {
        observers--;
        remove();
      };
    };
    const shop = await Shop.start();
    expect(observers).to.equal(1);
    await shop.app.stop();
    expect(observers).to.equal(0);
  });

  it('that has bound registries of its own shuts them down, and no others', async () => {
    const own = new TenantRegistries();
    const app = new ShopApplication();
    app.bind(TenantBindings.REGISTRIES).to(own);
    app.bind(TenantBindings.STRATEGY).to({header: 'X-Tenant'});
    app.component(TenantComponent);
    await app.start();
    await app.stop();
    expect(() => own.for('acme'))
      .to.throw()
      .with.property('code', 'REGISTRIES_DISPOSED');
    expect(registries.for('acme').disposed).to.equal(false);
  });
});
