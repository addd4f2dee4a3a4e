import {expect} from 'chai';
import {forJuggler, install, ModelRegistry, TenantRegistries} from '../../../lib/index';
import {anotherJuggler} from '../../support/another-juggler';

describe('A method that user code has put in place of juggler’s is still called', () => {
  it('define, for models with names, and the models go to their registry', () => {
    const juggler = anotherJuggler();
    const {define} = juggler.ModelBuilder.prototype;
    const defined: string[] = [];
    // as a monitor does, before this library first uses the copy of juggler
    juggler.ModelBuilder.prototype.define = function (name: string, ...rest: unknown[]) {
      defined.push(name);
      return define.call(this, name, ...rest);
    };
    const registry = new ModelRegistry({tenant: 'acme'});
    const {ModelBuilder} = forJuggler(juggler);
    const Customer = (new ModelBuilder({registry}) as any).define('Customer', {address: {town: String}});
    expect(defined).to.include('Customer');
    expect(registry.models.Customer).to.equal(Customer);
    expect(registry.stats()).to.include({models: 1, embeddedModels: 1});
    registry.dispose();
  });

  for (const when of ['before', 'after'] as const) {
    it(`setupDataAccess, replaced ${when} this library first uses the copy of juggler`, () => {
      const juggler = anotherJuggler();
      const models: string[] = [];
      const replace = () => {
        const {setupDataAccess} = juggler.DataSource.prototype;
        juggler.DataSource.prototype.setupDataAccess = function (model: any, ...rest: unknown[]) {
          models.push(model.modelName);
          return setupDataAccess.call(this, model, ...rest);
        };
      };
      const registries = new TenantRegistries();
      if (when === 'before') replace();
      const {DataSource} = forJuggler(juggler);
      if (when === 'after') replace();
      const db: any = new DataSource({connector: 'memory', modelRegistry: {registries, tenant: 'acme'}});
      db.define('Customer', {});
      expect(models).to.deep.equal(['Customer']);
    });
  }

  it('setupDataAccess, replaced after install()', () => {
    const juggler = anotherJuggler();
    const registries = new TenantRegistries();
    const uninstall = install(juggler, {registries});
    let calls = 0;
    const {setupDataAccess} = juggler.DataSource.prototype;
    juggler.DataSource.prototype.setupDataAccess = function (...args: unknown[]) {
      calls++;
      return setupDataAccess.apply(this, args);
    };
    new juggler.DataSource({connector: 'memory', modelRegistry: {registries, tenant: 'acme'}}).define('Customer', {});
    expect(calls).to.equal(1);
    uninstall();
  });
});
