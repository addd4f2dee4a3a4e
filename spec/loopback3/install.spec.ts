import {expect} from 'chai';
import {TenantContext, TenantRegistries} from '../../lib/index';
import {install, jugglerOf} from '../../lib/loopback3';
import {liveClasses} from '../support/live-classes';
import {freshLoopBack} from '../support/loopback-app';
import {keepingConnector} from '../support/keeping-connector';

const PROPERTIES = () => ({name: 'string', address: {street: 'string', geo: {lat: 'number'}}});

describe('Installed into LoopBack 3', () => {
  let loopback: any;
  let registries: TenantRegistries;
  beforeEach(() => {
    loopback = freshLoopBack();
    registries = new TenantRegistries();
  });
  afterEach(() => registries.dispose());

  /** Uses LoopBack's registry as the work of a tenant does. */
  async function defineAndUse(tenant: string): Promise<void> {
    await TenantContext.run(tenant, async () => {
      const memory = loopback.createDataSource({connector: keepingConnector(), modelRegistry: {registries, tenant}});
      const Custom = memory.createModel('Custom', PROPERTIES());
      const Derived = loopback.createModel('Derived', {extra: {more: 'string'}}, {base: 'Customer'});
      Derived.attachTo(memory);
      await Custom.create({address: {geo: {lat: 1}}});
      await Derived.create({name: tenant, extra: {more: 'x'}});
      expect(loopback.findModel('Custom')).to.equal(Custom);
      expect(loopback.getModel('Derived').prototype).to.be.instanceOf(loopback.getModel('Customer'));
    });
  }

  for (const when of ['before', 'after'] as const) {
    it(`${when} boot: models of boot are shared, a tenant's models are its own and end with it`, async () => {
      if (when === 'before') install(loopback, {registries});
      const app = loopback();
      const db = app.dataSource('db', {connector: keepingConnector()});
      const Customer = app.registry.createModel('Customer', PROPERTIES());
      app.model(Customer, {dataSource: db});
      await Customer.create({name: 'early'});
      if (when === 'after') install(loopback, {registries});

      for (const name of ['Customer', 'User', 'PersistedModel']) {
        expect(registries.shared.findByName(name), name).to.equal(loopback.findModel(name));
        TenantContext.run('acme', () => expect(loopback.findModel(name), name).to.equal(registries.shared.findByName(name)));
      }
      const before = liveClasses(jugglerOf(loopback));
      await defineAndUse('acme');
      await defineAndUse('globex');
      expect(loopback.findModel('Custom')).to.equal(undefined);
      expect(registries.for('acme').stats()).to.include({models: 2, embeddedModels: 3});
      await TenantContext.run('acme', () => Customer.create({name: 'late', address: {street: 'x'}}));
      expect((await Customer.find()).map(({name}: any) => name)).to.deep.equal(['early', 'late']);

      for (const tenant of ['acme', 'globex'])
        expect(await registries.offboard(tenant, {verify: true})).to.include({models: 2, embeddedModels: 3, survivors: 0});
      expect(liveClasses(jugglerOf(loopback))).to.be.at.most(before + 2);
      expect(await Customer.count()).to.equal(2);
    });
  }

  it('an application with its own registry keeps its models separate', () => {
    install(loopback, {registries});
    const app = loopback({localRegistry: true, loadBuiltinModels: true});
    app.registry.createModel('Own', PROPERTIES());
    TenantContext.run('acme', () => app.registry.createModel('Custom', PROPERTIES()));
    expect(registries.shared.findByName('Own')).to.equal(undefined);
    expect(app.registry.findModel('Own')).to.be.a('function');
    expect(app.registry.findModel('Custom')).to.equal(undefined);
    expect(registries.for('acme').stats()).to.include({models: 1, embeddedModels: 2});
  });

  it('twice is an error; after uninstalling, install may be called again', async () => {
    const uninstall = install(loopback, {registries});
    expect(() => install(loopback, {registries}))
      .to.throw()
      .with.property('code', 'ALREADY_INSTALLED');
    uninstall();
    expect(loopback.registry).to.not.have.own.property('getModelByType');
    install(loopback, {registries});
    await TenantContext.run('acme', () => loopback.createModel('Custom', PROPERTIES()));
    expect(registries.for('acme').stats()).to.include({models: 1});
  });

  it('anything but LoopBack 3 is refused, and so are unknown options', () => {
    for (const value of [undefined, {}, require('express'), {...loopback, version: '4.0.0'}])
      expect(() => install(value, {registries}))
        .to.throw(/LoopBack 3/)
        .with.property('code', 'INVALID_OPTION');
    expect(() => install(loopback, {registries, tenant: 'acme'} as never))
      .to.throw(/tenant/)
      .with.property('code', 'INVALID_OPTION');
    expect(() => install(loopback, undefined as never))
      .to.throw()
      .with.property('code', 'INVALID_OPTION');
  });
});
