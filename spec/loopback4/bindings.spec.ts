import {BindingScope} from '@loopback/core';
import {expect} from 'chai';
import {BindingOrderError, TenantRegistries} from '../../lib/index';
import {TenantBindings, TenantComponent} from '../../lib/loopback4';
import {Service} from '../support/http';
import {ShopApplication} from './shop';

type Time = 'before the component' | 'after the component' | 'after the start';
type Outcome = 'is used' | 'fails the component' | 'fails the start' | 'throws';

interface Row {
  readonly bind: (app: ShopApplication) => unknown;
  readonly expected: Readonly<Partial<Record<Time, Outcome>>>;
  /** Whether the application uses the binding, in a request of acme. */
  readonly isUsed?: (app: ShopApplication, service: Service) => Promise<boolean>;
}

const READ_AT_ONCE = {
  'before the component': 'is used',
  'after the component': 'fails the start',
  'after the start': 'throws',
} as const;
const READ_AT_START = {'before the component': 'is used', 'after the component': 'is used', 'after the start': 'throws'} as const;
const OWN = {
  'before the component': 'fails the component',
  'after the component': 'fails the start',
  'after the start': 'throws',
} as const;

const theirs = new TenantRegistries();
const created: string[] = [];
const create = (tenant: string) => (created.push(tenant), {connector: 'memory', name: tenant});
const status = async (service: Service, header: string) =>
  (await service.call('/customers', {headers: {[header]: 'acme'}})).status;

const TABLE: Record<string, Row> = {
  REGISTRIES: {
    bind: app => app.bind(TenantBindings.REGISTRIES).to(theirs),
    expected: READ_AT_ONCE,
    async isUsed(app, service) {
      await status(service, 'X-Tenant');
      return theirs.peek('acme') !== undefined && (await app.get(TenantBindings.REGISTRIES)) === theirs;
    },
  },
  'REGISTRIES, on the binding that is there': {
    bind: app =>
      app.isBound(TenantBindings.REGISTRIES)
        ? (app.getBinding(TenantBindings.REGISTRIES) as any).to(theirs)
        : app.bind(TenantBindings.REGISTRIES).to(theirs),
    expected: {'before the component': 'is used', 'after the component': 'fails the start'},
  },
  DATASOURCES: {
    bind: app => app.bind(TenantBindings.DATASOURCES).to({db: create}),
    expected: READ_AT_ONCE,
    async isUsed(_app, service) {
      created.length = 0;
      return (await status(service, 'X-Tenant')) === 200 && created.length === 1;
    },
  },
  'DATASOURCES, made anew at each look': {
    bind: app =>
      app
        .bind(TenantBindings.DATASOURCES)
        .toDynamicValue(() => ({db: create}))
        .inScope(BindingScope.TRANSIENT),
    expected: READ_AT_ONCE,
  },
  'the configuration': {
    bind: app => app.configure(TenantBindings.COMPONENT).to({requests: {required: false, status: {TENANT_REFUSED: 418}}}),
    expected: READ_AT_ONCE,
    isUsed: async (_app, service) => (await service.call('/customers', {tenant: 'initech'})).status === 418,
  },
  STRATEGY: {
    bind: app => app.bind(TenantBindings.STRATEGY).to({header: 'X-Org'}),
    expected: READ_AT_START,
    isUsed: async (_app, service) => (await status(service, 'X-Org')) === 200,
  },
  LOOK_UP: {
    bind: app => app.bind(TenantBindings.LOOK_UP).to(() => undefined),
    expected: READ_AT_START,
    isUsed: async (_app, service) => (await status(service, 'X-Tenant')) === 404,
  },
  TENANT: {bind: app => app.bind(TenantBindings.TENANT).to('acme'), expected: OWN},
  MIDDLEWARE: {bind: app => app.bind(TenantBindings.MIDDLEWARE).to((_, next) => next()), expected: OWN},
  sources: {bind: app => app.bind(TenantBindings.sources('db')).to({} as never), expected: OWN},
  datasource: {
    bind: app => app.bind(TenantBindings.datasource('db').key).to({}),
    // the binding is locked, because LoopBack's boot would replace it
    expected: {...OWN, 'after the component': 'throws'},
  },
};

describe('A binding of an application of LoopBack 4', () => {
  let registries: TenantRegistries;
  let app: ShopApplication;

  beforeEach(() => {
    registries = new TenantRegistries({isTenant: code => code !== 'initech'});
    app = new ShopApplication();
    app.bind('rest.sequence.actions.logError').to(() => {});
    app.bind(TenantBindings.REGISTRIES).to(registries);
    app.bind(TenantBindings.STRATEGY).to({header: 'X-Tenant'});
    app.bind(TenantBindings.DATASOURCES).to({db: tenant => ({connector: 'memory', name: tenant})});
  });
  afterEach(async () => {
    if (app.state === 'started') await app.stop();
    await registries.dispose();
  });

  const failure = async (work: () => unknown): Promise<unknown> => {
    try {
      await work();
    } catch (error) {
      return error;
    }
    return undefined;
  };
  const isOrderError = (error: unknown) =>
    expect(error).to.be.instanceOf(BindingOrderError).with.property('code', 'BINDING_ORDER');

  for (const [key, {bind, expected, isUsed}] of Object.entries(TABLE)) {
    for (const [time, outcome] of Object.entries(expected) as [Time, Outcome][]) {
      it(`${outcome}, where it comes ${time}: ${key}`, async () => {
        if (time === 'before the component') {
          bind(app);
          const error = await failure(() => app.component(TenantComponent));
          if (outcome === 'fails the component') return void isOrderError(error);
          expect(error).to.equal(undefined);
        } else app.component(TenantComponent);
        if (time === 'after the component') {
          const error = await failure(() => bind(app));
          if (outcome === 'throws') return void expect(error).to.be.an('error');
        }
        const error = await failure(() => app.start());
        if (outcome === 'fails the start') {
          isOrderError(error);
          expect((error as Error).message).to.match(/before app\.component\(TenantComponent\)|Remove the binding/);
          return void expect(app.restServer.httpServer).to.equal(undefined);
        }
        expect(error).to.equal(undefined);
        const service = await Service.start(app.restServer.httpServer!.server);
        if (time === 'after the start') {
          const error = await failure(() => bind(app));
          // nothing has changed
          if (key !== 'datasource') isOrderError(error);
          expect(error).to.be.an('error');
          expect(await app.get(TenantBindings.REGISTRIES)).to.equal(registries);
          expect(await service.call('/customers', {tenant: 'acme'})).to.include({status: 200});
          expect(await service.call('/customers', {tenant: 'initech'})).to.include({status: 404});
          if (isUsed) expect(await isUsed(app, service)).to.equal(false);
        } else if (isUsed) expect(await isUsed(app, service)).to.equal(true);
      });
    }
  }

  it('is the configuration of the component under the name with which the component was added', async () => {
    app.configure('components.tenants').to({requests: {status: {TENANT_REFUSED: 418}}, shutdown: {drainTimeout: 0}});
    app.component(TenantComponent, 'tenants');
    await app.start();
    const service = await Service.start(app.restServer.httpServer!.server);
    expect(await service.call('/customers', {tenant: 'initech'})).to.include({status: 418});
  });

  it('fails the start, where it is a configuration of another name than that of the component', async () => {
    app.configure(TenantBindings.COMPONENT).to({shutdown: {drainTimeout: 0}});
    app.component(TenantComponent, 'tenants');
    isOrderError(await failure(() => app.start()));
  });

  it('is missing, and TenantRegistries.default is replaced after the component: the start fails', async () => {
    app.unbind(TenantBindings.REGISTRIES);
    try {
      TenantRegistries.default = theirs;
      app.component(TenantComponent);
      TenantRegistries.default = registries;
      isOrderError(await failure(() => app.start()));
    } finally {
      TenantRegistries.default = undefined;
    }
  });

  it('may be of any other key at any time', async () => {
    app.component(TenantComponent);
    await app.start();
    app.bind('tenants.mine').to(1);
    app.configure('components.Mine').to({});
    expect(app.isBound('tenants.mine')).to.equal(true);
  });
});
