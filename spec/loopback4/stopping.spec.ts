import {once} from 'node:events';
import {expect} from 'chai';
import {get} from '@loopback/rest';
import {TenantBindings, TenantComponent} from '../../lib/loopback4';
import {TenantContext, TenantRegistries} from '../../lib/index';
import {deferred} from '../support/deferred';
import {Service} from '../support/http';
import {until} from '../support/settling';
import {CustomerRepository, ShopApplication} from './shop';

describe('When an application of LoopBack 4 stops', () => {
  let registries: TenantRegistries;
  let app: ShopApplication;
  let service: Service;
  let begun: ReturnType<typeof deferred<void>>;
  let goOn: ReturnType<typeof deferred<void>>;

  async function serve(drainTimeout: number): Promise<void> {
    registries = new TenantRegistries();
    [begun, goOn] = [deferred<void>(), deferred<void>()];
    app = new ShopApplication();
    app.bind(TenantBindings.REGISTRIES).to(registries);
    app.bind(TenantBindings.STRATEGY).to({header: 'X-Tenant'});
    app.bind(TenantBindings.DATASOURCES).to({db: () => ({connector: 'memory'})});
    app.configure(TenantBindings.COMPONENT).to({shutdown: {drainTimeout}});
    app.component(TenantComponent);
    class SlowController {
      @get('/slow')
      async slow(): Promise<object[]> {
        const customers = await app.getRepository(CustomerRepository);
        begun.resolve();
        await goOn.promise;
        return customers.find();
      }

      @get('/hangs')
      async hang(): Promise<void> {
        begun.resolve();
        const {signal} = TenantContext.current!;
        await once(signal, 'abort');
        throw signal.reason;
      }
    }
    app.controller(SlowController);
    app.bind('rest.sequence.actions.logError').to(() => {});
    await app.start();
    service = await Service.start(app.restServer.httpServer!.server);
  }

  function takesWork(): boolean {
    try {
      return Boolean(registries.for('acme'));
    } catch (error) {
      expect(error).to.have.property('code', 'REGISTRIES_DISPOSED');
      return false;
    }
  }

  it('running requests are served to their end, and then all tenants and datasources have ended', async () => {
    await serve(10_000);
    const running = service.call('/slow', {tenant: 'acme'});
    await begun.promise;
    const stopped = app.stop();
    await until(() => !takesWork());
    expect(service.server.listening, 'it closes at the same time').to.equal(false);
    goOn.resolve();
    expect(await running).to.include({status: 200, text: '[]'});
    await stopped;
    expect(await registries.shutdown()).to.include({tenants: 1, leasesDrained: 1, leasesForced: 0, dataSources: 1});
  });

  it('a request that hangs gets an error at the deadline, and the application stops', async () => {
    await serve(50);
    const running = service.call('/hangs', {tenant: 'acme'});
    await begun.promise;
    await app.stop();
    expect(await running).to.include({status: 503});
    expect(await registries.shutdown()).to.include({leasesForced: 1});
  });

  it('a datasource that cannot be disconnected does not block the stop', async () => {
    await serve(50);
    await service.call('/customers', {tenant: 'acme'});
    const dataSource: any = (await app.get(TenantBindings.sources('db'))).get('acme');
    dataSource.connector.disconnect = (callback: (error: Error) => void) => callback(new Error('no'));
    await app.stop();
    expect((await registries.shutdown()).errors).to.have.lengthOf(1);
  });
});
