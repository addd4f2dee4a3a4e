import {expect} from 'chai';

import {TenantContext, TenantRegistries} from '../../lib/index';
import {collectGarbage} from '../../lib/lifecycle/generations/garbage-collection';
import {Service} from '../support/http';
import {nextJob} from '../support/live-classes';
import {installed} from '../support/loopback-app';
import {keepingConnector} from '../support/keeping-connector';
import {ownTimers, replaceOwnTimers} from '../support/own-timers';

const sinon = require('sinon');

describe('LoopBack 3 keeps nothing of a tenant for ever', () => {
  let registries: TenantRegistries;
  let loopback: any;
  beforeEach(() => {
    registries = new TenantRegistries();
    loopback = installed(registries);
  });
  afterEach(() => registries.dispose());

  /** Defines models of a tenant that LoopBack would take for the application's. */
  const defineFor = (tenant: string) =>
    TenantContext.run(tenant, () => {
      const memory = loopback.createDataSource({connector: keepingConnector(), modelRegistry: {registries, tenant}});
      for (const base of ['AccessToken', 'User', 'Role', 'RoleMapping', 'ACL', 'Application'])
        loopback.createModel(`Custom${base}`, {}, {base}).attachTo(memory);
    });

  it('the REST handler and the access control keep shared models, also when the first request is a tenant’s', async () => {
    const app = loopback({localRegistry: false});
    const db = app.dataSource('db', {connector: keepingConnector()});
    for (const name of ['User', 'AccessToken', 'Role', 'RoleMapping', 'ACL', 'Application'])
      app.model(loopback.getModel(name), {dataSource: db, public: name === 'User'});
    app.enableAuth();
    app.use((request: any, _response: unknown, next: () => void) => {
      const tenant = request.get('X-Tenant');
      if (tenant) TenantContext.run(tenant, next);
      else next();
    });
    app.use('/api', loopback.rest());
    const service = await Service.start(app);
    try {
      const account = {email: 'ann@example.com', password: 'secret'};
      await loopback.User.create(account);
      defineFor('acme');
      const login = await service.call('/api/Users/login', {tenant: 'acme', body: account});
      expect(login.status, login.text).to.equal(200);
      const headers = {Authorization: login.body.id};
      const own = `/api/Users/${login.body.userId}`;
      expect(await service.call(own, {tenant: 'acme', headers})).to.include({status: 200});
      expect(await service.call(own, {tenant: 'acme'})).to.include({status: 401});
      expect(await registries.offboard('acme', {verify: true})).to.include({models: 6, survivors: 0});
      for (const tenant of [undefined, 'globex']) {
        expect(await service.call(own, {tenant, headers})).to.include({status: 200});
        expect(await service.call(own, {tenant})).to.include({status: 401});
      }
    } finally {
      await service.stop();
    }
  });

  it('the remote hooks of an application’s model run, whether they are added before or after it is attached', async () => {
    const app = loopback();
    const db = app.dataSource('db', {connector: keepingConnector()});
    const calls: string[] = [];
    const hook = (name: string) => (_context: unknown, _result: unknown, next: () => void) => (calls.push(name), next());
    app.model(loopback.createModel('Base'), {dataSource: db});
    const Derived = loopback.createModel('Derived', {}, {base: 'Base'});
    Derived.beforeRemote('create', hook('early'));
    app.model(Derived, {dataSource: db});
    Derived.afterRemote('create', hook('late'));
    app.use('/api', loopback.rest());
    const service = await Service.start(app);
    await service.call('/api/Deriveds', {body: {}});
    await service.stop();
    expect(calls).to.deep.equal(['early', 'late']);
  });

  it('getModelByType finds a tenant’s class for a tenant’s type, and the application’s class for a shared type', () => {
    defineFor('acme');
    const byType = (type: unknown) => loopback.getModelByType(type).modelName;
    TenantContext.run('acme', () => {
      loopback.createModel('Derived', {}, {base: 'CustomUser'});
      expect(byType('CustomUser')).to.equal('Derived');
      expect(byType(loopback.getModel('CustomUser'))).to.equal('Derived');
      expect(byType('User')).to.equal('User');
      expect(byType(loopback.User)).to.equal('User');
    });
    loopback.createModel('Member', {}, {base: 'User'});
    TenantContext.run('acme', () => expect(byType('User')).to.equal('Member'));
  });

  describe('a tenant’s model that user code gives to app.model', () => {
    const expose = (app: any) =>
      TenantContext.run('acme', () => {
        const memory = loopback.createDataSource({connector: keepingConnector(), modelRegistry: {registries, tenant: 'acme'}});
        const Custom = loopback.createModel('Custom', {address: {street: 'string', geo: {lat: 'number'}}});
        app.model(Custom, {dataSource: memory});
      });

    it('stays until the application deletes it, but its embedded classes go', async () => {
      const app = loopback();
      expose(app);
      expect(await registries.offboard('acme', {verify: true})).to.include({models: 1, embeddedModels: 2, survivors: 1});
      expect(registries.findLeaks().map(({names}) => names)).to.deep.equal([['Custom']]);
      expect(app.models()).to.have.lengthOf(1);
    });

    it('goes when the application deletes it before the end of the tenant', async () => {
      const app = loopback();
      expose(app);
      registries.beforeOffboard(({tenant}) => TenantContext.run(tenant, () => app.deleteModelByName('Custom')));
      expect(await registries.offboard('acme', {verify: true})).to.include({survivors: 0});
      expect(app.models()).to.deep.equal([]);
    });
  });

  describe('trackChanges of a tenant’s model', () => {
    let clock: any;
    let restoreOwn: () => void;
    beforeEach(() => {
      clock = sinon.useFakeTimers({toFake: ['setInterval', 'clearInterval']});
      restoreOwn = replaceOwnTimers({setInterval, clearInterval});
    });
    afterEach(() => {
      restoreOwn();
      clock.restore();
    });

    const SETTINGS = {trackChanges: true, changeCleanupInterval: 1_000};
    const PROPERTIES = {id: {type: 'string', id: true, defaultFn: 'guid'}, name: 'string'};

    /** @returns a function that returns the number of clean-ups of the model */
    const track = (tenant: string) =>
      TenantContext.run(tenant, async () => {
        const memory = loopback.createDataSource({connector: keepingConnector(), modelRegistry: {registries, tenant}});
        const Tracked = loopback.createModel('Tracked', PROPERTIES, SETTINGS);
        let cleanups = 0;
        const {rectifyAllChanges} = Tracked;
        Tracked.rectifyAllChanges = function (...args: unknown[]) {
          cleanups++;
          return rectifyAllChanges.apply(this, args);
        };
        Tracked.attachTo(memory);
        await Tracked.create({name: 'x'});
        expect(await Tracked.getChangeModel().count()).to.equal(1);
        return () => cleanups;
      });

    it('works as on stock', async () => {
      const cleanups = await track('acme');
      expect(cleanups()).to.equal(1);
      await clock.tickAsync(3_000);
      expect(cleanups()).to.equal(4);
    });

    it('has an interval that ends with the tenant', async () => {
      const cleanups = await track('acme');
      expect(clock.countTimers()).to.equal(1);
      expect(await registries.offboard('acme', {verify: true})).to.include({survivors: 0});
      await clock.tickAsync(5_000);
      await nextJob();
      expect(cleanups()).to.equal(1);
      expect(clock.countTimers()).to.equal(0);
    });

    it('has an interval that does not keep an evicted tenant', async () => {
      await track('acme');
      registries.evict('acme');
      await nextJob();
      collectGarbage();
      await clock.tickAsync(1_000);
      expect(clock.countTimers()).to.equal(0);
    });

    it('keeps no process open; with changeCleanupInterval: -1 there is no interval, as on stock', async () => {
      const made = sinon.spy(ownTimers, 'setInterval');
      await track('acme');
      made.restore();
      expect(made.returnValues.map((timer: NodeJS.Timeout) => timer.hasRef())).to.deep.equal([false]);
      const before = clock.countTimers();
      TenantContext.run('globex', () => {
        const memory = loopback.createDataSource({connector: keepingConnector(), modelRegistry: {registries, tenant: 'globex'}});
        loopback.createModel('Tracked', PROPERTIES, {...SETTINGS, changeCleanupInterval: -1}).attachTo(memory);
      });
      expect(clock.countTimers()).to.equal(before);
    });
  });
});
